#include "harness/fetch/download.h"

#include "harness/base/file.h"
#include "harness/base/sha256.h"
#include "harness/fetch/content.h"

#include <curl/curl.h>
#include <fmt/format.h>
#include <algorithm>
#include <cstdio>
#include <memory>
#include <mutex>
#include <optional>

namespace crib::fetch {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t document_bytes = 16U << 20U;
constexpr const char* goes_on_hint = "try again: it goes on where it stopped";

struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
};
struct CloseCurl {
    void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
};
struct CloseMulti {
    void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};

// Takes the bytes; false when it cannot.
using Sink = std::function<bool(const char* data, std::size_t size)>;

// "403 Forbidden", "404 Not Found": the reason only of what servers of packages and images answer.
std::string status_text(long status) {
    switch (status) {
        case 401:
            return "401 Unauthorized";
        case 403:
            return "403 Forbidden";
        case 404:
            return "404 Not Found";
        case 410:
            return "410 Gone";
        case 429:
            return "429 Too Many Requests";
        case 500:
            return "500 Internal Server Error";
        case 502:
            return "502 Bad Gateway";
        case 503:
            return "503 Service Unavailable";
        default:
            return std::to_string(status);
    }
}

std::string hint_for(long status) {
    if (status == 404 || status == 410) {
        return "is the version published there? Choose one that is, or name a mirror that has it in mirrors.json";
    }
    if (status == 401 || status == 403) {
        return "the server does not give this away: a stream that was moved answers so; name a mirror in mirrors.json";
    }
    return "the server has trouble of its own: try again later, or name a mirror in mirrors.json";
}

// One transfer into a sink. libcurl calls back into it, so it does not move.
class Transfer {
public:
    Transfer(const Remote& remote, std::uint64_t start, Sink sink, const DownloadProgress& progress,
             const Context& context)
        : remote_(remote), start_(start), now_(start), sink_(std::move(sink)), progress_(progress), context_(context) {}

    struct StartAgain {};  // the server cannot go on where an earlier try stopped

