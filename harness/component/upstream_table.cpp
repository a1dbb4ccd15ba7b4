#include "harness/component/upstream_table.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/json_place.h"
#include "harness/base/text.h"
#include "harness/component/table.h"

#include <fmt/format.h>
#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>

namespace crib::component {
namespace {

using nlohmann::json;

// "1.36.3" -> {1, 36, 3}; nothing for a word.
std::optional<std::vector<int>> numbers_of(const std::string& text) {
    std::vector<int> numbers;
    for (const std::string& part : split(text, '.')) {
        int number = 0;
        const auto [end, failed] = std::from_chars(part.data(), part.data() + part.size(), number);
        if (failed != std::errc() || end != part.data() + part.size()) return std::nullopt;
        numbers.push_back(number);
    }
    return numbers;
}

// Compares as far as `bound` goes.
int compare_to(const std::vector<int>& version, const std::vector<int>& bound) {
    for (std::size_t i = 0; i < bound.size(); ++i) {
        const int here = i < version.size() ? version[i] : 0;
        if (here != bound[i]) return here < bound[i] ? -1 : 1;
    }
    return 0;
}

// Fills ${version}, ${major}, ${minor}, ${os} in.
class Filler {
public:
    Filler(const json& table, std::string name, std::string version, const std::string& os)
        : name_(std::move(name)), version_(std::move(version)), os_(os) {
        const auto& labels = table.at("os-labels");
        if (labels.contains(os)) label_ = labels.at(os).get<std::string>();
    }
    [[nodiscard]] std::string operator()(std::string text) const {
        constexpr std::string_view variable = "${os}";
        for (auto at = text.find(variable); at != std::string::npos; at = text.find(variable)) {
            if (label_.empty()) {
                throw Error(ErrorKind::usage,
                            fmt::format("the publisher of {} {} has no packages for {}", name_, version_,
                                        os_.empty() ? "nodes of several operating systems" : os_),
                            "choose an operating system of upstream.json's os-labels for all nodes");
            }
            text.replace(at, variable.size(), label_);
        }
        return expand(text, version_, version_);
    }

private:
    std::string name_;
    std::string version_;
    std::string os_;
    std::string label_;
};

UpstreamRepository repository_of(const json& value, const Filler& fill) {
    UpstreamRepository repository;
    repository.endpoint.url = fill(value.at("url"));
    repository.endpoint.key = fill(value.at("key"));
    for (const json& fingerprint : value.value("fingerprints", json::array())) {
        repository.endpoint.fingerprints.push_back(fingerprint);
    }
    for (const json& deb : value.at("debs")) {
        repository.debs.push_back({deb.at("name"), fill(deb.value("version", ""))});
    }
    return repository;
}

// Of the rows "from" a version on, the last one that is not newer and of the same minor version.
std::map<std::string, std::string> requirements(const json& table, const std::string& name,
                                                const std::string& version) {
    if (!table.at("requires").contains(name)) return {};
    const json* best = nullptr;
    const auto numbers = numbers_of(version).value_or(std::vector<int>{});
    for (const json& row : table.at("requires").at(name)) {
        const auto from = numbers_of(row.at("from")).value_or(std::vector<int>{});
        const bool same_minor = numbers.size() > 1 && from.size() > 1 && numbers[0] == from[0] && numbers[1] == from[1];
        if (same_minor && compare_to(numbers, from) >= 0) best = &row;
    }
    if (best == nullptr) {
        throw Error(ErrorKind::usage, fmt::format("upstream.json does not say what {} {} needs", name, version),
                    fmt::format("add a row \"from\" {} to its \"requires\", with the source of each version", version));
    }
    std::map<std::string, std::string> found;
    for (const auto& [other, wanted] : best->items()) {
        if (other != "from" && other != "source") found[other] = wanted;
    }
    return found;
}

UpstreamRow make_row(const json& table, const json& value, const std::string& name, const std::string& version,
                     const std::string& os) {
    const Filler fill(table, name, version, os);
    UpstreamRow row;
    row.name = name;
    row.version = version;
    row.source = value.at("source");
    for (const json& repository : value.value("repositories", json::array())) {
        row.repositories.push_back(repository_of(repository, fill));
    }
    for (const json& image : value.value("images", json::array())) {
        UpstreamImage pulled{fill(image.at("reference")), {}};
        for (const json& also : image.value("also", json::array())) pulled.also.push_back(fill(also));
        row.images.push_back(pulled);
    }
    row.manifest = fill(value.value("manifest", ""));
    row.requires_ = requirements(table, name, version);
    for (const json& provided : value.value("provides", json::array())) row.provides.push_back(provided);
    row.text = value.dump() + json(row.requires_).dump() + os;
    return row;
}

[[noreturn]] void refuse(const std::filesystem::path& file, const std::string& why) {
    throw Error(ErrorKind::component, fmt::format("{}: {}", file.string(), why),
                "compare it with the file that came with crib");
}

}  // namespace

bool in_range(const std::string& version, const std::string& range) {
    const auto numbers = numbers_of(version);
    if (range == version) return true;
    if (!numbers) return false;
    const auto dash = range.find('-');
    const std::string low = range.substr(0, dash);
    const std::string high = dash == std::string::npos ? low : range.substr(dash + 1);
    const auto lower = numbers_of(low);
    const auto upper = numbers_of(high);
    if (!low.empty() && (!lower || compare_to(*numbers, *lower) < 0)) return false;
    return high.empty() || (upper && compare_to(*numbers, *upper) <= 0);
}

std::vector<std::string> images_in_manifest(const std::string& yaml) {
    std::vector<std::string> images;
    for (const std::string& line : split_lines(yaml)) {
        std::string_view text = trim(line);
        if (text.starts_with("- ")) text = trim(text.substr(2));
        constexpr std::string_view key = "image:";
        if (!text.starts_with(key)) continue;
        std::string image(trim(text.substr(key.size())));
        std::erase_if(image, [](char letter) { return letter == '"' || letter == '\''; });
        if (!image.empty() && std::find(images.begin(), images.end(), image) == images.end()) images.push_back(image);
    }
    return images;
}

UpstreamRow UpstreamTable::row(const std::string& name, const std::string& version, const std::string& os) const {
    try {
        const auto table = parse_json<json>(read_file(file_));
        const auto& components = table.at("components");
        if (!components.contains(name)) {
            throw Error(ErrorKind::usage, fmt::format("no publisher of {} is known", name),
                        "use its source \"modules\", or add it to fixtures/components/upstream.json");
        }
        for (const json& value : components.at(name)) {
            if (value.contains("versions") && !in_range(version, value.at("versions"))) continue;
            if (value.contains("refused")) {
                throw Error(ErrorKind::usage,
                            fmt::format("{} {} cannot be had from upstream: {}", name, version,
                                        value.at("refused").get<std::string>()),
                            fmt::format("build it (\"modules\" or \"local:PATH\"); source: {}",
                                        value.at("source").get<std::string>()));
            }
            return make_row(table, value, name, version, os);
        }
        throw Error(ErrorKind::usage, fmt::format("no publisher of {} {} is known", name, version),
                    "upstream.json beside the components says which versions are");
    } catch (const JsonFault& fault) {
        refuse(file_, fault.what());
    } catch (const json::exception& broken) {
        refuse(file_, words_of_json_error(broken.id, broken.what()));
    }
}

}  // namespace crib::component
