#include "harness/component/apt_repository.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/lock.h"
#include "harness/base/owned_folder.h"
#include "harness/base/text.h"
#include "harness/base/unused.h"
#include "harness/component/oci_layout.h"

#include <fmt/format.h>

namespace crib::component {
namespace {

namespace fs = std::filesystem;

constexpr const char* key_name = "crib package repository";

// gpg's home for one use. It has a short path (gpg-agent's socket must fit 108 bytes), and its agent ends with it.
class GpgHome {
public:
    explicit GpgHome(process::Runner& runner) : runner_(runner), folder_("crib-gpg") {
        fs::permissions(folder_.path(), fs::perms::owner_all);
    }
    ~GpgHome() {
        try {
            SystemClock clock;
            process::Command kill;
            kill.program = "gpgconf";
            kill.args = {"--homedir", folder_.path().string(), "--kill", "all"};
            runner_.run(kill, Context::with_clock(clock).with_timeout(std::chrono::seconds(10)));
        } catch (...) {  // cleaning up never throws
        }
    }
    GpgHome(const GpgHome&) = delete;
    GpgHome& operator=(const GpgHome&) = delete;

    std::string run(std::vector<std::string> args, const Context& context) {
        process::Command command;
        command.program = "gpg";
        command.args = {"--homedir", folder_.path().string(), "--batch",  "--yes",        "--no-tty",
                        "--quiet",   "--pinentry-mode",       "loopback", "--passphrase", ""};
        command.args.insert(command.args.end(), args.begin(), args.end());
        return with_note("signing packages", [&] { return output_of(runner_, command, context); });
    }

private:
    process::Runner& runner_;
    OwnedTempFolder folder_;
};

fs::path secret_of(const fs::path& home) {
    return home / "secret.asc";
}
fs::path public_of(const fs::path& home) {
    return home / "public.asc";
}

void make_key(process::Runner& runner, const fs::path& home, const Context& context) {
    GpgHome gpg(runner);
    gpg.run({"--quick-generate-key", key_name, "rsa4096", "sign", "never"}, context);
    write_file(public_of(home), gpg.run({"--armor", "--export"}, context));
    // Last: where there is a secret key, all of the key is there.
    write_file(secret_of(home), gpg.run({"--armor", "--export-secret-keys"}, context), 0600);
}

void link_or_copy(const fs::path& from, const fs::path& to) {
    if (fs::exists(to)) {
        throw Error(ErrorKind::component, fmt::format("two packages are called {}", to.filename().string()));
    }
    std::error_code failed;
    fs::create_hard_link(from, to, failed);
    if (failed) fs::copy_file(from, to);
}

std::string archive_text(process::Runner& runner, const fs::path& folder, std::vector<std::string> args,
                         const Context& context) {
    process::Command command;
    command.program = "apt-ftparchive";
    command.args = std::move(args);
    command.cwd = folder;
    command.keep_bytes = 64U << 20U;
    return with_note("indexing packages", [&] { return output_of(runner, command, context); });
}

void write_indexes(process::Runner& runner, const RepositorySpec& spec, const fs::path& folder,
                   const Context& context) {
    // One hash is enough, and apt computes each that is listed: seconds for these packages on an emulated CPU.
    std::vector<std::string> listing;
    for (const char* hash : {"MD5", "SHA1", "SHA512"}) {
        listing.insert(listing.end(), {"-o", fmt::format("APT::FTPArchive::{}=false", hash)});
    }
    listing.insert(listing.end(), {"packages", "."});
    write_file(folder / "Packages", archive_text(runner, folder, listing, context));
    process::Command gzip;
    gzip.program = "gzip";
    gzip.args = {"-9", "--no-name", "--keep", (folder / "Packages").string()};
    static_cast<void>(output_of(runner, gzip, context));
    const std::string prefix = "APT::FTPArchive::Release::";
    std::vector<std::string> args;
    const std::vector<std::pair<std::string, std::string>> fields{
        {"Origin", spec.origin}, {"Label", spec.label}, {"Architectures", architecture()}};
    for (const auto& [name, value] : fields) {
        args.insert(args.end(), {"-o", fmt::format("{}{}={}", prefix, name, value)});
    }
    args.insert(args.end(), {"release", "."});
    const std::string release = archive_text(runner, folder, args, context);
    write_file(folder / "Release", release);
}

void sign(process::Runner& runner, const fs::path& signing_home, const fs::path& folder, const Context& context) {
    GpgHome gpg(runner);
    gpg.run({"--import", secret_of(signing_home).string()}, context);
    const std::string release = (folder / "Release").string();
    gpg.run({"--digest-algo", "SHA512", "--armor", "--output", release + ".gpg", "--detach-sign", release}, context);
    gpg.run({"--digest-algo", "SHA512", "--output", (folder / "InRelease").string(), "--clearsign", release}, context);
    write_file(folder / "Release.key", read_file(public_of(signing_home)));
}

// apt in a guest reads as a stranger, whatever the umask of the caller.
void open_to_readers(const fs::path& folder) {
    for (const auto& entry : fs::directory_iterator(folder)) {
        std::error_code ignored;  // a hard-linked package may be another user's
        fs::permissions(entry.path(), static_cast<fs::perms>(0644), ignored);
    }
}

}  // namespace

std::string ensure_signing_key(process::Runner& runner, const fs::path& home, const Context& context) {
    make_folder(home, 0700);
    const FileLock lock = FileLock::take(home / "lock", context);
    if (!fs::exists(secret_of(home))) make_key(runner, home, context);
    return read_file(public_of(home));
}

void make_repository(process::Runner& runner, const RepositorySpec& spec, const fs::path& signing_home,
                     const fs::path& folder, const Context& context) {
    static_cast<void>(ensure_signing_key(runner, signing_home, context));
    const fs::path partial = folder.string() + ".partial";
    make_folder(folder.parent_path());
    const FileLock lock = FileLock::take(folder.string() + ".lock", context);
    remove_all_quietly(partial);
    make_folder(partial);
    mark_as_cached(partial, folder.filename().string());
    for (const fs::path& deb : spec.debs) link_or_copy(deb, partial / deb.filename());
    write_indexes(runner, spec, partial, context);
    sign(runner, signing_home, partial, context);
    open_to_readers(partial);
    remove_all_quietly(folder);
    fs::rename(partial, folder);
}

}  // namespace crib::component
