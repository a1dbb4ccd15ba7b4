#include "harness/component/request.h"

#include "harness/base/error.h"

#include <fmt/format.h>
#include <algorithm>

namespace crib::component {
namespace {

void add_with_requirements(const Table& table, const Request& request, std::vector<Request>& found) {
    const auto same = [&](const Request& known) {
        return known.name == request.name && known.version == request.version;
    };
    if (std::any_of(found.begin(), found.end(), same)) return;
    for (const auto& [name, version] : row_of(table, request).requires_) {
        add_with_requirements(table, {name, version, {}}, found);
    }
    found.push_back(request);
}

}  // namespace

Source parse_source(const std::string& text) {
    constexpr std::string_view local = "local:";
    if (text == "modules") return {};
    if (text.starts_with(local) && text.size() > local.size()) {
        const std::filesystem::path path = std::filesystem::absolute(text.substr(local.size())).lexically_normal();
        if (!std::filesystem::exists(path / "go.mod")) {
            throw Error(ErrorKind::usage, fmt::format("{} is not a checkout of a Go module", path.string()),
                        "name the folder that holds its go.mod");
        }
        return {Source::Kind::local, path};
    }
    throw Error(ErrorKind::usage, fmt::format("unknown component source \"{}\"", text),
                "use \"modules\" or \"local:PATH\" of a checkout");
}

std::string to_string(const Source& source) {
    return source.kind == Source::Kind::modules ? "modules" : "local:" + source.checkout.string();
}

Row row_of(const Table& table, const Request& request) {
    return request.source.kind == Source::Kind::local ? table.row_for_checkout(request.name, request.version)
                                                      : table.row(request.name, request.version);
}

std::vector<Request> select_requests(const Table& table, const std::vector<std::string>& words) {
    std::vector<Request> found;
    for (const std::string& word : words.empty() ? table.names() : words) {
        const auto equals = word.find('=');
        const std::string what = word.substr(0, equals);
        const Source source = equals == std::string::npos ? Source{} : parse_source(word.substr(equals + 1));
        const auto at = what.find('@');
        const std::string name = what.substr(0, at);
        auto versions = table.versions(name);
        if (at != std::string::npos) {
            versions = {what.substr(at + 1)};
        } else if (source.kind == Source::Kind::local && !versions.empty()) {
            versions = {versions.back()};
        }
        if (versions.empty()) versions.emplace_back();  // of an unknown component: refused here
        for (auto version = versions.rbegin(); version != versions.rend(); ++version) {
            found.push_back({name, row_of(table, {name, *version, source}).version, source});
        }
    }
    return found;
}

std::vector<Request> with_requirements(const Table& table, const std::vector<Request>& wanted) {
    std::vector<Request> found;
    for (const Request& request : wanted) add_with_requirements(table, request, found);
    return found;
}

std::vector<Request> bill_of_materials(const Table& table, const ClusterVersions& versions,
                                       const std::map<std::string, Source>& sources) {
    std::vector<Request> wanted{{"kubernetes", versions.kubernetes, {}},
                                {"cri-o", versions.cri_o, {}},
                                {"flannel", versions.flannel, {}},
                                {"nginx", versions.nginx, {}}};
    for (Request& request : wanted) {
        if (const auto source = sources.find(request.name); source != sources.end()) request.source = source->second;
    }
    auto bill = with_requirements(table, wanted);
    for (Request& request : bill) {
        if (const auto source = sources.find(request.name); source != sources.end()) request.source = source->second;
    }
    return bill;
}

}  // namespace crib::component
