// crib versions: what is known of each component's versions, and what each can come from.

#include "harness/base/error.h"
#include "harness/base/text.h"
#include "harness/catalogue/listing.h"
#include "harness/check/table.h"
#include "harness/cli/commands.h"

#include <fmt/format.h>

#include <algorithm>

namespace crib::cli {
namespace {

// The components that were named, else all.
std::vector<std::string> chosen(const catalogue::Catalogue& known, const std::vector<std::string>& names) {
    if (names.empty()) return known.components();
    std::vector<std::string> found;  // each once
    for (const auto& name : names) {
        if (known.knows(name)) {
            if (std::ranges::count(found, name) == 0) found.push_back(name);
            continue;
        }
        const auto near = nearest(name, known.components());
        throw Error(ErrorKind::usage, fmt::format("there is no component \"{}\"", name),
                    near ? fmt::format("did you mean {}?", *near) : "there are " + join(known.components(), ", "));
    }
    return found;
}

}  // namespace

int execute(Services& services, const VersionsCommand& command) {
    const auto fixtures = services.folders.fixtures();
    const auto known = catalogue::Catalogue::read(fixtures / "catalogue", fixtures / "components");
    const auto components = chosen(known, command.names);
    if (command.json) {
        services.output.print_json(catalogue::listing_json(known, components));
        return 0;
    }
    services.output.print_lines(check::format_table(catalogue::version_rows(known, components)) + "\n" +
                                check::format_table(catalogue::name_rows(known, components)));
    return 0;
}

}  // namespace crib::cli
