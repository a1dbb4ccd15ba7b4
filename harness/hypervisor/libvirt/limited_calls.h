#pragma once
// LimitedCalls: a Hypervisor that waits for libvirt's answers for a while, not for ever. Private to the adapter.

#include "harness/hypervisor/hypervisor.h"
#include "harness/hypervisor/libvirt/within.h"

#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>

namespace crib::hypervisor {

// Whom libvirt waits for, as one who is asked and does not answer is told of.
struct Asked {
    std::string uri;                   // as the user knows it
    std::filesystem::path embed_root;  // of qemu:///embed, whose QEMU is asked what it can do; empty: a daemon is asked

    [[nodiscard]] bool is_daemon() const { return embed_root.empty(); }
};

// Ends the QEMU that an embedded libvirt has asked. Returns what to throw: Error(environment), "URI has not answered
// within 20s (`what`)", with what to do.
[[nodiscard]] Error give_up_on(const Asked& asked, const std::string& what, Duration waited);

struct CallLimits {
    Duration answer{};                         // of describe() and version_key(), which may ask QEMU
    Duration call = std::chrono::minutes(2);   // a daemon waits for each QEMU that it ended: half a minute
    Duration move = std::chrono::minutes(30);  // of save(), undo_save() and restore(): they move gigabytes
    Duration when_cancelled =
        std::chrono::seconds(40);                      // once `stop` is requested: what is cleaned up comes after that
    Duration undo = std::chrono::seconds(160);         // the same of a save, which takes itself back in two minutes
    Duration after_silence = std::chrono::seconds(5);  // once a call has not ended in time
    Duration close = std::chrono::seconds(10);
};

// A call that has not ended in time is an Error(environment). Its thread keeps the hypervisor and its connection, which
// are not closed then; later calls are tried, but not for long. An embedded libvirt is only waited for where it asks
// QEMU what it can do: what it does with a machine takes as long as the host is slow. Saving and restoring see their
// context's end themselves; a daemon that does not even clean up then is left. A save that is left is HalfSaved, and
// none is begun while a daemon that was silent still is.
class LimitedCalls final : public Hypervisor {
public:
    LimitedCalls(std::shared_ptr<Hypervisor> hypervisor, Asked asked, const CallLimits& limits, std::stop_token stop);
    ~LimitedCalls() override;
    LimitedCalls(const LimitedCalls&) = delete;
    LimitedCalls& operator=(const LimitedCalls&) = delete;

    void start(const MachineSpec& spec, const Context& context) override;
    MachineState state(const std::string& name) override;
    std::string why_stopped(const std::string& name) override;
    SaveResult save(const std::vector<SaveSpec>& specs, const Context& context) override;
    void undo_save(const std::vector<SaveSpec>& specs, const Context& context) override;
    void restore(const std::vector<RestoreSpec>& specs, const Context& context) override;
    void resume(const std::vector<std::string>& names) override;
    std::string version_key(Acceleration acceleration) override;
    void destroy(const std::string& name) noexcept override;
    std::vector<std::string> machines_of(const std::string& run_id) override;
    MachineOwner owner_of(const std::string& name) override;
    std::string describe() override;

private:
    // Leaves a call that outlives the patience.
    template <typename Call>
    auto waited_for(const std::string& what, const Context& context, const Patience& patience, Call call)
        -> std::invoke_result_t<Call, Hypervisor&>;
    // Of a call that gets a Context: one of its own, since it may outlive the caller's, with this limit.
    template <typename Call>
    auto with_own_context(const std::string& what, const Context& context, Duration limit, const Patience& patience,
                          Call call) -> std::invoke_result_t<Call, Hypervisor&, const Context&>;
    // What moves gigabytes. `cleaning`: how long it may take to clean up.
    template <typename Call>
    auto moved(const std::string& what, const Context& context, Duration cleaning, Call call)
        -> std::invoke_result_t<Call, Hypervisor&, const Context&>;
    // Of a daemon that was silent: it would be waited for long, or left in the middle of something.
    void require_answer(const std::string& machine);
    [[nodiscard]] Patience patience_of(Duration limit) const;  // less for one that was silent
    template <typename Call>
    auto limited(const std::string& what, const Context& context, Duration limit, Call call)
        -> std::invoke_result_t<Call, Hypervisor&>;
    // The same for a call without a Context, of a daemon only.
    template <typename Call>
    auto ask_daemon(const std::string& what, Call call) -> std::invoke_result_t<Call, Hypervisor&>;

    SystemClock clock_;
    std::shared_ptr<Hypervisor> hypervisor_;
    Asked asked_;
    CallLimits limits_;
    std::stop_token stop_;
    std::atomic<bool> was_silent_ = false;
};

}  // namespace crib::hypervisor
