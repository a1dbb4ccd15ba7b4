#include "harness/scenario/schema_fields.h"

#include "harness/base/error.h"
#include "harness/base/text.h"

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
            for (const auto& [name, child] : node["properties"].items()) add(child, path, name);
        }
        if (node.contains("additionalProperties") && node["additionalProperties"].is_object()) {
            add(node["additionalProperties"], path, "NAME");
        }
    }

    void add(const Json& node, const std::string& path, const std::string& name) {
        const auto own = path.empty() ? name : path + "." + name;
        fields_.push_back({own, &node});
        visit(node, own);
    }

    const Json& schema_;
    std::vector<Field> fields_;
};

// "$.nodes[0].memory" and "nodes.0.memory" are the same question as "nodes.memory".
std::vector<std::string> words_of(const std::string& path) {
    std::vector<std::string> words;
    for (auto word : split(path, '.')) {
        word = word.substr(0, word.find('['));
        const bool is_number = !word.empty() && std::all_of(word.begin(), word.end(),
                                                            [](unsigned char c) { return std::isdigit(c) != 0; });
        if (!word.empty() && word != "$" && !is_number) words.push_back(word);
    }
    return words;
}

bool fits(const std::vector<std::string>& words, const std::string& field) {
    const auto names = split(field, '.');
    return std::equal(words.begin(), words.end(), names.begin(), names.end(),
                      [](const auto& word, const auto& name) { return name == "NAME" || word == name; });
}

// What stands at the node, or at what it refers to.
const Json* find(const Json& schema, const Json& node, const char* key) {
    if (node.contains(key)) return &node[key];
    return node.contains("$ref") ? find(schema, target(schema, node), key) : nullptr;
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
    return join(types, " or ");
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

std::string children_of(const std::vector<Field>& fields, const std::string& path) {
    std::vector<std::string> names;
    for (const auto& field : fields) {
        const bool below =
            field.path.starts_with(path + ".") && field.path.find('.', path.size() + 1) == std::string::npos;
        if (below) names.push_back(field.path.substr(path.size() + 1));
    }
    return join(names, ", ");
}

}  // namespace

std::vector<Field> fields_in(const Json& schema) {
    return Walk(schema).all();
}

std::string explain_field(const Json& schema, const std::string& path) {
    const auto fields = fields_in(schema);
    const auto words = words_of(path);
    const auto exact =
        std::find_if(fields.begin(), fields.end(), [&](const Field& f) { return f.path == join(words, "."); });
    const auto field = exact != fields.end() ? exact : std::find_if(fields.begin(), fields.end(), [&](const Field& f) {
        return fits(words, f.path);
    });
    if (field == fields.end()) {
        std::vector<std::string> names;
        for (const auto& one : fields) names.push_back(one.path);
        const auto meant = nearest(join(words, "."), names);
        throw Error(ErrorKind::usage, fmt::format("a scenario has no key {}", path),
                    meant ? fmt::format("did you mean {}?", *meant) : "crib schema prints all of them");
    }
    const Json& node = *field->node;
    auto text = fmt::format("{}: {}\n", field->path, type_of(schema, node));
    if (const auto* description = find(schema, node, "description"))
        text += wrapped(description->get<std::string>(), "    ");
    if (const auto* value = find(schema, node, "default")) text += "    default: " + value->dump() + "\n";
    if (const auto* examples = find(schema, node, "examples")) {
        std::vector<std::string> values;
        for (const auto& example : *examples) values.push_back(example.dump());
        text += "    for example: " + join(values, " or ") + "\n";
    }
    const auto children = children_of(fields, field->path);
    if (!children.empty()) text += "    in it: " + children + "\n";
    return text;
}

}  // namespace crib::scenario
