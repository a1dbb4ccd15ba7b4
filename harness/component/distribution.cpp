#include "harness/component/distribution.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/text.h"

#include <fmt/format.h>
#include <unistd.h>
#include <algorithm>

namespace crib::component {
namespace {

namespace fs = std::filesystem;

std::string codename_of(const std::string& os_release) {
    constexpr std::string_view key = "VERSION_CODENAME=";
    for (const std::string& line : split_lines(os_release)) {
        if (line.starts_with(key)) {
            std::string value(trim(std::string_view(line).substr(key.size())));
            std::erase(value, '"');
            return value;
        }
    }
    return {};
}

// A sources.list of comments only is as good as none.
bool has_source(const fs::path& file) {
    for (const std::string& line : split_lines(read_file(file))) {
        const std::string_view text = trim(line);
        if (text.starts_with("deb ") || text.starts_with("URIs:")) return true;
    }
    return false;
}

std::vector<fs::path> sources_in(const fs::path& apt) {
    std::vector<fs::path> found;
    if (fs::exists(apt / "sources.list") && has_source(apt / "sources.list")) found.push_back(apt / "sources.list");
    std::vector<fs::path> parts;
    std::error_code failed;
    for (const auto& entry : fs::directory_iterator(apt / "sources.list.d", failed)) {
        const auto extension = entry.path().extension();
        if ((extension == ".list" || extension == ".sources") && has_source(entry.path()))
            parts.push_back(entry.path());
    }
    std::sort(parts.begin(), parts.end());
    found.insert(found.end(), parts.begin(), parts.end());
    return found;
}

fs::path only_deb_in(const fs::path& folder, const std::string& package) {
    for (const auto& entry : fs::directory_iterator(folder)) {
        if (entry.path().extension() == ".deb") return entry.path();
    }
    throw Error(ErrorKind::component, fmt::format("apt-get download {} left no package", package));
}

}  // namespace

HostDistribution find_host_distribution(const fs::path& root) {
    const fs::path os_release = root / "etc/os-release";
    HostDistribution host;
    if (fs::exists(os_release)) host.codename = codename_of(read_file(os_release));
    host.sources = sources_in(root / "etc/apt");
    if (host.codename.empty() || host.sources.empty()) {
        throw Error(ErrorKind::environment, "this machine has no apt sources to make image roots from",
                    "run on Debian 12 or 13 with a working apt-get");
    }
    return host;
}

void make_root_tar(process::Runner& runner, const HostDistribution& host, const std::vector<std::string>& packages,
                   const fs::path& tar, const std::function<void(std::string_view)>& on_line, const Context& context) {
    process::Command command;
    command.program = "mmdebstrap";
    command.args = {"--variant=essential", "--mode=auto", "--include=" + join(packages, ",")};
    for (const char* unused : {"doc", "man", "info", "locale", "lintian", "bash-completion"}) {
        command.args.push_back(fmt::format("--dpkgopt=path-exclude=/usr/share/{}/*", unused));
    }
    command.args.push_back(host.codename);
    command.args.push_back(tar.string());
    for (const fs::path& source : host.sources) command.args.push_back(source.string());
    command.env["SOURCE_DATE_EPOCH"] = "0";
    command.on_out = on_line;
    command.on_err = on_line;
    const process::Result result = runner.run(command, context);
    context.throw_if_done("making an image root");
    if (!result.ok()) {
        throw Error(
            ErrorKind::component,
            fmt::format("making an image root of {}: mmdebstrap {}: {}", join(packages, ", "), result.how_it_ended(),
                        error_lines(result.err, 3)),
            "see the log; as an ordinary user mmdebstrap needs package uidmap and lines in /etc/subuid, /etc/subgid");
    }
}

void fetch_program(process::Runner& runner, const std::string& package, const std::vector<std::string>& files,
                   const fs::path& output, const fs::path& scratch, const Context& context) {
    remove_all_quietly(scratch);
    make_folder(scratch);
    process::Command download;
    download.program = "apt-get";
    download.args = {"download", "-q", package};
    // apt's own user may not write here; as root it would warn and go on.
    if (geteuid() == 0) download.args.insert(download.args.begin(), {"-o", "APT::Sandbox::User=root"});
    download.cwd = scratch;
    const process::Result result = runner.run(download, context);
    context.throw_if_done("fetching " + package);
    if (!result.ok()) {
        throw Error(
            ErrorKind::component,
            fmt::format("apt-get download {} {}: {}", package, result.how_it_ended(), error_lines(result.err, 2)),
            "run apt-get update and try again");
    }
    process::Command unpack;
    unpack.program = "dpkg-deb";
    unpack.args = {"--extract", only_deb_in(scratch, package).string(), (scratch / "root").string()};
    static_cast<void>(output_of(runner, unpack, context));
    for (const std::string& file : files) {
        if (!fs::is_regular_file(scratch / "root" / file)) continue;
        fs::copy_file(scratch / "root" / file, output, fs::copy_options::overwrite_existing);
        remove_all_quietly(scratch);
        return;
    }
    throw Error(ErrorKind::component, fmt::format("package {} holds none of {}", package, join(files, ", ")));
}

}  // namespace crib::component
