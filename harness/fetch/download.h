#pragma once
// Fetching from a URL: a file is resumed where an earlier try stopped and verified before it counts; a small document
// comes as a text. Errors name the URL, what is wrong with what came, and what can be done.

#include "harness/base/context.h"
#include "harness/base/error.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

namespace crib::fetch {

// Slower than `bytes` in each `window` is given up.
struct StallLimit {
    std::uint64_t bytes = 4096;
    std::chrono::seconds window{60};
};

struct Remote {
    std::string url;                         // http, https, file
    std::string sha256 = {};                 // 64 hex digits; of a file: must be there
    std::uint64_t size = 0;                  // more than this is refused; 0: not known
    ErrorKind blame = ErrorKind::component;  // what an error is of
    StallLimit stall = {};
};

// Bytes so far and in all (0: the server does not say).
using DownloadProgress = std::function<void(std::uint64_t now, std::uint64_t total)>;

// Fetches to `path`, through path.partial. A partial file of an earlier try is continued where the server allows it.
// A file whose SHA-256 is another is removed and the error says both sums; servers' refusals, cuts, stalls and a full
// disk are errors as well, and what was fetched stays for the next try. Ends at once when `context` is stopped.
void download(const Remote& remote, const std::filesystem::path& path, const DownloadProgress& progress,
              const Context& context);

// A document of at most `size` bytes (16 MiB when not given). Nothing of it is kept when it breaks off.
[[nodiscard]] std::string fetch_text(const Remote& remote, const Context& context);

// What a server answered that is not the file: a status of 400 or more.
class RefusedError : public Error {
public:
    RefusedError(const Error& error, int status) : Error(error), status_(status) {}
    [[nodiscard]] int status() const { return status_; }

private:
    int status_;
};

}  // namespace crib::fetch
