#pragma once
// CleanupStack: what must be undone, undone in reverse order, whatever happens.

#include <functional>
#include <string>
#include <vector>

namespace crib {

// Each action runs once, in reverse order of adding, on run() or destruction. An action that throws
// is reported to `on_failure` and the rest still run. Not thread-safe.
class CleanupStack {
public:
    using OnFailure = std::function<void(const std::string& name, const std::string& reason)>;
    explicit CleanupStack(OnFailure on_failure = {}) : on_failure_(std::move(on_failure)) {}
    ~CleanupStack() { run(); }
    CleanupStack(const CleanupStack&) = delete;
    CleanupStack& operator=(const CleanupStack&) = delete;

    void add(std::string name, std::function<void()> action);
    void run() noexcept;
    void dismiss() noexcept { actions_.clear(); }  // keep everything (crib run --keep)

private:
    struct Action {
        std::string name;
        std::function<void()> undo;
    };
    OnFailure on_failure_;
    std::vector<Action> actions_;
};

}  // namespace crib
