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

// In the order to load them.
constexpr const char* driver_names[] = {"virtio_ring",           "virtio",     "virtio_pci_modern_dev",
                                        "virtio_pci_legacy_dev", "virtio_pci", "virtio_blk"};

// A module, packed or not, below `folder`; empty when there is none: newer kernels have some of them built in.
fs::path module_named(const std::string& name, const fs::path& folder) {
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        const std::string file = entry.path().filename().string();
        if (file == name + ".ko" || file == name + ".ko.xz") return entry.path();
    }
    return {};
}

void keep_drivers(const fs::path& modules, const fs::path& target) {
    make_folder(target);
    for (const char* name : driver_names) {
        const fs::path module = module_named(name, modules);
        if (!module.empty()) fs::copy_file(module, target / module.filename(), fs::copy_options::overwrite_existing);
    }
}

fs::path downloaded_kernel(const fs::path& folder, const Context& context) {
    process::BoostRunner runner;
    const std::string package = newest_kernel_package(runner, context);
    const fs::path kernel = folder / package;
    const fs::path drivers = folder / (package + ".drivers");
    if (fs::exists(kernel) && fs::exists(drivers)) return kernel;
    const TempFolder scratch(folder);
    process::output_of(runner, command("apt-get", {"download", package}, scratch.path()), context);
    for (const auto& entry : fs::directory_iterator(scratch.path())) {
        if (entry.path().extension() != ".deb") continue;
        process::output_of(runner, command("dpkg", {"-x", entry.path().string(), "out"}, scratch.path()), context);
    }
    keep_drivers(scratch.path() / "out", scratch.path() / "drivers");
    if (!fs::exists(drivers)) fs::rename(scratch.path() / "drivers", drivers);
    // Debian testing's package of this name is only a name for others.
    const auto image = scratch.path() / "out/boot" / ("vmlinuz-" + package.substr(12));
    if (!fs::exists(image)) throw Error(ErrorKind::environment, "there is no kernel in " + package);
    fs::rename(image, kernel);
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

std::vector<fs::path> tiny_guest_drivers(const Context& context) {
    const fs::path kernel = tiny_guest_kernel(context);
    std::vector<fs::path> drivers;
    for (const char* name : driver_names) {
        for (const char* ending : {".ko", ".ko.xz"}) {
            const fs::path file = fs::path(kernel.string() + ".drivers") / (std::string(name) + ending);
            if (fs::exists(file)) drivers.push_back(file);
        }
    }
    return drivers;
}

void write_tiny_guest_initrd(const fs::path& path, const std::vector<fs::path>& drivers) {
    std::string archive;
    add_entry(archive, "dev", S_IFDIR | 0755U, {});
    add_entry(archive, "dev/console", S_IFCHR | 0600U, {}, 5, 1);
    add_entry(archive, "init", S_IFREG | 0755U, read_file(CRIB_TINY_INIT));
    add_entry(archive, "drivers", S_IFDIR | 0755U, {});
    for (std::size_t i = 0; i < drivers.size(); ++i) {
        const char* packed = drivers[i].extension() == ".xz" ? ".xz" : "";
        add_entry(archive, fmt::format("drivers/{}{}", i, packed), S_IFREG | 0644U, read_file(drivers[i]));
    }
    add_entry(archive, "TRAILER!!!", 0, {});
    write_file(path, archive);
}

}  // namespace crib::test