    // What the sink's refusal means is the caller's to say: false then.
    bool run() {
        static std::once_flag started;  // libcurl's own process-wide state
        std::call_once(started, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
        const std::unique_ptr<CURL, CloseCurl> easy(curl_easy_init());
        curl_ = easy.get();
        if (curl_ == nullptr) throw Error(ErrorKind::internal, "libcurl did not start");
        set_up();
        const CURLcode result = perform();
        context_.throw_if_done(fmt::format("downloading {} ({})", remote_.url, amount()));
        if (result == CURLE_RANGE_ERROR || refused_range()) throw StartAgain{};
        if (too_much_)
            fail(fmt::format("more than the {} bytes that it should have came", grouped(remote_.size)),
                 "the file was replaced, or a page came in its place");
        if (refused_) return false;
        if (result != CURLE_OK) explain(result);
        return true;
    }

private:
    void set_up() {
        curl_easy_setopt(curl_, CURLOPT_URL, remote_.url.c_str());
        curl_easy_setopt(curl_, CURLOPT_PROTOCOLS_STR, "http,https,file");
        curl_easy_setopt(curl_, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
        curl_easy_setopt(curl_, CURLOPT_FOLLOWLOCATION, 1L);
        curl_easy_setopt(curl_, CURLOPT_MAXREDIRS, 10L);
        curl_easy_setopt(curl_, CURLOPT_FAILONERROR, 1L);
        curl_easy_setopt(curl_, CURLOPT_NOSIGNAL, 1L);
        curl_easy_setopt(curl_, CURLOPT_CONNECTTIMEOUT, 30L);
        // libcurl's limit is a mean a second, taken over the window.
        const auto seconds = std::max<std::int64_t>(1, remote_.stall.window.count());
        const auto mean = std::max<std::uint64_t>(1, remote_.stall.bytes / static_cast<std::uint64_t>(seconds));
        curl_easy_setopt(curl_, CURLOPT_LOW_SPEED_LIMIT, static_cast<long>(mean));
        curl_easy_setopt(curl_, CURLOPT_LOW_SPEED_TIME, static_cast<long>(seconds));
        curl_easy_setopt(curl_, CURLOPT_ERRORBUFFER, reason_);
        curl_easy_setopt(curl_, CURLOPT_RESUME_FROM_LARGE, static_cast<curl_off_t>(start_));
        curl_easy_setopt(curl_, CURLOPT_WRITEFUNCTION, &Transfer::on_data);
        curl_easy_setopt(curl_, CURLOPT_WRITEDATA, this);
        curl_easy_setopt(curl_, CURLOPT_NOPROGRESS, 0L);
        curl_easy_setopt(curl_, CURLOPT_XFERINFOFUNCTION, &Transfer::on_progress);
        curl_easy_setopt(curl_, CURLOPT_XFERINFODATA, this);
    }

    // By the multi interface: a stop wakes it up, however silent the server is.
    CURLcode perform() {
        const std::unique_ptr<CURLM, CloseMulti> multi(curl_multi_init());
        if (!multi) throw Error(ErrorKind::internal, "libcurl did not start");
        curl_multi_add_handle(multi.get(), curl_);
        CURLcode result = CURLE_ABORTED_BY_CALLBACK;
        {
            const std::stop_callback wake(context_.stop, [&] { curl_multi_wakeup(multi.get()); });
            int running = 1;
            while (running > 0 && !context_.done()) {
                if (curl_multi_perform(multi.get(), &running) != CURLM_OK) break;
                if (running > 0) curl_multi_poll(multi.get(), nullptr, 0, 250, nullptr);
            }
        }
        int left = 0;
        while (const CURLMsg* message = curl_multi_info_read(multi.get(), &left)) {
            if (message->msg == CURLMSG_DONE) result = message->data.result;
        }
        curl_multi_remove_handle(multi.get(), curl_);
        return result;
    }

    [[nodiscard]] long status() const {
        long status = 0;
        curl_easy_getinfo(curl_, CURLINFO_RESPONSE_CODE, &status);
        return status;
    }

    // 416: the partial file is longer than what the server has.
    [[nodiscard]] bool refused_range() const { return start_ > 0 && status() == 416; }

    [[nodiscard]] std::string amount() const {
        if (total_ == 0) return fmt::format("{} bytes came", grouped(now_));
        return fmt::format("{} of {} bytes came", grouped(now_), grouped(total_));
    }

    [[noreturn]] void explain(CURLcode result) const {
        if (result == CURLE_HTTP_RETURNED_ERROR) {
            const Error error(remote_.blame,
                              fmt::format("downloading {}: the server answered {}", remote_.url, status_text(status())),
                              hint_for(status()));
            throw RefusedError(error, static_cast<int>(status()));
        }
        if (result == CURLE_OPERATION_TIMEDOUT && status() != 0) {
            fail(fmt::format("the server is too slow: less than {} bytes in {} s ({})", grouped(remote_.stall.bytes),
                             remote_.stall.window.count(), amount()),
                 fmt::format("{}, or name a nearer mirror in mirrors.json", goes_on_hint));
        }
        if (result == CURLE_PARTIAL_FILE || result == CURLE_RECV_ERROR || result == CURLE_GOT_NOTHING) {
            fail(fmt::format("the connection broke off: {}", amount()), goes_on_hint);
        }
        fail(reason_[0] != '\0' ? reason_ : curl_easy_strerror(result),
             "is the address right and the server reachable from here? A mirror can be named in mirrors.json");
    }

    [[noreturn]] void fail(const std::string& reason, const std::string& hint) const {
        throw Error(remote_.blame, fmt::format("downloading {}: {}", remote_.url, reason), hint);
    }

    static std::size_t on_data(char* data, std::size_t size, std::size_t count, void* self) {
        auto* transfer = static_cast<Transfer*>(self);
        const std::size_t bytes = size * count;
        if (transfer->remote_.size > 0 && transfer->now_ + bytes > transfer->remote_.size) {
            transfer->too_much_ = true;
            return 0;
        }
        if (!transfer->sink_(data, bytes)) {
            transfer->refused_ = true;
            return 0;
        }
        transfer->now_ += bytes;
        return bytes;
    }

    static int on_progress(void* self, curl_off_t total, curl_off_t now, curl_off_t, curl_off_t) {
        auto* transfer = static_cast<Transfer*>(self);
        if (transfer->context_.done()) return 1;
        if (total > 0) transfer->total_ = transfer->start_ + static_cast<std::uint64_t>(total);
        if (transfer->progress_ && now > 0) transfer->progress_(transfer->now_, transfer->total_);
        return 0;
    }

    const Remote& remote_;
    std::uint64_t start_;
    std::uint64_t now_;
    std::uint64_t total_ = 0;
    Sink sink_;
    const DownloadProgress& progress_;
    const Context& context_;
    CURL* curl_ = nullptr;
    bool too_much_ = false;
    bool refused_ = false;
    char reason_[CURL_ERROR_SIZE] = {};
};

void append_to(const Remote& remote, const fs::path& partial, const DownloadProgress& progress,
               const Context& context) {
    const auto fail = [&](const char* hint) {
        throw Error(remote.blame, fmt::format("downloading {}: cannot write {}", remote.url, partial.string()), hint);
    };
    const std::unique_ptr<std::FILE, CloseFile> file(std::fopen(partial.c_str(), "ab"));
    if (!file) fail("is the disk full, or the folder read only?");
    const Sink sink = [&](const char* data, std::size_t size) {
        return std::fwrite(data, 1, size, file.get()) == size;
    };
    const bool good = Transfer(remote, fs::file_size(partial), sink, progress, context).run();
    if (std::fflush(file.get()) != 0 || !good) fail("is the disk full?");
}

// Two tries at the most.
void fetch(const Remote& remote, const fs::path& partial, const DownloadProgress& progress, const Context& context) {
    try {
        append_to(remote, partial, progress, context);
    } catch (const Transfer::StartAgain&) {
        remove_all_quietly(partial);
        append_to(remote, partial, progress, context);
    }
}

}  // namespace

void download(const Remote& remote, const fs::path& path, const DownloadProgress& progress, const Context& context) {
    const fs::path partial = path.string() + ".partial";
    std::error_code none;
    if (remote.size > 0 && fs::exists(partial) && fs::file_size(partial, none) > remote.size) {
        remove_all_quietly(partial);  // of something else
    }
    const bool continued = fs::exists(partial);
    const auto good = [&] { return sha256_file(partial) == remote.sha256; };
    if (!continued || !good()) fetch(remote, partial, progress, context);
    // A continued file whose first part came from something else is not the server's fault: once more from its start.
    if (continued && !good()) {
        remove_all_quietly(partial);
        fetch(remote, partial, progress, context);
    }
    const std::string sum = sha256_file(partial);
    if (sum != remote.sha256) {
        const bool page = is_html_file(partial);
        remove_all_quietly(partial);
        throw Error(remote.blame,
                    fmt::format("{} does not verify: {}its SHA-256 is {}, not {}", remote.url,
                                page ? "an HTML page came in its place, and " : "", sum, remote.sha256),
                    page ? "open the URL in a browser: the page may say where the file went"
                         : "the file was replaced or damaged on its way; trust another sum only if its source says so");
    }
    fs::rename(partial, path);
}

std::string fetch_text(const Remote& remote, const Context& context) {
    Remote limited = remote;
    if (limited.size == 0) limited.size = document_bytes;
    std::string text;
    const Sink sink = [&](const char* data, std::size_t size) {
        text.append(data, size);
        return true;
    };
    Transfer(limited, 0, sink, {}, context).run();
    return text;
}

}  // namespace crib::fetch
