#include "harness/scenario/matrix_spec.h"

#include "harness/base/text.h"
#include "harness/scenario/positions.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

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
        each_of(json, "exclude", [&](const Json& one, const std::string& path) { read_exclusion(one, path); });
        each_of(json, "include", [&](const Json& one, const std::string& path) { read_inclusion(one, path); });
        for (const auto& included : matrix().include) {
            for (const auto& [name, value] : included) paths_.push_back(name);
        }
        each_of(json, "expect", [&](const Json& one, const std::string& path) { read_expect(one, path); });
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
            const auto meant = nearest(key, known);
            report(child_path(path, key), fmt::format("unknown key \"{}\"", key),
                   meant ? fmt::format("did you mean \"{}\"?", *meant) : "known are: " + join(known, ", "));
        }
    }

    template <typename Body>
    void each_of(const Json& object, const std::string& key, Body&& body) {
        if (!object.contains(key)) return;
        const auto path = child_path("$.matrix", key);
        const Json& list = object[key];
        if (!list.is_array()) return report(path, "must be a list of objects");
        for (std::size_t i = 0; i < list.size(); ++i) {
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
        for (const auto& [name, values] : axes.items()) {
            const auto place = child_path(path, name);
            if (!may_be_set(name, place)) continue;
            paths_.push_back(name);
            if (!values.is_array() || values.empty()) {
                report(place, "an axis is a list of at least one value");
                continue;
            }
            Axis axis{name, {}};
            for (const auto& value : values) axis.values.push_back(value_text(value));
            matrix().axes.push_back(std::move(axis));
        }
    }

    void read_limit(const Json& value, const std::string& path) {
        if (value.is_number_unsigned() && value.get<std::uint64_t>() > 0) {
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
            if (std::ranges::count(paths_, name) == 0) {
                const auto meant = nearest(name, paths_);
                report(place, fmt::format("there is no axis \"{}\"", name),
                       meant ? fmt::format("did you mean \"{}\"?", *meant) : "the axes are: " + join(paths_, ", "));
                continue;
            }
            auto& texts = pattern[name];
            if (value.is_array()) {
                for (const auto& one : value) texts.push_back(value_text(one));
            } else {
                texts.push_back(value_text(value));
            }
            if (texts.empty()) report(place, "an empty list matches nothing");
        }
        return pattern;
    }

    std::string text_of(const Json& json, const std::string& path, const std::string& key, bool required = false) {
        if (!json.contains(key)) {
            if (required) report(path, fmt::format("\"{}\" is missing", key));
            return {};
        }
        if (json[key].is_string()) return json[key].get<std::string>();
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
            if (may_be_set(name, child_path(path, name))) cell[name] = value_text(value);
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
    std::vector<std::string> paths_;  // of the axes, then also of the included cells
};

}  // namespace

MatrixRead read_matrix(std::string_view json) {
    try {
        return MatrixReader().read(Json::parse(json));
    } catch (const Json::exception& error) {
        return {{}, {{"$.matrix", fmt::format("not valid JSON: {}", error.what()), {}}}};
    }
}

}  // namespace crib::scenario
