#include "harness/fetch/mirrors.h"

#include "harness/base/error.h"
#include "harness/base/input_file.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

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

bool is_known_url(const std::string& url) {
    return url.starts_with("http://") || url.starts_with("https://") || url.starts_with("file://");
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
    const auto document = nlohmann::json::parse(read_mirrors(file), nullptr, false);
    if (!document.is_object()) {
        throw Error(ErrorKind::usage, fmt::format("{} does not hold a JSON object of mirrors", file.string()), example);
    }
    std::map<std::string, std::string> entries;
    for (const auto& [name, value] : document.items()) {
        if (!value.is_string() || !is_known_url(value.get<std::string>())) {
            throw Error(ErrorKind::usage,
                        fmt::format("{}: the mirror of \"{}\" is not an http, https or file URL", file.string(), name),
                        example);
        }
        entries[without_slash(without_scheme(name))] = without_slash(value.get<std::string>());
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
