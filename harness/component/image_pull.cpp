#include "harness/component/image_pull.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/sha256.h"
#include "harness/base/text.h"
#include "harness/component/oci_layout.h"
#include "harness/fetch/content.h"

#include <fmt/format.h>
#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace crib::component {
namespace {

namespace fs = std::filesystem;

std::uint64_t bytes_in(const fs::path& folder) {
    std::uint64_t sum = 0;
    std::error_code gone;  // skopeo renames its files meanwhile
    for (auto at = fs::recursive_directory_iterator(folder, gone); !gone && at != fs::recursive_directory_iterator();
         at.increment(gone)) {
        std::error_code failed;
        if (at->is_regular_file(failed)) {
            const auto size = at->file_size(failed);
            if (!failed) sum += size;
        }
    }
    return sum;
}

// Looks at a folder that a program fills, while it lives: says how much there is, and stops the program when it
// grows too slowly. skopeo itself waits for ever.
class GrowthWatch {
public:
    GrowthWatch(fs::path folder, const fetch::StallLimit& stall, const PullProgress& progress, const Context& context)
        : folder_(std::move(folder)),
          stall_(stall),
          progress_(progress),
          clock_(*context.clock),
          outer_(context.stop, [this] { stop_.request_stop(); }),
          thread_([this](const std::stop_token& done) { watch(done); }) {}

    [[nodiscard]] std::stop_token token() const { return stop_.get_token(); }
    [[nodiscard]] bool stalled() const { return stalled_; }

private:
    void watch(const std::stop_token& done) {
        std::mutex mutex;
        std::unique_lock held(mutex);
        std::uint64_t at_start = 0;
        TimePoint window = clock_.now();
        while (!done.stop_requested()) {
            wake_.wait_for(held, done, std::chrono::milliseconds(250), [] { return false; });
            if (done.stop_requested()) return;
            const std::uint64_t bytes = bytes_in(folder_);
            if (progress_) progress_(bytes);
            if (bytes >= at_start + stall_.bytes) {
                at_start = bytes;
                window = clock_.now();
            } else if (clock_.now() - window >= stall_.window) {
                stalled_ = true;
                stop_.request_stop();
                return;
            }
        }
    }

    fs::path folder_;
    fetch::StallLimit stall_;
    const PullProgress& progress_;
    Clock& clock_;
    std::stop_source stop_;
    std::atomic<bool> stalled_ = false;
    std::condition_variable_any wake_;
    std::stop_callback<std::function<void()>> outer_;
    std::jthread thread_;  // last: it uses all the others
};

process::Command skopeo(const std::string& verb, const fetch::ImageAddress& image, std::vector<std::string> args) {
    process::Command command;
    command.program = "skopeo";
    command.args = {"--insecure-policy", "--override-os", "linux", "--override-arch", architecture(), verb};
    const char* tls_flag = verb == "copy" ? "--src-tls-verify=false" : "--tls-verify=false";
    if (!image.tls) command.args.emplace_back(tls_flag);
    command.args.insert(command.args.end(), args.begin(), args.end());
    command.keep_bytes = 16U << 20U;
    return command;
}

// Runs it under a watch over `folder`.
std::string watched(process::Runner& runner, const process::Command& command, const std::string& image,
                    const fs::path& folder, const fetch::StallLimit& stall, const PullProgress& progress,
                    const Context& context) {
    process::Result result;
    bool stalled = false;
    {
        GrowthWatch watch(folder, stall, progress, context);
        result = runner.run(command, context.with_stop(watch.token()));
        stalled = watch.stalled();
    }
    context.throw_if_done("pulling " + image);
    if (result.ok()) return result.out;
    if (stalled) {
        throw Error(
            ErrorKind::component,
            fmt::format("pulling {}: the registry is too slow: less than {} bytes in {} s ({} bytes came)", image,
                        fetch::grouped(stall.bytes), stall.window.count(), fetch::grouped(bytes_in(folder))),
            "try again: whole layers are kept; or name a nearer mirror in mirrors.json");
    }
    const PullTrouble trouble = explain_pull(result.err);
    throw Error(ErrorKind::component, fmt::format("pulling {}: {}", image, trouble.reason), trouble.hint);
}

// "registry.k8s.io/pause:3.10" -> "registry.k8s.io/pause"
std::string without_tag(const std::string& reference) {
    const auto slash = reference.rfind('/');
    const auto colon = reference.rfind(':');
    return colon == std::string::npos || (slash != std::string::npos && colon < slash) ? reference
                                                                                       : reference.substr(0, colon);
}

// The text of msg="..." in skopeo's last line.
std::string message_in(const std::string& text) {
    const std::string line = last_lines(trim(text), 1);
    const auto start = line.find("msg=\"");
    if (start == std::string::npos) return line;
    std::string message = line.substr(start + 5);
    if (message.ends_with('"')) message.pop_back();
    for (auto at = message.find("\\\""); at != std::string::npos; at = message.find("\\\"", at)) message.erase(at, 1);
    // skopeo repeats the page that a server answered with: "StatusCode: 404, <html>..."
    return message.substr(0, message.find(", <"));
}

}  // namespace

