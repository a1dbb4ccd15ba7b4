#include "harness/image/bootstrap.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/text.h"

#include <fmt/format.h>
#include <unistd.h>

namespace crib::image {
namespace {

namespace fs = std::filesystem;

// The distribution's own keyring, which has the keys of all its releases. Without it apt's trusted keys count.
std::string keyring_of(const std::string& family) {
    const fs::path keyring = fmt::format("/usr/share/keyrings/{}-archive-keyring.gpg", family);
    return fs::exists(keyring) ? keyring.string() : std::string();
}

void pack(const ImageFile& image, const fs::path& guest_files, const fs::path& output, Job& job,
          const Context& context) {
    const fs::path raw = output / "root.raw";
    job.step("make the root disk");
    job.run(as_owner(guest_files / "pack-root.sh",
                     {(output / "root.tar").string(), (output / "tree").string(), raw.string(),
                      fmt::format("{}M", image.disk.in_mib())},
                     geteuid() == 0),
            "making the root disk", context);
    process::Command convert;
    convert.program = "qemu-img";
    convert.args = {"convert", "-f", "raw", "-O", "qcow2", raw.string(), (output / "root.qcow2").string()};
    job.run(convert, "making the root disk", context);
    fs::remove(raw);
    fs::remove(output / "root.tar");
}

}  // namespace

process::Command bootstrap_command(const ImageFile& image, const Bootstrap& how, const std::vector<AptSource>& machine,
                                   const std::string& keyring, const fs::path& guest_files, const fs::path& output) {
    const auto hook = [](const std::vector<std::string>& words) { return "--customize-hook=" + shell_join(words); };
    process::Command command;
    command.program = "mmdebstrap";
    command.args = {
        "--mode=auto",
        "--variant=minbase",
        "--format=tar",
        "--architectures=" + image.architecture,
        "--include=" + join(image.image_packages, ","),
        "--aptopt=Apt::Install-Recommends \"false\"",
        "--aptopt=Acquire::Retries \"3\"",
        "--dpkgopt=force-unsafe-io",
        "--dpkgopt=path-exclude=/usr/share/man/*",
        "--dpkgopt=path-exclude=/usr/share/doc/*",
        "--dpkgopt=path-exclude=/usr/share/locale/*",
        // Files go in and out by mmdebstrap itself: in its user namespace nobody may read a user's private folders.
        "--customize-hook=mkdir -p \"$1/tmp/crib-image\"",
        hook({"sync-in", guest_files.string(), "/tmp/crib-image"}),
        "--customize-hook=sh \"$1/tmp/crib-image/finish.sh\" \"$1\"",
        hook({"sync-out", "/tmp/crib-output", output.string()}),
        "--customize-hook=rm -rf \"$1/tmp/crib-output\"",
        how.suites.front(),
        (output / "root.tar").string(),
    };
    for (const std::string& line : split_lines(sources_for(how, machine, keyring))) command.args.push_back(line);
    command.env["CRIB_REPOSITORY_PACKAGES"] = join(image.repository_packages, " ");
    // In mmdebstrap's user namespace the current folder may be one that nobody else may enter; find(1) insists on it.
    command.cwd = "/";
    command.env["INITRD"] = "No";  // the kernel's package need not make one: ours is made by finish.sh
    command.env["DEBIAN_FRONTEND"] = "noninteractive";
    return command;
}

void bootstrap(const ImageFile& image, const Bootstrap& how, const fs::path& guest_files, const fs::path& output,
               Job& job, const Context& context) {
    const auto machine = machine_sources(job.runner(), context);
    process::Command command = bootstrap_command(image, how, machine, keyring_of(image.family), guest_files, output);
    // As root its scratch lies beside the result, so that nothing stays in /tmp when crib is killed.
    if (geteuid() == 0) command.env["TMPDIR"] = output.string();
    job.step(fmt::format("install {} packages of {}", image.image_packages.size(), image.title));
    job.run(command, "making " + image.name, context, [&](std::string_view line) {
        if (line.starts_with("I: ") && line.ends_with("...")) job.detail(std::string(line.substr(3)));
    });
    pack(image, guest_files, output, job, context);
}

}  // namespace crib::image
