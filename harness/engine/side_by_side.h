#pragma once
// side_by_side: the same work for each of several things, each in a thread of its own.

#include "harness/base/context.h"

#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace crib::engine {

// Calls work(i, context) for 0 <= i < count. The first that throws stops the others' contexts; its exception leaves
// this function when all have ended.
template <typename Work>
void side_by_side(std::size_t count, const Context& context, Work work) {
    std::mutex mutex;
    std::exception_ptr first_problem;
    std::stop_source stop_others;
    const std::stop_callback pass_on(context.stop, [&] { stop_others.request_stop(); });
    const auto inner = context.with_stop(stop_others.get_token());
    {
        std::vector<std::jthread> threads;
        for (std::size_t i = 0; i < count; ++i) {
            threads.emplace_back([&, i] {
                try {
                    work(i, inner);
                } catch (...) {
                    const std::lock_guard lock(mutex);
                    if (!first_problem) first_problem = std::current_exception();
                    stop_others.request_stop();
                }
            });
        }
    }
    if (first_problem) std::rethrow_exception(first_problem);
}

}  // namespace crib::engine
