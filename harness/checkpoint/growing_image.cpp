#include "harness/checkpoint/growing_image.h"

#include <chrono>
#include <utility>

namespace crib::checkpoint {
namespace {

constexpr std::chrono::milliseconds kLook{50};  // at the context of one that waits

}  // namespace

GrowingImage::GrowingImage(UniqueFd file, std::uint64_t bytes, Clock& clock, Work work)
    : file_(std::move(file)), bytes_(bytes), thread_([this, &clock, work = std::move(work)](std::stop_token stop) {
          run(work, Context::with_clock(clock).with_stop(std::move(stop)));
      }) {}

GrowingImage::~GrowingImage() = default;

void GrowingImage::run(const Work& work, const Context& context) noexcept {
    std::exception_ptr failure;
    try {
        work(*this, context);
    } catch (...) {
        failure = std::current_exception();
    }
    const std::lock_guard guard(mutex_);
    if (!failure) there_ = bytes_;
    failure_ = std::move(failure);
    ended_ = true;
    changed_.notify_all();
}

void GrowingImage::grown_to(std::uint64_t bytes) {
    const std::lock_guard guard(mutex_);
    there_ = bytes;
    changed_.notify_all();
}

void GrowingImage::wait_for_all(const Context& context) {
    wait([&] { return ended_ && !failure_; }, context);
}

std::uint64_t GrowingImage::wait_for_more(std::uint64_t than, const Context& context) {
    std::uint64_t found = 0;
    const auto is_more = [&] {
        found = there_;
        return there_ > than;
    };
    wait(is_more, context);
    return found;
}

void GrowingImage::wait(const std::function<bool()>& is_there, const Context& context) {
    std::unique_lock lock(mutex_);
    while (!is_there()) {
        if (failure_) std::rethrow_exception(failure_);
        context.throw_if_done("unpacking a memory image");
        changed_.wait_for(lock, kLook);
    }
}

}  // namespace crib::checkpoint
