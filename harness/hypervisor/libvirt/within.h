#pragma once
// A call into libvirt that may never return, on a thread of its own. Private to the adapter.

#include "harness/base/context.h"
#include "harness/base/error.h"

#include <chrono>
#include <functional>
#include <future>
#include <thread>
#include <utility>

namespace crib::hypervisor {

// From now on this process ends without the destructors of libraries: a thread may be in libvirt until then.
void end_without_destructors();

struct Patience {
    Duration limit{};
    Duration when_cancelled{};  // how much longer it may take once the context is cancelled
};

// Whether the call is not to be waited for any longer.
class Wait {
public:
    Wait(const Context& context, const Patience& patience);
    bool is_over();
    [[nodiscard]] Duration so_far() const;  // the limit at most

private:
    const Context& context_;
    Patience patience_;
    TimePoint begin_;
    Context until_;
    bool cancelled_;
};

// What the task returns or throws. One that has not ended in time is left to its thread: it must own all that it uses.
// `give_up` is called then with how long it took: it may end what the task waits for, and says what is thrown.
template <typename Result>
Result within(const Context& context, const Patience& patience, std::packaged_task<Result()> task,
              const std::function<Error(Duration)>& give_up) {
    constexpr auto look_every = std::chrono::milliseconds(20);
    auto result = task.get_future();
    Wait wait(context, patience);
    std::thread thread(std::move(task));
    while (result.wait_for(look_every) != std::future_status::ready) {
        if (!wait.is_over() || result.wait_for(Duration::zero()) == std::future_status::ready) continue;
        thread.detach();
        end_without_destructors();
        throw give_up(wait.so_far());
    }
    thread.join();
    return result.get();
}

}  // namespace crib::hypervisor
