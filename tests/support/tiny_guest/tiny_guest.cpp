#include "tests/support/tiny_guest/tiny_guest.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/folders.h"
#include "harness/base/lock.h"
#include "harness/base/text.h"
#include "harness/process/boost_runner.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <fmt/format.h>
#include <cstdlib>

namespace crib::test {

namespace {

namespace fs = std::filesystem;

void pad(std::string& archive) {
    while (archive.size() % 4 != 0) archive += '\0';
}

// One entry of the "newc" format that the kernel reads.
void add_entry(std::string& archive, const std::string& name, unsigned mode, const std::string& data,
               unsigned major = 0, unsigned minor = 0) {
    archive += fmt::format("070701{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}",
                           archive.size() + 1, mode, 0, 0, 1, 0, data.size(), 0, 0, major, minor, name.size() + 1, 0);
    archive += name;
    archive += '\0';
    pad(archive);
    archive += data;
    pad(archive);
}

process::Command command(std::string program, std::vector<std::string> args, const fs::path& cwd) {
    process::Command result;
    result.program = std::move(program);
    result.args = std::move(args);
    result.cwd = cwd;
    return result;
}

// "Depends: linux-image-6.1.0-56-amd64" of the package linux-image-amd64.
std::string newest_kernel_package(process::Runner& runner, const Context& context) {
    const auto out = process::output_of(runner, command("apt-cache", {"depends", "linux-image-amd64"}, {}), context);
    for (const auto& line : split_lines(out)) {
        const std::string marker = "Depends: linux-image-";
        const auto at = line.find(marker);
        if (at != std::string::npos) return std::string(trim(line.substr(at + 9)));
    }
    throw Error(ErrorKind::environment, "apt knows no linux-image-amd64");
}

fs::path downloaded_kernel(const fs::path& folder, const Context& context) {
    process::BoostRunner runner;
    const std::string package = newest_kernel_package(runner, context);
    const fs::path kernel = folder / package;
    if (fs::exists(kernel)) return kernel;
    const TempFolder scratch(folder);
    process::output_of(runner, command("apt-get", {"download", package}, scratch.path()), context);
    for (const auto& entry : fs::directory_iterator(scratch.path())) {
        if (entry.path().extension() != ".deb") continue;
        process::output_of(runner, command("dpkg", {"-x", entry.path().string(), "out"}, scratch.path()), context);
    }
    fs::rename(scratch.path() / "out/boot" / ("vmlinuz-" + package.substr(12)), kernel);
    return kernel;
}

}  // namespace

std::string tiny_guest_cmdline(const std::string& what) {
    return "console=ttyS0 panic=-1 tiny=" + what;
}

fs::path tiny_guest_kernel(const Context& context) {
    const char* given = std::getenv("CRIB_TEST_KERNEL");
    if (given != nullptr && given[0] != '\0') return given;
    try {
        const fs::path folder = find_folders({}, {}).cache / "test-kernels";
        make_folder(folder);
        const FileLock lock = FileLock::take(folder / "lock", context);
        return downloaded_kernel(folder, context);
    } catch (const Error&) {
        return {};
    }
}

void write_tiny_guest_initrd(const fs::path& path) {
    std::string archive;
    add_entry(archive, "dev", S_IFDIR | 0755U, {});
    add_entry(archive, "dev/console", S_IFCHR | 0600U, {}, 5, 1);
    add_entry(archive, "init", S_IFREG | 0755U, read_file(CRIB_TINY_INIT));
    add_entry(archive, "TRAILER!!!", 0, {});
    write_file(path, archive);
}

}  // namespace crib::test
