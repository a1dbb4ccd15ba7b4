#include "harness/fetch/mirrors.h"

#include "harness/base/error.h"
#include "harness/base/input_file.h"
#include "harness/base/json_place.h"
#include "harness/fetch/url.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>

namespace crib::fetch {
namespace {

constexpr const char* example = R"(it is an object such as {"pkgs.k8s.io": "https://mirror.example/k8s"})";

std::string without_scheme(const std::string& url) {
    const auto at = url.find("://");
    return at == std::string::npos ? url : url.substr(at + 3);
}

std::string without_slash(std::string text) {
    while (text.ends_with('/')) text.pop_back();
    return text;
}

// Does `address` begin with `prefix`, and not within a word?
bool begins_with(const std::string& address, const std::string& prefix) {
    if (!address.starts_with(prefix)) return false;
    return address.size() == prefix.size() || address[prefix.size()] == '/';
}

nlohmann::json parse_mirrors(const std::string& text, const std::filesystem::path& file) {
    using Json = nlohmann::json;
    std::set<std::string> names;
    const auto each_once = [&](int depth, Json::parse_event_t event, const Json& parsed) {
        if (depth == 1 && event == Json::parse_event_t::key && !names.insert(parsed.get<std::string>()).second) {
            throw JsonFault(fmt::format("\"{}\" stands there twice", parsed.get<std::string>()));
        }
        return true;
    };
    try {
        auto document = parse_json<Json>(text, each_once);
        if (document.is_object()) return document;
    } catch (const JsonFault& fault) {
        throw Error(ErrorKind::usage, fmt::format("{}: {}", file.string(), fault.what()), example);
    }
    throw Error(ErrorKind::usage, fmt::format("{} does not hold a JSON object of mirrors", file.string()), example);
}

std::string read_mirrors(const std::filesystem::path& file) {
    try {
        return read_input(file, input_kind::mirrors);
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::usage) throw;
        throw Error(ErrorKind::usage, std::string("the mirrors: ") + error.what(),
                    "CRIB_MIRRORS names the file, else it is mirrors.json in the user's configuration; without either, "
                    "servers are used as they are");
    }
}

}  // namespace

Mirrors Mirrors::load(const std::filesystem::path& file) {
    if (file.empty()) return {};
    const auto document = parse_mirrors(read_mirrors(file), file);
    std::map<std::string, std::string> entries;
    for (const auto& [name, value] : document.items()) {
        const auto objection = value.is_string() ? objection_to_url(value.get<std::string>()) : "is no text";
        if (!objection.empty()) {
            throw Error(ErrorKind::usage, fmt::format("{}: the mirror of \"{}\" {}", file.string(), name, objection),
                        example);
        }
        const auto place = without_slash(without_scheme(name));
        if (place.empty()) {
            throw Error(ErrorKind::usage, fmt::format("{}: \"{}\" names no server", file.string(), name), example);
        }
        if (!entries.emplace(place, without_slash(value.get<std::string>())).second) {
            throw Error(ErrorKind::usage, fmt::format("{}: {} has two mirrors", file.string(), place),
                        "leave one of them out");
        }
    }
    return Mirrors(std::move(entries));
}

std::string Mirrors::replaced(const std::string& address) const {
    const std::pair<const std::string, std::string>* best = nullptr;
    for (const auto& entry : entries_) {
        if (begins_with(address, entry.first) && (best == nullptr || entry.first.size() > best->first.size())) {
            best = &entry;
        }
    }
    return best == nullptr ? std::string() : best->second + address.substr(best->first.size());
}

std::string Mirrors::resolve(const std::string& url) const {
    const std::string mirrored = replaced(without_scheme(url));
    return mirrored.empty() ? url : mirrored;
}

ImageAddress Mirrors::resolve_image(const std::string& reference) const {
    const std::string mirrored = replaced(reference);
    if (mirrored.empty()) return {reference, true};
    return {without_scheme(mirrored), !mirrored.starts_with("http://")};
}

}  // namespace crib::fetch
