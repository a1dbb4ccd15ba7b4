#include "harness/base/cleanup.h"

#include <exception>
#include <utility>

namespace crib {

void CleanupStack::add(std::string name, std::function<void()> action) {
    actions_.push_back({std::move(name), std::move(action)});
}

void CleanupStack::run() noexcept {
    while (!actions_.empty()) {
        auto action = std::move(actions_.back());
        actions_.pop_back();
        std::string reason;
        try {
            action.undo();
            continue;
        } catch (const std::exception& error) {
            reason = error.what();
        } catch (...) {
            reason = "unknown exception";
        }
        try {
            if (on_failure_) on_failure_(action.name, reason);
        } catch (...) {
            // Nobody is left to tell.
        }
    }
}

}  // namespace crib
