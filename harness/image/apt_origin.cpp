#include "harness/image/apt_origin.h"

#include "harness/base/error.h"
#include "harness/base/text.h"

#include <fmt/format.h>
#include <algorithm>
#include <optional>

namespace crib::image {
namespace {

// "-updates" of "trixie-updates"; empty for the release itself.
std::string pocket_of(const std::string& suite, const std::string& release) {
    return suite.starts_with(release) ? suite.substr(release.size()) : "-" + suite;
}

std::optional<std::string> release_of(const std::vector<AptSource>& machine, const std::string& origin) {
    std::optional<std::string> release;
    for (const AptSource& source : machine) {
        if (source.origin != origin || source.codename.empty()) continue;
        if (!release || source.codename.size() < release->size()) release = source.codename;
    }
    return release;
}

}  // namespace

std::string_view list_format() {
    return "$(CREATED_BY)|$(ORIGIN)|$(CODENAME)|$(REPO_URI)";
}

std::vector<AptSource> parse_sources(std::string_view lines) {
    std::vector<AptSource> found;
    for (const std::string& line : split_lines(lines)) {
        const auto fields = split(line, '|');
        if (fields.size() != 4 || fields[0] != "Packages" || fields[3].empty()) continue;
        const auto same = [&](const AptSource& known) {
            return known.origin == fields[1] && known.codename == fields[2] && known.uri == fields[3];
        };
        if (std::none_of(found.begin(), found.end(), same)) found.push_back({fields[1], fields[2], fields[3]});
    }
    return found;
}

std::string sources_for(const Bootstrap& image, const std::vector<AptSource>& machine, const std::string& keyring) {
    const auto release = release_of(machine, image.origin);
    if (!release) {
        throw Error(ErrorKind::environment, fmt::format("this machine's apt has no package source of {}", image.origin),
                    fmt::format("run on {} with a working apt-get, after apt-get update", image.origin));
    }
    std::string text;
    for (const std::string& suite : image.suites) {
        const std::string wanted = *release + pocket_of(suite, image.suites.front());
        const auto source = std::find_if(machine.begin(), machine.end(), [&](const AptSource& each) {
            return each.origin == image.origin && each.codename == wanted;
        });
        if (source == machine.end()) {
            throw Error(ErrorKind::environment,
                        fmt::format("this machine's apt has no source of {}, so {} cannot be found", wanted, suite),
                        fmt::format("add {} to the apt sources and run apt-get update", wanted));
        }
        const std::string signed_by = keyring.empty() ? "" : fmt::format("[signed-by={}] ", keyring);
        text += fmt::format("deb {}{} {} {}\n", signed_by, source->uri, suite, join(image.components, " "));
    }
    return text;
}

std::vector<AptSource> machine_sources(process::Runner& runner, const Context& context) {
    process::Command command;
    command.program = "apt-get";
    command.args = {"indextargets", "--format", std::string(list_format())};
    auto sources = parse_sources(output_of(runner, command, context));
    if (sources.empty()) {
        throw Error(ErrorKind::environment, "this machine's apt knows no package sources",
                    "run apt-get update, then try again");
    }
    return sources;
}

}  // namespace crib::image
