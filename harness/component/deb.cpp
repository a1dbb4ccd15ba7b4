#include "harness/component/deb.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/text.h"
#include "harness/component/build_environment.h"
#include "harness/component/oci_layout.h"

#include <fmt/format.h>

namespace crib::component {
namespace {

namespace fs = std::filesystem;

fs::path below(const fs::path& root, const std::string& path) {
    return root / path.substr(1);
}

void set_mode(const fs::path& path, unsigned mode) {
    fs::permissions(path, static_cast<fs::perms>(mode));
}

// The umask of the caller must not reach the package: each folder gets its mode.
void make_folders(const fs::path& root, const fs::path& folder) {
    make_folder(folder);
    for (fs::path at = folder; at != root.parent_path(); at = at.parent_path()) set_mode(at, 0755);
}

// As dpkg counts an installed size: each file rounded up.
std::uintmax_t kibibytes_in(const fs::path& root) {
    std::uintmax_t sum = 0;
    for (const auto& entry : fs::recursive_directory_iterator(root)) {
        sum += entry.is_symlink() || !entry.is_regular_file() ? 1 : (entry.file_size() + 1023) / 1024;
    }
    return sum;
}

void stage(const DebContent& content, const fs::path& root) {
    std::string conffiles;
    for (const DebContent::File& file : content.files) {
        const fs::path path = below(root, file.to);
        make_folders(root, path.parent_path());
        fs::copy_file(file.content, path);
        set_mode(path, file.mode);
        if (file.to.starts_with("/etc/")) conffiles += file.to + "\n";
    }
    for (const LinkEntry& link : content.links) {
        make_folders(root, below(root, link.to).parent_path());
        fs::create_symlink(link.target, below(root, link.to));
    }
    for (const std::string& folder : content.folders) make_folders(root, below(root, folder));
    make_folders(root, root / "DEBIAN");
    write_file(root / "DEBIAN" / "control", control_of(content, architecture(), kibibytes_in(root)));
    if (!conffiles.empty()) write_file(root / "DEBIAN" / "conffiles", conffiles);
    if (!content.postinst.empty()) write_file(root / "DEBIAN" / "postinst", content.postinst, 0755);
    for (const auto& entry : fs::directory_iterator(root / "DEBIAN")) {
        set_mode(entry.path(), entry.path().filename() == "postinst" ? 0755 : 0644);
    }
}

}  // namespace

std::string control_of(const DebContent& content, const std::string& arch, std::uintmax_t kibibytes) {
    std::string text = fmt::format("Package: {}\nVersion: {}\nArchitecture: {}\n", content.name, content.version, arch);
    text += "Maintainer: crib <crib@localhost>\nSection: admin\nPriority: optional\n";
    text += fmt::format("Installed-Size: {}\n", kibibytes);
    if (!content.depends.empty()) text += fmt::format("Depends: {}\n", join(content.depends, ", "));
    if (!content.recommends.empty()) text += fmt::format("Recommends: {}\n", join(content.recommends, ", "));
    return text + fmt::format("Description: {}\n", content.description);
}

fs::path build_deb(process::Runner& runner, const DebContent& content, const fs::path& folder, const fs::path& scratch,
                   const Context& context) {
    remove_all_quietly(scratch);
    make_folder(scratch);
    stage(content, scratch);
    const fs::path deb = folder / fmt::format("{}_{}_{}.deb", content.name, content.version, architecture());
    process::Command command;
    command.program = "dpkg-deb";
    // zstd: a quarter less to download than with gzip; unpacking takes an emulated CPU about as long. Debian 12's dpkg
    // and Ubuntu 18.04's are the first that know it.
    command.args = {"-Zzstd", "-z9", "--root-owner-group", "--build", scratch.string(), deb.string()};
    command.env["SOURCE_DATE_EPOCH"] = "0";
    use_build_environment(command);
    static_cast<void>(
        with_note(fmt::format("package {}", content.name), [&] { return output_of(runner, command, context); }));
    remove_all_quietly(scratch);
    return deb;
}

}  // namespace crib::component
