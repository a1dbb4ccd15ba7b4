#include "harness/component/apt_source.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/owned_folder.h"
#include "harness/base/sha256.h"
#include "harness/base/text.h"
#include "harness/component/oci_layout.h"
#include "harness/fetch/signature.h"

#include <fmt/format.h>
#include <algorithm>
#include <optional>

namespace crib::component {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t versions_shown = 8;

std::string unpacked(process::Runner& runner, const std::string& bytes, const std::string& from,
                     const Context& context) {
    const OwnedTempFolder folder("crib-index");
    write_file(folder.path() / "index.gz", bytes);
    process::Command gzip;
    gzip.program = "gzip";
    gzip.args = {"--decompress", "--stdout", (folder.path() / "index.gz").string()};
    gzip.keep_bytes = 256U << 20U;
    return with_note("unpacking " + from, [&] { return process::output_of(runner, gzip, context); });
}

}  // namespace

AptSource::AptSource(process::Runner& runner, const fetch::Mirrors& mirrors, fetch::StallLimit stall,
                     AptEndpoint endpoint)
    : runner_(runner),
      stall_(stall),
      url_(mirrors.resolve(endpoint.url)),
      key_url_(mirrors.resolve(endpoint.key)),
      fingerprints_(std::move(endpoint.fingerprints)) {
    if (!url_.ends_with('/')) url_ += '/';
}

void AptSource::open(const Context& context) {
    const std::string from = url_ + "InRelease";
    const Release release = parse_release(signed_release(context), from);
    packages_ = parse_packages(index(release, context), url_ + "Packages");
}

std::string AptSource::text_of(const std::string& url, const Context& context) const {
    return fetch::fetch_text({.url = url, .sha256 = {}, .stall = stall_}, context);
}

// InRelease, or where there is none Release and the signature beside it, as apt has it.
std::string AptSource::signed_release(const Context& context) const {
    const fetch::Keyring keys(runner_, text_of(key_url_, context), key_url_, fingerprints_, ErrorKind::component,
                              context);
    std::optional<std::string> message;
    try {
        message = text_of(url_ + "InRelease", context);
    } catch (const fetch::RefusedError& refused) {
        if (refused.status() != 404) throw;
    }
    if (message) return keys.open_signed(*message, url_ + "InRelease", context);
    try {
        const std::string release = text_of(url_ + "Release", context);
        keys.verify(release, text_of(url_ + "Release.gpg", context), url_ + "Release", context);
        return release;
    } catch (const fetch::RefusedError& refused) {
        if (refused.status() != 404) throw;
        throw Error(ErrorKind::component,
                    fmt::format("{} is no signed apt repository: it has no InRelease, and {}", url_, refused.what()),
                    refused.hint());
    }
}

std::string AptSource::index(const Release& release, const Context& context) const {
    for (const std::string name : {"Packages", "Packages.gz"}) {
        const auto file = std::find_if(release.files.begin(), release.files.end(),
                                       [&](const IndexedFile& listed) { return listed.path == name; });
        if (file == release.files.end()) continue;
        std::string bytes;
        try {
            bytes = fetch::fetch_text({.url = url_ + name, .sha256 = {}, .size = file->size, .stall = stall_}, context);
        } catch (const fetch::RefusedError& refused) {
            if (refused.status() != 404 || name != "Packages") throw;
            continue;  // listed, but only its packed form is served: apt puts up with it
        }
        if (const std::string sum = sha256_hex(bytes); sum != file->sha256) {
            throw Error(ErrorKind::component,
                        fmt::format("{}{} does not verify: its SHA-256 is {}, not {} as its Release file says", url_,
                                    name, sum, file->sha256),
                        "the repository is being updated, or a mirror is behind: try again in some minutes");
        }
        return name.ends_with(".gz") ? unpacked(runner_, bytes, url_ + name, context) : bytes;
    }
    throw Error(ErrorKind::component, fmt::format("{} serves no Packages file that its Release file lists", url_),
                "crib reads flat repositories, as pkgs.k8s.io and the Open Build Service have them");
}

Package AptSource::find(const std::string& name, const std::string& version) const {
    if (auto package = choose(packages_, name, version, architecture())) return *package;
    auto offered = versions_of(packages_, name, architecture());
    if (offered.empty()) {
        throw Error(ErrorKind::component, fmt::format("{} has no package {} for {}", url_, name, architecture()),
                    "is it the right repository?");
    }
    const bool more = offered.size() > versions_shown;
    if (more) offered.resize(versions_shown);
    throw Error(ErrorKind::component, fmt::format("{} has no {} {}", url_, name, version),
                fmt::format("it has {}{}", join(offered, ", "), more ? " and older ones" : ""));
}

fs::path AptSource::download(const Package& package, const fs::path& folder, const fetch::DownloadProgress& progress,
                             const Context& context) const {
    const fs::path path = folder / fs::path(package.file.path).filename();
    if (fs::exists(path) && sha256_file(path) == package.file.sha256) return path;
    fetch::download(
        {.url = url_ + package.file.path, .sha256 = package.file.sha256, .size = package.file.size, .stall = stall_},
        path, progress, context);
    return path;
}

}  // namespace crib::component
