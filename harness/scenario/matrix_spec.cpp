#include "harness/scenario/matrix_spec.h"

#include "harness/base/json_place.h"
#include "harness/base/text.h"
#include "harness/scenario/fields.h"
#include "harness/scenario/limits.h"
#include "harness/scenario/positions.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

namespace crib::scenario {
namespace {

using Json = nlohmann::ordered_json;

const std::vector<std::string> kMatrixKeys = {"axes", "exclude", "include", "expect", "limit"};
const std::vector<std::string> kExpectKeys = {"when", "fails-at", "node", "message", "why"};
// What makes the file itself: too late to change when cells are made.
const std::vector<std::string> kFixedKeys = {"matrix", "extends", "$schema", "name"};

// As --set would have it: texts as they are, all else as JSON.
std::string value_text(const Json& value) {
    return value.is_string() ? value.get<std::string>() : value.dump();
}

// JSON that keeps the order of its members looks each up by going through all before it.
std::optional<MatrixProblem> problem_with_members(const nlohmann::json& value, const std::string& path) {
    if (value.is_object() && value.size() > kMostMembers) {
        return MatrixProblem{
            path, fmt::format("{} members are more than there may be, {}", value.size(), kMostMembers), {}};
    }
    std::size_t index = 0;
    for (auto member = value.begin(); !value.is_primitive() && member != value.end(); ++member, ++index) {
        const auto place = value.is_object() ? child_path(path, member.key()) : child_path(path, index);
        if (auto problem = problem_with_members(*member, place)) return problem;
    }
    return std::nullopt;
}

class MatrixReader {
public:
    MatrixRead read(const Json& json) {
        const std::string top = "$.matrix";
        if (!require_object(json, top)) return std::move(read_);
        check_keys(json, top, kMatrixKeys);
        if (!json.contains("axes")) report(top, "\"axes\" is missing", R"(for example {"axes": {"os": [...]}})");
        for (const auto& [key, value] : json.items()) {
            const auto path = child_path(top, key);
            if (key == "axes") read_axes(value, path);
            if (key == "limit") read_limit(value, path);
        }
        // After the axes, whose paths they name.
        each_of(json, "exclude", kMostRules,
                [&](const Json& one, const std::string& path) { read_exclusion(one, path); });
        each_of(json, "include", kMostIncluded,
                [&](const Json& one, const std::string& path) { read_inclusion(one, path); });
        for (const auto& included : matrix().include) {
            for (const auto& [name, value] : included) known_paths_.insert(name);
        }
        paths_.assign(known_paths_.begin(), known_paths_.end());
        each_of(json, "expect", kMostRules, [&](const Json& one, const std::string& path) { read_expect(one, path); });
        return std::move(read_);
    }

private:
    Matrix& matrix() { return read_.matrix; }

    void report(const std::string& path, const std::string& message, const std::string& hint = {}) {
        read_.problems.push_back({path, message, hint});
    }

    bool require_object(const Json& value, const std::string& path) {
        if (!value.is_object()) report(path, fmt::format("must be an object, but is {}", value.dump().substr(0, 40)));
        return value.is_object();
    }

    void check_keys(const Json& object, const std::string& path, const std::vector<std::string>& known) {
        for (const auto& [key, value] : object.items()) {
            if (std::ranges::count(known, key) > 0) continue;
            report(child_path(path, key), fmt::format("unknown key \"{}\"", key), meant_by(key, known, "known are: "));
        }
    }

    // What was meant, or what there is; of so many mistakes that nobody reads them all, nothing.
    [[nodiscard]] std::string meant_by(const std::string& name, const std::vector<std::string>& known,
                                       const std::string& otherwise) const {
        constexpr std::size_t kMany = 200;
        if (read_.problems.size() > kMany) return {};
        const auto meant = nearest(name, known);
        return meant ? fmt::format("did you mean \"{}\"?", *meant) : otherwise + join(known, ", ");
    }

