#include "tests/support/upstream_servers/publisher.h"

#include "harness/base/file.h"
#include "harness/component/oci_layout.h"

namespace crib::test {
namespace {

namespace fs = std::filesystem;

std::string indexed(process::Runner& runner, const fs::path& folder, const std::string& what, const Context& context) {
    process::Command command;
    command.program = "apt-ftparchive";
    command.args = {what, "."};
    command.cwd = folder;
    command.keep_bytes = 1U << 20U;
    return process::output_of(runner, command, context);
}

}  // namespace

fs::path place_of(const fs::path& deb) {
    return fs::path(component::architecture()) / deb.filename();
}

void publish_repository(process::Runner& runner, const std::vector<fs::path>& debs, Signer& signer,
                        const fs::path& folder, const Context& context) {
    fs::remove_all(folder);
    make_folder(folder / component::architecture());
    for (const fs::path& deb : debs) fs::copy_file(deb, folder / place_of(deb));
    write_file(folder / "Packages", indexed(runner, folder, "packages", context));
    process::Command gzip;
    gzip.program = "gzip";
    gzip.args = {"--keep", (folder / "Packages").string()};
    static_cast<void>(process::output_of(runner, gzip, context));
    write_file(folder / "Release", indexed(runner, folder, "release", context));
    signer.sign_repository(folder);
}

}  // namespace crib::test