PullTrouble explain_pull(const std::string& stderr_text) {
    const std::string message = message_in(stderr_text);
    const auto says = [&](std::initializer_list<const char*> words) {
        return std::any_of(words.begin(), words.end(),
                           [&](const char* word) { return message.find(word) != std::string::npos; });
    };
    if (says({"HTTP response to HTTPS client"})) {
        return {"the registry speaks plain HTTP", "name it with http:// in mirrors.json if that is meant"};
    }
    if (says({"manifest unknown", "name unknown", "404 (", "StatusCode: 404", "not found"})) {
        return {fmt::format("the registry has no such image ({})", message),
                "is the version published there? Choose one that is, or name a mirror that has it in mirrors.json"};
    }
    if (says({"toomanyrequests", "StatusCode: 429"})) {
        return {fmt::format("the registry has given enough to this address for now ({})", message),
                "try again later, log in with `skopeo login REGISTRY`, or name a mirror in mirrors.json"};
    }
    if (says({"unexpected HTTP status: 5"})) {
        return {fmt::format("the registry has trouble of its own ({})", message),
                "try again later, or name a mirror in mirrors.json"};
    }
    if (says({"unauthorized", "denied", "Forbidden", "StatusCode: 403", "authentication required"})) {
        return {fmt::format("the registry refuses ({})", message),
                "log in with `skopeo login REGISTRY`, or name a mirror that gives it away in mirrors.json"};
    }
    if (says({"connection refused", "no such host", "dial tcp", "no route"})) {
        return {fmt::format("the registry cannot be reached ({})", message),
                "is the network up? A registry that is reachable from here can be named in mirrors.json"};
    }
    if (says({"unexpected EOF", "connection reset", "igest did not match", "does not match"})) {
        return {fmt::format("it broke off or came damaged ({})", message), "try again: whole layers are kept"};
    }
    return {message.empty() ? "skopeo failed without a word" : message,
            "`skopeo inspect docker://IMAGE` by hand may say more"};
}

std::string pull_image(process::Runner& runner, const fetch::ImageAddress& image, const fs::path& layout,
                       const fetch::StallLimit& stall, const PullProgress& progress, const Context& context) {
    const fs::path done = layout.string() + ".digest";
    if (fs::exists(done) && fs::exists(layout / "index.json")) return read_file(done);
    make_folder(layout);
    remove_all_quietly(layout / "index.json");  // a half-made one would name two images
    const std::string from = "docker://" + image.reference;
    const std::string manifest =
        watched(runner, skopeo("inspect", image, {"--raw", from}), image.reference, layout, stall, {}, context);
    if (fetch::is_html(manifest)) {
        throw Error(
            ErrorKind::component,
            fmt::format("pulling {}: an HTML page came from the registry instead of a manifest", image.reference),
            "is it a registry, and the network one without a log-in page? Another mirror can be named in "
            "mirrors.json");
    }
    const std::string digest = "sha256:" + sha256_hex(manifest);
    const std::string pinned = fmt::format("docker://{}@{}", without_tag(image.reference), digest);
    static_cast<void>(watched(runner, skopeo("copy", image, {"--quiet", pinned, "oci:" + layout.string()}),
                              image.reference, layout, stall, progress, context));
    write_file(done, digest);
    return digest;
}

}  // namespace crib::component
