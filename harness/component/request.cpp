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
        const auto at = word.find('@');
        const std::string name = word.substr(0, at);
        if (at != std::string::npos) {
            found.push_back({name, table.row(name, word.substr(at + 1)).version, {}});
            continue;
        }
        auto versions = table.versions(name);
        if (versions.empty()) static_cast<void>(table.row(name, ""));  // says what is on offer
        std::reverse(versions.begin(), versions.end());
        for (const std::string& version : versions) found.push_back({name, version, {}});
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
