#include "harness/component/request.h"

#include "harness/base/checkout_source.h"
#include "harness/base/error.h"
#include "harness/base/input_file.h"
#include "harness/component/upstream_table.h"

#include <fmt/format.h>
#include <algorithm>

namespace crib::component {
namespace {

constexpr const char* no_go_mod = "name the folder that holds its go.mod";

bool is_upstream(const Request& request) {
    return request.source.kind == Source::Kind::upstream;
}

UpstreamRow upstream_row(const Table& table, const Request& request) {
    return UpstreamTable(table.folder() / "upstream.json").row(request.name, request.version, request.os);
}

class Collector {
public:
    Collector(const Table& table, const Sources& sources) : table_(table), sources_(sources) {}

    void add(const Request& request) {
        const auto same = [&](const Request& known) {
            return known.name == request.name && known.version == request.version;
        };
        if (std::any_of(found_.begin(), found_.end(), same)) return;
        for (const auto& [name, version] : requirements_of(table_, request)) {
            const auto chosen = sources_.find(name);
            const Source inherited = is_upstream(request) ? request.source : Source{};
            add({name, version, chosen == sources_.end() ? inherited : chosen->second, request.os});
        }
        found_.push_back(request);
    }

    std::vector<Request> finish() {
        for (const Request& request : std::vector<Request>(found_)) {
            if (!is_upstream(request)) continue;
            for (const std::string& provided : upstream_row(table_, request).provides) {
                std::erase_if(found_, [&](const Request& other) { return other.name == provided; });
            }
        }
        return std::move(found_);
    }

private:
    const Table& table_;
    const Sources& sources_;
    std::vector<Request> found_;
};

}  // namespace

Source parse_source(const std::string& text) {
    if (text == "modules") return {};
    if (text == "upstream") return {Source::Kind::upstream, {}};
    const auto checkout = CheckoutSource::parse(text);
    if (checkout && !checkout->has_path()) {
        throw Error(ErrorKind::usage, "\"local:\" names no checkout", "write its path behind it: local:../cri-o");
    }
    if (checkout) {
        const auto path = checkout->folder();
        const auto go_mod = try_open_input(path / "go.mod", input_kind::go_mod);
        if (go_mod.state == OpenedInput::State::absent) {
            throw Error(ErrorKind::usage, fmt::format("{} is not a checkout of a Go module", path.string()), no_go_mod);
        }
        if (go_mod.state != OpenedInput::State::open) {
            throw Error(ErrorKind::usage, fmt::format("{}: {}", (path / "go.mod").string(), go_mod.problem), no_go_mod);
        }
        return {Source::Kind::local, path};
    }
    throw Error(ErrorKind::usage, fmt::format("unknown component source \"{}\"", text),
                "use \"modules\", \"upstream\" or \"local:PATH\" of a checkout");
}

std::string to_string(const Source& source) {
    switch (source.kind) {
        case Source::Kind::modules:
            return "modules";
        case Source::Kind::upstream:
            return "upstream";
        case Source::Kind::local:
            break;
    }
    return CheckoutSource(source.checkout).text();
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
        if (name.empty()) {
            throw Error(ErrorKind::usage, fmt::format("\"{}\" names no component", word), "for example cri-o@1.36.3");
        }
        if (at != std::string::npos && at + 1 == what.size()) {
            throw Error(ErrorKind::usage, fmt::format("\"{}\" names no version", word),
                        fmt::format("for example {}@1.36.3, or {} alone for all of them", name, name));
        }
        auto versions = table.versions(name);
        if (at != std::string::npos) {
            versions = {what.substr(at + 1)};
        } else if (source.kind == Source::Kind::local && !versions.empty()) {
            versions = {versions.back()};
        }
        if (versions.empty()) versions.emplace_back();  // of an unknown component: refused here
        for (auto version = versions.rbegin(); version != versions.rend(); ++version) {
            Request request{name, *version, source};
            if (!is_upstream(request)) request.version = row_of(table, request).version;
            if (std::ranges::count(found, request) == 0) found.push_back(std::move(request));
        }
    }
    return found;
}

std::map<std::string, std::string> requirements_of(const Table& table, const Request& request) {
    return is_upstream(request) ? upstream_row(table, request).requires_ : row_of(table, request).requires_;
}

std::vector<std::string> image_references(const Table& table, const Request& request) {
    std::vector<std::string> references;
    if (is_upstream(request)) {
        for (const UpstreamImage& image : upstream_row(table, request).images) references.push_back(image.reference);
        return references;
    }
    for (const ImageSpec& image : row_of(table, request).images) {
        references.push_back(expand(image.reference, request.version, request.version));
    }
    return references;
}

std::vector<Request> with_requirements(const Table& table, const std::vector<Request>& wanted, const Sources& sources) {
    Collector collector(table, sources);
    for (const Request& request : wanted) collector.add(request);
    return collector.finish();
}

std::vector<Request> bill_of_materials(const Table& table, const WantedVersions& versions, const Sources& sources,
                                       const std::string& os) {
    std::vector<Request> wanted;
    for (const auto& [name, version] : versions) {
        const auto chosen = sources.find(name);
        wanted.push_back({name, version, chosen == sources.end() ? Source{} : chosen->second, os});
    }
    // Only what comes from upstream differs by operating system.
    auto found = with_requirements(table, wanted, sources);
    for (Request& request : found) {
        if (!is_upstream(request)) request.os.clear();
    }
    return found;
}

}  // namespace crib::component
