#include "harness/scenario/schema_fields.h"

#include "harness/base/error.h"
#include "harness/base/text.h"
#include "harness/scenario/path_segments.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace crib::scenario {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kWidth = 100;

const Json& target(const Json& schema, const Json& node) {
    return schema.at(Json::json_pointer(node["$ref"].get<std::string>().substr(1)));
}

class Walk {
public:
    explicit Walk(const Json& schema) : schema_(schema) {}

    std::vector<Field> all() {
        visit(schema_, "");
        return std::move(fields_);
    }

private:
    void visit(const Json& node, const std::string& path) {
        if (node.contains("$ref")) visit(target(schema_, node), path);
        if (node.contains("items")) visit(node["items"], path);
        for (const auto* key : {"anyOf", "oneOf"}) {
            if (!node.contains(key)) continue;
            for (const auto& one : node[key]) visit(one, path);
        }
        if (node.contains("properties")) {
            const auto required = node.value("required", std::vector<std::string>{});
            for (const auto& [name, child] : node["properties"].items()) {
                add(child, path, name, std::find(required.begin(), required.end(), name) != required.end());
            }
        }
        if (node.contains("additionalProperties") && node["additionalProperties"].is_object()) {
            add(node["additionalProperties"], path, "NAME", false);
        }
    }

    void add(const Json& node, const std::string& path, const std::string& name, bool required) {
        const auto own = path.empty() ? name : path + "." + name;
        fields_.push_back({own, &node, required});
        visit(node, own);
    }

    const Json& schema_;
    std::vector<Field> fields_;
};

bool fits(const std::vector<std::string>& words, const std::string& field) {
    const auto names = split(field, '.');
    const auto is_it = [](const auto& word, const auto& name) { return name == "NAME" || word == name; };
    // The last NAME of a matrix is a path: "matrix.axes.versions.kubernetes".
    const bool is_path = field.starts_with("matrix.") && names.back() == "NAME" && words.size() > names.size();
    const auto end = is_path ? words.begin() + static_cast<std::ptrdiff_t>(names.size()) : words.end();
    return std::equal(words.begin(), end, names.begin(), names.end(), is_it);
}

// What stands at the node, or at what it refers to.
const Json* find(const Json& schema, const Json& node, const char* key) {
    if (node.contains(key)) return &node[key];
    return node.contains("$ref") ? find(schema, target(schema, node), key) : nullptr;
}

bool is_list(const Json& schema, const Json& node) {
    if (const auto type = node.find("type"); type != node.end()) {
        const bool is_one = *type == "array" || (type->is_array() && std::ranges::count(*type, Json("array")) > 0);
        if (is_one) return true;
    }
    if (node.contains("$ref") && is_list(schema, target(schema, node))) return true;
    for (const auto* key : {"anyOf", "oneOf"}) {
        if (!node.contains(key)) continue;
        for (const auto& one : node[key]) {
            if (is_list(schema, one)) return true;
        }
    }
    return false;
}

std::string type_of(const Json& schema, const Json& node) {
    static const std::map<std::string, std::string> names = {{"string", "a text"},    {"integer", "a whole number"},
                                                             {"number", "a number"},  {"array", "a list"},
                                                             {"object", "an object"}, {"boolean", "true or false"}};
    std::vector<std::string> types;
    const auto add = [&](const Json& one) {
        const auto& name = names.at(one.get<std::string>());
        if (std::find(types.begin(), types.end(), name) == types.end()) types.push_back(name);
    };
    if (const auto* type = find(schema, node, "type")) {
        if (type->is_string()) add(*type);
        for (std::size_t i = 0; type->is_array() && i < type->size(); ++i) add((*type)[i]);
    } else if (const auto* any = find(schema, node, "anyOf")) {
        for (const auto& one : *any) add(*find(schema, one, "type"));
    }
    return types.empty() ? "any value" : join(types, " or ");
}

std::string wrapped(const std::string& text, const std::string& indent) {
    std::string result;
    std::string line;
    for (const auto& word : split(text, ' ')) {
        if (!line.empty() && line.size() + word.size() + 1 > kWidth) {
            result += indent + line + "\n";
            line.clear();
        }
        line += (line.empty() ? "" : " ") + word;
    }
    return result + indent + line + "\n";
}

// The keys in it; in the scenario itself for an empty path.
std::string children_of(const std::vector<Field>& fields, const std::string& path) {
    const auto above = path.empty() ? path : path + ".";
    std::vector<std::string> names;
    for (const auto& field : fields) {
        const bool below = field.path.starts_with(above) && field.path.find('.', above.size()) == std::string::npos;
        if (below) names.push_back(field.path.substr(above.size()));
    }
    return join(names, ", ");
}

[[noreturn]] void refuse(const std::string& problem, const std::string& word, const std::vector<std::string>& known,
                         const std::string& otherwise) {
    const auto near = nearest(word, known);
    // A word of one letter, or of none, is near to each short one.
    const bool is_like_it =
        near && std::ranges::any_of(word, [&](char c) { return near->find(c) != std::string::npos; });
    const auto meant = is_like_it ? near : std::nullopt;
    throw Error(ErrorKind::usage, problem, meant ? fmt::format("did you mean {}?", *meant) : otherwise);
}

// "$.nodes[0].memory", "nodes.0.memory" and "nodes.master.memory" are the same question as "nodes.memory".
class Words {
public:
    Words(const Json& schema, const std::vector<Field>& fields) : schema_(schema), fields_(fields) {}

