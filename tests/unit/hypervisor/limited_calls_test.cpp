#include "harness/hypervisor/libvirt/limited_calls.h"

#include "harness/base/error.h"

#include <gmock/gmock.h>

#include <functional>
#include <future>
#include <memory>
#include <stdexcept>
#include <vector>

namespace crib::hypervisor {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using namespace std::chrono_literals;

// What a test and a hypervisor that may outlive it have in common.
struct Daemon {
    std::promise<void> wakes;
    std::shared_future<void> awake = wakes.get_future().share();
    std::promise<void> closed;
    std::promise<void> asked_to_stop;

    void wake() { wakes.set_value(); }
};

// As libvirt's: a call returns when the daemon has answered.
class Remote final : public Hypervisor {
public:
    explicit Remote(std::shared_ptr<Daemon> daemon) : daemon_(std::move(daemon)) {}
    ~Remote() override { daemon_->closed.set_value(); }

    void start(const MachineSpec&, const Context& context) override {
        const std::stop_callback told(context.stop, [this] { daemon_->asked_to_stop.set_value(); });
        answer();
        context.throw_if_done("starting the machine");
    }
    MachineState state(const std::string&) override { return answer(), MachineState::paused; }
    std::string why_stopped(const std::string&) override { return answer(), "it is paused"; }
    SaveResult save(const std::vector<SaveSpec>& specs, const Context& context) override {
        answer();
        context.throw_if_done("saving the machines");
        return {{{specs.at(0).name, {}, {}}}, {}};
    }
    void undo_save(const std::vector<SaveSpec>&, const Context&) override {
        answer();
        throw HalfSaved(ErrorKind::hypervisor, "a machine stands still");
    }
    void restore(const std::vector<RestoreSpec>&, const Context& context) override {
        answer();
        context.throw_if_done("restoring the machines");
    }
    void resume(const std::vector<std::string>&) override {
        answer();
        throw Error(ErrorKind::hypervisor, "no such machine", "start it");
    }
    std::string version_key(Acceleration) override { return answer(), "QEMU 7"; }
    void destroy(const std::string&) noexcept override { answer(); }
    std::vector<std::string> machines_of(const std::string& run_id) override { return answer(), std::vector{run_id}; }
    MachineOwner owner_of(const std::string& name) override { return answer(), MachineOwner{"/runs/" + name, "1000"}; }
    std::string describe() override { return answer(), "libvirt 9"; }

private:
    void answer() const { daemon_->awake.wait(); }

    std::shared_ptr<Daemon> daemon_;
};

class ADaemon : public testing::Test {
protected:
    const std::string uri = "qemu+unix:///system?socket=/run/libvirt/mine";
    std::shared_ptr<Daemon> daemon = std::make_shared<Daemon>();
    std::future<void> closed = daemon->closed.get_future();
    std::stop_source stop;
    std::unique_ptr<LimitedCalls> calls;
    const std::vector<SaveSpec> saved{{.name = "crib-master", .memory = {}, .state = {}, .overlays = {}}};
    std::vector<RestoreSpec> restored = std::vector<RestoreSpec>(1);

