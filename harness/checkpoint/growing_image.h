#pragma once
// GrowingImage: an unpacked memory image that others read while it is still being unpacked. Thread-safe. Internal to
// checkpoint.

#include "harness/base/context.h"
#include "harness/base/file.h"

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>

namespace crib::checkpoint {

class GrowingImage {
public:
    // Unpacks into the image's file and says by grown_to() how far it is. Its context ends with the image.
    using Work = std::function<void(GrowingImage&, const Context&)>;

    // `bytes` is how long the image will be. The work runs at once, on a thread of its own.
    GrowingImage(UniqueFd file, std::uint64_t bytes, Clock& clock, Work work);
    ~GrowingImage();  // ends the work when it is not done: nobody wants it any more
    GrowingImage(const GrowingImage&) = delete;
    GrowingImage& operator=(const GrowingImage&) = delete;

    [[nodiscard]] int fd() const { return file_.get(); }
    [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

    // So many of the first bytes are there and change no more.
    void grown_to(std::uint64_t bytes);

    // Until more than so many of the first bytes are there; says how many. Throws what the work threw, or the context's
    // error.
    [[nodiscard]] std::uint64_t wait_for_more(std::uint64_t than, const Context& context);
    void wait_for_all(const Context& context);

private:
    void run(const Work& work, const Context& context) noexcept;
    void wait(const std::function<bool()>& is_there, const Context& context);

    UniqueFd file_;
    std::uint64_t bytes_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::uint64_t there_ = 0;
    bool ended_ = false;
    std::exception_ptr failure_;
    std::jthread thread_;  // last: it uses the others
};

}  // namespace crib::checkpoint