    std::vector<std::string> of(const std::string& path) {
        const auto parts = parts_of(path);
        for (std::size_t i = 0; i < parts.size(); ++i) {
            const auto next = i + 1 < parts.size() ? parts[i + 1].name : std::string();
            if (is_in_list_ && is_element(parts[i], next)) {
                is_in_list_ = false;
            } else {
                add(parts[i]);
            }
        }
        return std::move(words_);
    }

private:
    // Of the scenario as a whole, none. Error(usage) for what --set would not take for a path either.
    static Segments parts_of(const std::string& path) {
        if (path.empty() || path == "$") return {};
        const auto parts = segments_of(path.starts_with("$.") ? path.substr(2) : path);
        if (parts && std::ranges::none_of(*parts, [](const Segment& part) { return part.name.empty(); })) return *parts;
        throw Error(ErrorKind::usage, fmt::format("{} is no path of a scenario", path),
                    "for example nodes.memory, nodes[0].memory or nodes.master.memory");
    }

    [[nodiscard]] const Field* field_of(const std::vector<std::string>& words) const {
        const auto is_it = [&](const Field& field) { return fits(words, field.path); };
        const auto found = std::ranges::find_if(fields_, is_it);
        return found == fields_.end() ? nullptr : &*found;
    }

    [[nodiscard]] const Field* field_in(const std::string& name) const {
        auto words = words_;
        words.push_back(name);
        return field_of(words);
    }

    // A number; or, where elements have one, a name. Without brackets a name is one only where what stands behind it is
    // a key of an element.
    [[nodiscard]] bool is_element(const Segment& part, const std::string& next) const {
        if (std::ranges::all_of(part.name, [](unsigned char c) { return std::isdigit(c) != 0; })) return true;
        if (field_in("name") == nullptr) return false;
        if (part.in_brackets) return true;
        return field_in(part.name) == nullptr && !next.empty() && field_in(next) != nullptr;
    }

    // Brackets that name no element stay, unless any key may stand there: so there is no such key.
    void add(const Segment& part) {
        const auto* field = field_in(part.name);
        const bool may_be_any = field != nullptr && field->path.ends_with(".NAME") && !is_in_list_;
        words_.push_back(part.in_brackets && !may_be_any ? "[" + part.name + "]" : part.name);
        is_in_list_ = field != nullptr && words_.back() == part.name && is_list(schema_, *field->node);
    }

    const Json& schema_;
    const std::vector<Field>& fields_;
    std::vector<std::string> words_;
    bool is_in_list_ = false;  // the last word is a list, and nothing has said yet which element
};

const Field& find_field(const std::vector<Field>& fields, const std::vector<std::string>& words,
                        const std::string& path) {
    const auto exact =
        std::find_if(fields.begin(), fields.end(), [&](const Field& f) { return f.path == join(words, "."); });
    if (exact != fields.end()) return *exact;
    const auto field = std::find_if(fields.begin(), fields.end(), [&](const Field& f) { return fits(words, f.path); });
    if (field != fields.end()) return *field;
    std::vector<std::string> names;
    for (const auto& one : fields) names.push_back(one.path);
    refuse(fmt::format("a scenario has no key {}", path), join(words, "."), names, "crib schema prints all of them");
}

// Where NAME is one of a few, the word in its place must be, too.
void require_known(const Field& field, const std::vector<std::string>& words, const std::string& path,
                   const KnownNames& known) {
    std::string above;
    const auto names = split(field.path, '.');
    for (std::size_t i = 0; i < names.size(); ++i) {
        above += (above.empty() ? "" : ".") + names[i];
        const auto found = known.find(above);
        if (names[i] != "NAME" || words[i] == "NAME" || found == known.end()) continue;
        const auto& on_offer = found->second.names;
        if (std::find(on_offer.begin(), on_offer.end(), words[i]) != on_offer.end()) continue;
        refuse(fmt::format("{}: there is no {} \"{}\"", path, found->second.what, words[i]), words[i], on_offer,
               "on offer: " + join(on_offer, ", "));
    }
}

std::string dumped(const Json& values) {
    std::vector<std::string> texts;
    for (const auto& value : values) texts.push_back(value.dump());
    return join(texts, " or ");
}

// The few values that there are, if the schema says which.
std::string choices_of(const Json& schema, const Json& node) {
    if (const auto* values = find(schema, node, "enum")) return dumped(*values);
    const auto* any = find(schema, node, "anyOf");
    for (std::size_t i = 0; any != nullptr && i < any->size(); ++i) {
        if (const auto* values = find(schema, (*any)[i], "enum")) return dumped(*values);
    }
    return {};
}

std::string line(const char* title, const std::string& text) {
    return text.empty() ? "" : fmt::format("    {}: {}\n", title, text);
}

}  // namespace

std::vector<Field> fields_in(const Json& schema) {
    return Walk(schema).all();
}

std::string explain_field(const Json& schema, const std::string& path, const KnownNames& known) {
    const auto fields = fields_in(schema);
    const auto words = Words(schema, fields).of(path);
    const bool is_whole = words.empty();
    const Field whole{"", &schema};
    const Field& field = is_whole ? whole : find_field(fields, words, path);
    require_known(field, words, path, known);
    const Json& node = *field.node;
    auto text = fmt::format("{}: {}\n", is_whole ? "a scenario" : field.path, type_of(schema, node));
    if (const auto* description = find(schema, node, "description"))
        text += wrapped(description->get<std::string>(), "    ");
    if (field.required) text += "    must be given\n";
    text += line("one of", choices_of(schema, node));
    if (const auto* value = find(schema, node, "default")) text += line("default", value->dump());
    if (const auto* examples = find(schema, node, "examples")) text += line("for example", dumped(*examples));
    text += line("in it", children_of(fields, field.path));
    if (const auto names = known.find(field.path); names != known.end())
        text += line("NAME is one of", join(names->second.names, ", "));
    return text;
}

}  // namespace crib::scenario