    void connect(const CallLimits& limits) {
        calls =
            std::make_unique<LimitedCalls>(std::make_shared<Remote>(daemon), Asked{uri, {}}, limits, stop.get_token());
    }
    template <typename Call>
    static Error error_of(Call call) {
        try {
            call();
        } catch (const Error& error) {
            return error;
        }
        throw std::logic_error("it answered");
    }
};

class AnAwakeDaemon : public ADaemon {
protected:
    void SetUp() override {
        daemon->wake();
        connect({.answer = 1h, .call = 1h});
    }
    SystemClock clock;
};

TEST_F(AnAwakeDaemon, AnswersAsIfNobodyWaited) {
    calls->start({}, Context::with_clock(clock));
    EXPECT_EQ(calls->state("master"), MachineState::paused);
    EXPECT_EQ(calls->why_stopped("master"), "it is paused");
    EXPECT_THAT(calls->machines_of("mine"), ElementsAre("mine"));
    EXPECT_EQ(calls->owner_of("mine").folder, "/runs/mine");
    EXPECT_EQ(calls->version_key(Acceleration::tcg), "QEMU 7");
    EXPECT_EQ(calls->describe(), "libvirt 9");
    const auto error = error_of([&] { calls->resume({"master"}); });
    EXPECT_STREQ(error.what(), "no such machine");
    EXPECT_EQ(error.hint(), "start it");
}

TEST_F(AnAwakeDaemon, SavesAndRestoresAsIfNobodyWaited) {
    const auto context = Context::with_clock(clock);
    EXPECT_EQ(calls->save(saved, context).machines.at(0).name, "crib-master");
    EXPECT_THROW(calls->undo_save(saved, context), HalfSaved);
    calls->restore(restored, context);
    EXPECT_EQ(error_of([&] { calls->restore(restored, context.with_timeout(0s)); }).kind(), ErrorKind::timeout);
    std::stop_source cancel;
    cancel.request_stop();
    EXPECT_EQ(error_of([&] { (void)calls->save(saved, context.with_stop(cancel.get_token())); }).kind(),
              ErrorKind::cancelled);
}

TEST_F(AnAwakeDaemon, StartsNothingOnceTheContextIsDone) {
    std::stop_source cancel;
    cancel.request_stop();
    const auto context = Context::with_clock(clock);
    EXPECT_EQ(error_of([&] { calls->start({}, context.with_stop(cancel.get_token())); }).kind(), ErrorKind::cancelled);
}

TEST_F(AnAwakeDaemon, StartsNothingOnceTheTimeForItRanOut) {
    const auto context = Context::with_clock(clock).with_timeout(0s);
    EXPECT_EQ(error_of([&] { calls->start({}, context); }).kind(), ErrorKind::timeout);
}

TEST_F(AnAwakeDaemon, IsLeftBeforeTheConnectionsOwnerGoesOn) {
    calls.reset();
    EXPECT_EQ(closed.wait_for(0s), std::future_status::ready);
}

// Its calls hang until the test is over.
class AHungDaemon : public ADaemon {
protected:
    ~AHungDaemon() override {
        calls.reset();
        daemon->wake();
        closed.wait();  // no thread is left behind
    }
    void connect_without_patience() {
        connect(
            {.answer = 0s, .call = 0s, .move = 0s, .when_cancelled = 0s, .undo = 0s, .after_silence = 0s, .close = 0s});
    }
    SystemClock clock;
};

TEST_F(AHungDaemon, IsNamedWithItsSocketAndWhatToDo) {
    connect_without_patience();
    for (const auto& call : std::vector<std::function<void()>>{
             [&] { (void)calls->describe(); }, [&] { (void)calls->machines_of("mine"); },
             [&] { (void)calls->owner_of("mine"); }, [&] { (void)calls->state("master"); },
             [&] { (void)calls->version_key(Acceleration::tcg); }, [&] { calls->resume({"master"}); },
             [&] { (void)calls->why_stopped("master"); }}) {
        const auto error = error_of(call);
        EXPECT_EQ(error.kind(), ErrorKind::environment);
        EXPECT_THAT(error.what(), HasSubstr(uri + " has not answered"));
        EXPECT_THAT(error.hint(), AllOf(HasSubstr("/run/libvirt/mine"), HasSubstr("systemctl status libvirtd")));
    }
}

TEST_F(AHungDaemon, DoesNotKeepCleaningUpFromItsEnd) {
    connect_without_patience();
    calls->destroy("master");
    calls->destroy("worker");
}

TEST_F(AHungDaemon, KeepsItsConnectionUntilItAnswers) {
    connect_without_patience();
    EXPECT_THROW((void)calls->describe(), Error);
    calls.reset();
    EXPECT_EQ(closed.wait_for(0s), std::future_status::timeout);
}

TEST_F(AHungDaemon, IsToldToEndAMachineThatItStartsLate) {
    connect_without_patience();
    auto told = daemon->asked_to_stop.get_future();
    EXPECT_EQ(error_of([&] { calls->start({}, Context::with_clock(clock).with_timeout(0s)); }).kind(),
              ErrorKind::environment);
    told.wait();
}

TEST_F(AHungDaemon, IsNotWaitedForWhileItSaves) {
    connect_without_patience();
    try {
        (void)calls->save(saved, Context::with_clock(clock));
        FAIL();
    } catch (const HalfSaved& error) {
        EXPECT_EQ(error.kind(), ErrorKind::environment);
        EXPECT_THAT(error.what(), AllOf(HasSubstr("has not answered"), HasSubstr("(saving the machines)"),
                                        HasSubstr("whether the machines go on is not known")));
        EXPECT_THAT(error.hint(), HasSubstr("systemctl status libvirtd"));
    }
}

TEST_F(AHungDaemon, IsNotWaitedForWhileItRestores) {
    connect_without_patience();
    EXPECT_THAT(error_of([&] { calls->restore(restored, Context::with_clock(clock)); }).what(),
                HasSubstr("(restoring the machines)"));
}

TEST_F(AHungDaemon, IsAskedToSaveNothingOnceItWasSilent) {
    connect_without_patience();
    calls->destroy("worker");
    for (const auto& call :
         std::vector<std::function<void()>>{[&] { (void)calls->save(saved, Context::with_clock(clock)); },
                                            [&] { calls->undo_save(saved, Context::with_clock(clock)); }}) {
        EXPECT_THAT(error_of(call).what(), HasSubstr("(asking for the state of the machine crib-master)"));
    }
}

TEST_F(AHungDaemon, IsWaitedForLessOnceTheUserWantsToStop) {
    connect({.answer = 1h, .call = 1h, .when_cancelled = 0s, .after_silence = 0s, .close = 0s});
    stop.request_stop();
    EXPECT_EQ(error_of([&] { (void)calls->machines_of("mine"); }).kind(), ErrorKind::environment);
}

TEST(AHungQemu, IsWhatAnEmbeddedLibvirtIsSaidToWaitFor) {
    const auto error = give_up_on({kEmbeddedUri, "/nowhere/crib-test"}, "asking", 60s);
    EXPECT_EQ(error.kind(), ErrorKind::environment);
    EXPECT_THAT(error.what(), AllOf(HasSubstr("qemu:///embed: libvirt asks QEMU"), HasSubstr("1m00s")));
    EXPECT_THAT(error.hint(), HasSubstr("qemu-system-x86_64"));
}

}  // namespace
}  // namespace crib::hypervisor
