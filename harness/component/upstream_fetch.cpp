#include "harness/component/upstream_fetch.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/sha256.h"
#include "harness/base/size.h"
#include "harness/component/image_pull.h"
#include "harness/component/oci_layout.h"
#include "harness/fetch/content.h"

#include <fmt/format.h>
#include <algorithm>

namespace crib::component {
namespace {

namespace fs = std::filesystem;

constexpr auto between_details = std::chrono::seconds(1);

}  // namespace

UpstreamFetch::UpstreamFetch(UpstreamRow row, const fetch::Mirrors& mirrors, fetch::StallLimit stall, BuildLog& log,
                             ProgressSink progress, fs::path output)
    : row_(std::move(row)),
      mirrors_(mirrors),
      stall_(stall),
      log_(log),
      progress_(std::move(progress)),
      output_(std::move(output)) {}

BuildOutput UpstreamFetch::run(const Context& context) {
    started_ = context.clock->now();
    result_.version_string = row_.version;
    result_.reported_version = row_.version;
    steps_ = static_cast<int>(row_.images.size()) + (row_.manifest.empty() ? 0 : 1);
    for (const auto& repository : row_.repositories) steps_ += static_cast<int>(repository.debs.size()) + 1;
    if (!row_.manifest.empty()) fetch_manifest(context);
    for (const auto& repository : row_.repositories) fetch_packages(repository, context);
    for (const auto& image : row_.images) pull(image, context);
    if (progress_) {
        progress_({Progress::Kind::finished, fmt::format("{} {}", row_.name, row_.version), "fetched", step_, steps_,
                   context.clock->now() - started_});
    }
    return std::move(result_);
}

void UpstreamFetch::fetch_manifest(const Context& context) {
    const std::string url = mirrors_.resolve(row_.manifest);
    step("fetch " + url, context);
    const std::string text = fetch::fetch_text({.url = url, .sha256 = {}, .stall = stall_}, context);
    const auto images = fetch::is_html(text) ? std::vector<std::string>{} : images_in_manifest(text);
    if (images.empty()) {
        throw Error(ErrorKind::component,
                    fmt::format("{} is no manifest: {}", url,
                                fetch::is_html(text) ? "an HTML page came in its place" : "it names no image"),
                    "open the URL in a browser: the page may say where the file went");
    }
    for (const std::string& image : images) row_.images.push_back({image, {}});
    steps_ += static_cast<int>(images.size());
    result_.manifest = fs::path(row_.manifest).filename().string();
    write_file(output_ / result_.manifest, text);
    log_.note(fmt::format("{} is sha256:{}", url, sha256_hex(text)));
}

void UpstreamFetch::fetch_packages(const UpstreamRepository& repository, const Context& context) {
    AptSource source(log_.runner(), mirrors_, stall_, repository.endpoint);
    step("read the index of " + source.url(), context);
    source.open(context);
    make_folder(output_ / "debs");
    for (const UpstreamDeb& deb : repository.debs) {
        step("fetch " + deb.name, context);
        fetch_package(source, source.find(deb.name, deb.version), context);
    }
}

void UpstreamFetch::fetch_package(const AptSource& source, const Package& package, const Context& context) {
    if (!fetched_.insert(package.name).second) return;
    const auto progress = [&](std::uint64_t now, std::uint64_t total) {
        detail(fmt::format("{}: {} of {}", package.name, to_string(ByteSize{now}),
                           total == 0 ? "an unknown size" : to_string(ByteSize{total})),
               context);
    };
    const fs::path path = source.download(package, output_ / "debs", progress, context);
    log_.note(
        fmt::format("{}{} {} is sha256:{}", source.url(), package.file.path, package.version, package.file.sha256));
    result_.debs.push_back({package.name, package.version, "debs/" + path.filename().string()});
    fetch_dependencies(source, package, context);
}

// What the same repository has of a package's dependencies; all else is the distribution's.
void UpstreamFetch::fetch_dependencies(const AptSource& source, const Package& package, const Context& context) {
    for (const std::string& name : package.depends) {
        if (const auto needed = choose(source.packages(), name, "", architecture())) {
            // One that is asked for by name gets its own version.
            const bool named = std::any_of(row_.repositories.begin(), row_.repositories.end(), [&](const auto& other) {
                return std::any_of(other.debs.begin(), other.debs.end(),
                                   [&](const UpstreamDeb& deb) { return deb.name == name; });
            });
            if (!named) fetch_package(source, *needed, context);
        }
    }
}

void UpstreamFetch::pull(const UpstreamImage& image, const Context& context) {
    const auto address = mirrors_.resolve_image(image.reference);
    step("pull " + address.reference, context);
    const std::string folder = "images/" + folder_name_of(image.reference);
    const std::string digest = pull_image(
        log_.runner(), address, output_ / folder, stall_,
        [&](std::uint64_t now) {
            if (now > 0) detail(fmt::format("{}: {}", image.reference, to_string(ByteSize{now})), context);
        },
        context);
    log_.note(fmt::format("{} is {}", address.reference, digest));
    result_.images.push_back({image.reference, digest, folder});
    for (const std::string& name : image.also) result_.images.push_back({name, digest, folder});
}

void UpstreamFetch::step(const std::string& what, const Context& context) {
    const std::string title = fmt::format("{} {}", row_.name, row_.version);
    context.throw_if_done("fetching " + title);
    ++step_;
    last_said_ = context.clock->now();
    log_.note(fmt::format("\n## step {} of {}: {}", step_, steps_, what));
    if (progress_) progress_({Progress::Kind::step, title, what, step_, steps_, last_said_ - started_});
}

void UpstreamFetch::detail(const std::string& what, const Context& context) {
    const TimePoint now = context.clock->now();
    if (!progress_ || now - last_said_ < between_details) return;
    last_said_ = now;
    progress_(
        {Progress::Kind::detail, fmt::format("{} {}", row_.name, row_.version), what, step_, steps_, now - started_});
}

}  // namespace crib::component