    // As Fields::count_of().
    std::size_t count_of(const Json& value, const std::string& path, const std::string& what, std::size_t most) {
        if (value.size() > most)
            report(path, fmt::format("{} {} are more than there may be, {}", value.size(), what, most));
        return std::min(value.size(), most);
    }

    template <typename Body>
    void each_of(const Json& object, const std::string& key, std::size_t most, Body&& body) {
        if (!object.contains(key)) return;
        const auto path = child_path("$.matrix", key);
        const Json& list = object[key];
        if (!list.is_array()) return report(path, "must be a list of objects");
        const auto count = count_of(list, path, "elements", most);
        for (std::size_t i = 0; i < count; ++i) {
            const auto place = child_path(path, i);
            if (require_object(list[i], place)) body(list[i], place);
        }
    }

    bool may_be_set(const std::string& name, const std::string& path) {
        const auto head = name.substr(0, name.find_first_of(".["));
        if (head.empty()) {
            report(path, "the path is empty", "a path is what --set takes: versions.kubernetes");
        } else if (std::ranges::count(kFixedKeys, head) > 0) {
            report(path, fmt::format("\"{}\" cannot differ between the cells of a matrix", head));
        } else {
            return true;
        }
        return false;
    }

    void read_axes(const Json& axes, const std::string& path) {
        if (!require_object(axes, path)) return;
        if (axes.empty()) report(path, "a matrix needs an axis", R"(for example "os": ["debian-12", "debian-13"])");
        auto left = count_of(axes, path, "axes", kMostAxes);
        for (const auto& [name, values] : axes.items()) {
            if (left-- == 0) break;
            const auto place = child_path(path, name);
            if (!may_be_set(name, place)) continue;
            paths_.push_back(name);
            known_paths_.insert(name);
            if (!values.is_array() || values.empty()) {
                report(place, "an axis is a list of at least one value");
                continue;
            }
            Axis axis{name, {}};
            const auto count = count_of(values, place, "values", kMostValues);
            for (std::size_t i = 0; i < count; ++i) {
                axis.values.push_back(value_at(values[i], child_path(place, i)));
                if (axes.size() == 1) require_name(axis.values.back(), child_path(place, i));
            }
            matrix().axes.push_back(std::move(axis));
        }
    }

    // Of one axis alone, a cell is called by its value, and so are its files.
    void require_name(const std::string& value, const std::string& path) {
        if (value != "." && value != "..") return;
        report(path, fmt::format("no cell can be called \"{}\": no file can", value),
               "write the value otherwise, or add an axis");
    }

    void read_limit(const Json& value, const std::string& path) {
        const bool is_number = value.is_number_unsigned() && value.get<std::uint64_t>() > 0;
        if (is_number && value.get<std::uint64_t>() > kMostCells) {
            report(path, fmt::format("{} cells are more than crib makes of one scenario, {}", value.dump(), kMostCells),
                   "leave values out, or split the matrix");
        } else if (value.is_number_float() && value.get<double>() > static_cast<double>(kMostCells)) {
            report(path, fmt::format("{} is out of range: at most {}", value.dump(), kMostCells));
        } else if (is_number) {
            matrix().limit = value.get<std::uint64_t>();
        } else {
            report(path, "must be a whole number of at least 1");
        }
    }

    CellPattern read_pattern(const Json& json, const std::string& path, const std::string& besides) {
        CellPattern pattern;
        for (const auto& [name, value] : json.items()) {
            if (name == besides) continue;
            const auto place = child_path(path, name);
            if (!known_paths_.contains(name)) {
                report(place, fmt::format("there is no axis \"{}\"", name), meant_by(name, paths_, "the axes are: "));
                continue;
            }
            auto& texts = pattern[name];
            patterns_ += value.is_array() ? value.size() : 1;
            if (patterns_ > kMostPatterns) {
                if (!is_told_of_patterns_) report(place, fmt::format("more than {} patterns in all", kMostPatterns));
                is_told_of_patterns_ = true;
                continue;
            }
            if (value.is_array()) {
                for (std::size_t i = 0; i < value.size(); ++i) {
                    texts.push_back(pattern_at(value[i], child_path(place, i)));
                }
            } else {
                texts.push_back(pattern_at(value, place));
            }
            if (texts.empty()) report(place, "an empty list matches nothing");
        }
        return pattern;
    }

