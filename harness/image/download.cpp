#include "harness/image/download.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/sha256.h"

#include <curl/curl.h>
#include <fmt/format.h>
#include <cstdio>
#include <memory>
#include <mutex>

namespace crib::image {
namespace {

namespace fs = std::filesystem;

struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
};
struct CloseCurl {
    void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
};

// One transfer that appends to a file. libcurl calls back into it, so it does not move.
class Transfer {
public:
    Transfer(const std::string& url, const fs::path& partial, const DownloadProgress& progress, const Context& context)
        : url_(url), partial_(partial), progress_(progress), context_(context) {}

    void run() {
        open();
        const std::unique_ptr<CURL, CloseCurl> curl(curl_easy_init());
        curl_ = curl.get();
        if (curl_ == nullptr) throw Error(ErrorKind::internal, "libcurl did not start");
        set_up();
        const CURLcode result = curl_easy_perform(curl_);
        const bool flushed = std::fflush(file_.get()) == 0;
        context_.throw_if_done("downloading " + url_);
        if (result == CURLE_RANGE_ERROR || refused_range()) throw StartAgain{};
        if (!write_failure_.empty() || !flushed)
            fail(fmt::format("cannot write {}", partial_.string()), "is the disk full?");
        if (result != CURLE_OK)
            fail(reason_[0] != '\0' ? reason_ : curl_easy_strerror(result), "try again: it goes on where it stopped");
    }

    struct StartAgain {};  // the server cannot go on where an earlier try stopped

private:
    void open() {
        file_.reset(std::fopen(partial_.c_str(), "ab"));
        if (!file_)
            fail(fmt::format("cannot write {}", partial_.string()), "is the disk full, or the folder read only?");
        std::error_code ignored;
        start_ = fs::file_size(partial_, ignored);
    }

    void set_up() {
        curl_easy_setopt(curl_, CURLOPT_URL, url_.c_str());
        curl_easy_setopt(curl_, CURLOPT_PROTOCOLS_STR, "http,https,file");
        curl_easy_setopt(curl_, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
        curl_easy_setopt(curl_, CURLOPT_FOLLOWLOCATION, 1L);
        curl_easy_setopt(curl_, CURLOPT_FAILONERROR, 1L);
        curl_easy_setopt(curl_, CURLOPT_NOSIGNAL, 1L);
        curl_easy_setopt(curl_, CURLOPT_CONNECTTIMEOUT, 30L);
        // A server that sends nothing for a minute is gone.
        curl_easy_setopt(curl_, CURLOPT_LOW_SPEED_LIMIT, 1L);
        curl_easy_setopt(curl_, CURLOPT_LOW_SPEED_TIME, 60L);
        curl_easy_setopt(curl_, CURLOPT_ERRORBUFFER, reason_);
        curl_easy_setopt(curl_, CURLOPT_RESUME_FROM_LARGE, static_cast<curl_off_t>(start_));
        curl_easy_setopt(curl_, CURLOPT_WRITEFUNCTION, &Transfer::on_data);
        curl_easy_setopt(curl_, CURLOPT_WRITEDATA, this);
        curl_easy_setopt(curl_, CURLOPT_NOPROGRESS, 0L);
        curl_easy_setopt(curl_, CURLOPT_XFERINFOFUNCTION, &Transfer::on_progress);
        curl_easy_setopt(curl_, CURLOPT_XFERINFODATA, this);
    }

    // 416: the partial file is longer than what the server has.
    [[nodiscard]] bool refused_range() const {
        long status = 0;
        curl_easy_getinfo(curl_, CURLINFO_RESPONSE_CODE, &status);
        return start_ > 0 && status == 416;
    }

    [[noreturn]] void fail(const std::string& reason, const std::string& hint) const {
        throw Error(ErrorKind::image, fmt::format("downloading {}: {}", url_, reason), hint);
    }

    static std::size_t on_data(char* data, std::size_t size, std::size_t count, void* self) {
        auto* transfer = static_cast<Transfer*>(self);
        const std::size_t written = std::fwrite(data, size, count, transfer->file_.get());
        if (written != count) transfer->write_failure_ = "short write";
        return written * size;
    }

    static int on_progress(void* self, curl_off_t total, curl_off_t now, curl_off_t, curl_off_t) {
        auto* transfer = static_cast<Transfer*>(self);
        if (transfer->context_.done()) return 1;
        if (transfer->progress_ && now > 0) {
            const auto all = total > 0 ? transfer->start_ + static_cast<std::uint64_t>(total) : 0;
            transfer->progress_(transfer->start_ + static_cast<std::uint64_t>(now), all);
        }
        return 0;
    }

    const std::string& url_;
    const fs::path& partial_;
    const DownloadProgress& progress_;
    const Context& context_;
    std::unique_ptr<std::FILE, CloseFile> file_;
    std::uint64_t start_ = 0;
    CURL* curl_ = nullptr;
    char reason_[CURL_ERROR_SIZE] = {};
    std::string write_failure_;
};

void fetch(const std::string& url, const fs::path& partial, const DownloadProgress& progress, const Context& context) {
    try {
        Transfer(url, partial, progress, context).run();
    } catch (const Transfer::StartAgain&) {
        remove_all_quietly(partial);
        Transfer(url, partial, progress, context).run();
    }
}

}  // namespace

void download(const std::string& url, const std::string& sha256, const fs::path& path, const DownloadProgress& progress,
              const Context& context) {
    static std::once_flag started;  // libcurl's own process-wide state
    std::call_once(started, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
    const fs::path partial = path.string() + ".partial";
    const bool continued = fs::exists(partial);
    const auto good = [&] { return sha256_file(partial) == sha256; };
    if (!continued || !good()) fetch(url, partial, progress, context);
    // A continued file whose first part came from something else is not the server's fault: once more from its start.
    if (continued && !good()) {
        remove_all_quietly(partial);
        fetch(url, partial, progress, context);
    }
    const std::string sum = sha256_file(partial);
    if (sum != sha256) {
        remove_all_quietly(partial);
        throw Error(
            ErrorKind::image, fmt::format("{} does not verify: its SHA-256 is {}, not {}", url, sum, sha256),
            "the file was replaced or damaged on its way; correct the sha256 in the image file only if you trust it");
    }
    fs::rename(partial, path);
}

}  // namespace crib::image
