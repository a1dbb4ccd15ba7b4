#include "harness/component/embedded_json.h"

#include "harness/base/error.h"
#include "harness/base/json_place.h"
#include "harness/base/text.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace crib::component {
namespace {

using Json = nlohmann::ordered_json;

std::size_t indent_of(const std::string& line) {
    return std::min(line.find_first_not_of(' '), line.size());
}

[[noreturn]] void refuse(const std::string& key, const std::string& why) {
    throw Error(ErrorKind::component, fmt::format("the block \"{}\" cannot be edited: {}", key, why),
                "the upstream file has another shape than the component table expects");
}

std::string edited(const std::string& block, const std::string& key, const std::map<std::string, std::string>& set) {
    try {
        auto document = parse_json<Json>(block);
        for (const auto& [pointer, value] : set) document.at(Json::json_pointer(pointer)) = value;
        return document.dump(2);
    } catch (const JsonFault& fault) {
        refuse(key, fault.what());
    } catch (const Json::exception& error) {
        refuse(key, words_of_json_error(error.id, error.what()));
    }
}

}  // namespace

std::string edit_embedded_json(const std::string& yaml, const std::string& key,
                               const std::map<std::string, std::string>& set) {
    const std::vector<std::string> lines = split_lines(yaml);
    std::string result;
    bool found = false;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        result += lines[i] + "\n";
        if (trim(lines[i]) != key + ": |") continue;
        found = true;
        const std::size_t outer = indent_of(lines[i]);
        const std::size_t inner = i + 1 < lines.size() ? indent_of(lines[i + 1]) : 0;
        std::string block;
        while (i + 1 < lines.size() && inner > outer &&
               (trim(lines[i + 1]).empty() || indent_of(lines[i + 1]) >= inner)) {
            block += lines[++i] + "\n";
        }
        for (const std::string& line : split_lines(edited(block, key, set))) {
            result += std::string(inner, ' ') + line + "\n";
        }
    }
    if (!found) {
        throw Error(ErrorKind::component, fmt::format("there is no block \"{}: |\"", key),
                    "the upstream file has another shape than the component table expects");
    }
    return result;
}

}  // namespace crib::component