    // A null would take the value away, and nothing would show which cell that is.
    void require_value(const Json& value, const std::string& path) {
        if (value.is_null()) report(path, "null is no value", "leave it out, or write the value that is meant");
    }

    // As Fields::plain_scalar() says of a file's other values: a cell's is a text.
    void require_kept(const Json& value, const std::string& path) {
        if (!value.is_number_float()) return;
        report(path, fmt::format("is a number that is not kept as it is written: it would be {}", value.dump()),
               "write it in quotes, as the text that it is to be");
    }

    std::string value_at(const Json& value, const std::string& path) {
        require_value(value, path);
        require_kept(value, path);
        auto text = value_text(value);
        require_length(text, path, kLongestText);
        return text;
    }

    std::string pattern_at(const Json& value, const std::string& path) {
        require_value(value, path);
        require_kept(value, path);
        auto text = value_text(value);
        require_length(text, path, text.find('*') == std::string::npos ? kLongestText : kLongestGlob);
        return text;
    }

    void require_length(const std::string& text, const std::string& path, std::size_t most) {
        if (text.size() > most)
            report(path, fmt::format("is too long: it has {} bytes, and may have {}", text.size(), most));
    }

    std::string text_of(const Json& json, const std::string& path, const std::string& key, bool required = false) {
        if (!json.contains(key)) {
            if (required) report(path, fmt::format("\"{}\" is missing", key));
            return {};
        }
        if (json[key].is_string()) {
            const auto& text = json[key].get_ref<const std::string&>();
            require_length(text, child_path(path, key), key == "message" ? kLongestText : kLongestLine);
            if (has_control_characters(text)) {
                report(child_path(path, key), "is a text of one line, without control characters");
            }
            return text;
        }
        report(child_path(path, key), "must be a text");
        return {};
    }

    void read_exclusion(const Json& json, const std::string& path) {
        Exclusion exclusion{read_pattern(json, path, "why"), text_of(json, path, "why")};
        if (exclusion.when.empty() && read_.problems.empty()) {
            report(path, "names no axis: it would exclude every cell");
        }
        matrix().exclude.push_back(std::move(exclusion));
    }

    void read_inclusion(const Json& json, const std::string& path) {
        Assignment cell;
        for (const auto& [name, value] : json.items()) {
            if (may_be_set(name, child_path(path, name))) cell[name] = value_at(value, child_path(path, name));
        }
        if (json.empty()) return report(path, "a cell needs a value");
        matrix().include.push_back(std::move(cell));
    }

    void read_expect(const Json& json, const std::string& path) {
        check_keys(json, path, kExpectKeys);
        ExpectedCells expected;
        if (json.contains("when") && require_object(json["when"], child_path(path, "when"))) {
            expected.when = read_pattern(json["when"], child_path(path, "when"), {});
        }
        expected.expect.fails_at = text_of(json, path, "fails-at", true);
        expected.expect.node = text_of(json, path, "node");
        expected.expect.message = text_of(json, path, "message");
        expected.expect.why = text_of(json, path, "why");
        matrix().expect.push_back(std::move(expected));
    }

    MatrixRead read_;
    std::vector<std::string> paths_;     // of the axes, then also of the included cells
    std::set<std::string> known_paths_;  // the same
    std::size_t patterns_ = 0;
    bool is_told_of_patterns_ = false;
};

}  // namespace

MatrixRead read_matrix(std::string_view json) {
    try {
        if (auto problem = problem_with_members(parse_json<nlohmann::json>(json), "$.matrix")) return {{}, {*problem}};
        return MatrixReader().read(parse_json<Json>(json));
    } catch (const JsonFault& fault) {
        return {{}, {{"$.matrix", fmt::format("not valid JSON: {}", fault.what()), {}}}};
    }
}

}  // namespace crib::scenario
