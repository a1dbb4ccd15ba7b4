#include "harness/checkpoint/unpacking.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <utility>

namespace crib::checkpoint {
namespace {

constexpr std::chrono::milliseconds kLook{50};  // at the context of one that waits

}  // namespace

Unpacking::Unpacking(UniqueFd file, Clock& clock, Work work)
    : file_(std::move(file)), thread_([this, &clock, work = std::move(work)](std::stop_token stop) {
          run(work, Context::with_clock(clock).with_stop(std::move(stop)));
      }) {}

Unpacking::~Unpacking() = default;

std::filesystem::path Unpacking::path() const {
    return fmt::format("/proc/{}/fd/{}", ::getpid(), file_.get());
}

void Unpacking::run(const Work& work, const Context& context) noexcept {
    std::exception_ptr failure;
    try {
        work(file_.get(), context);
    } catch (...) {
        failure = std::current_exception();
    }
    const std::lock_guard guard(mutex_);
    failure_ = std::move(failure);
    ended_ = true;
    changed_.notify_all();
}

void Unpacking::wait(const Context& context) {
    std::unique_lock lock(mutex_);
    while (!ended_) {
        context.throw_if_done("unpacking a memory image");
        changed_.wait_for(lock, kLook);
    }
    if (failure_) std::rethrow_exception(failure_);
}

}  // namespace crib::checkpoint
