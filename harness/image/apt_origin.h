#pragma once
// AptOrigin: the machine's own package sources, turned into those of another release of the same distribution.

#include "harness/base/context.h"
#include "harness/image/image_file.h"
#include "harness/process/runner.h"

#include <string>
#include <string_view>
#include <vector>

namespace crib::image {

// One archive the machine's apt knows: where it is and which of its release's suites it has there.
struct AptSource {
    std::string origin;    // "Debian"
    std::string codename;  // "bookworm-updates"
    std::string uri;       // as the machine's apt has it
};

// The lines that `apt-get indextargets --format` with list_format() gives; each source once.
[[nodiscard]] std::string_view list_format();
[[nodiscard]] std::vector<AptSource> parse_sources(std::string_view lines);

// One-line sources ("deb [signed-by=KEYRING] URI SUITE COMPONENT...") for the image's suites: each of them from the
// archive that has the same suite of the machine's own release (its codename is the shortest one of that origin).
// `keyring` may be empty: then apt's own trusted keys count. Error(environment) when a suite has no archive.
[[nodiscard]] std::string sources_for(const Bootstrap& image, const std::vector<AptSource>& machine,
                                      const std::string& keyring);

// Asks the machine's apt. Error(environment) when it knows no source.
[[nodiscard]] std::vector<AptSource> machine_sources(process::Runner& runner, const Context& context);

}  // namespace crib::image
