#include "harness/base/wait.h"

#include "harness/base/error.h"
#include "tests/support/manual_clock.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace crib {
namespace {

using namespace std::chrono_literals;
using End = WaitResult::End;

class Wait : public testing::Test {
protected:
    test::ManualClock clock_;
    std::stop_source stop_;
    Context context_ = Context::with_clock(clock_).with_stop(stop_.get_token()).with_timeout(10s);
    int calls_ = 0;
};

TEST_F(Wait, EndsWithTheFirstReadyObservation) {
    const auto result = wait_for(context_, 1s, [&] {
        return ++calls_ == 3 ? Observation::ready("2 of 2 Ready") : Observation::not_yet("1 of 2 Ready");
    });
    EXPECT_EQ(result.end, End::ready);
    EXPECT_EQ(result.last_seen, "2 of 2 Ready");
    EXPECT_EQ(result.waited, 2s);
}

TEST_F(Wait, KeepsTheLastObservationWhenReadySaysNothing) {
    const auto result =
        wait_for(context_, 1s, [&] { return ++calls_ == 2 ? Observation::ready() : Observation::not_yet("starting"); });
    EXPECT_EQ(result.last_seen, "starting");
}

TEST_F(Wait, StopsEarlyOnAStateThatCannotRecover) {
    const auto result = wait_for(context_, 1s, [&] { return Observation::hopeless("kernel panic"); });
    EXPECT_EQ(result.end, End::hopeless);
    EXPECT_EQ(result.waited, 0s);
}

TEST_F(Wait, LooksOnceMoreAtTheDeadline) {
    const auto result = wait_for(context_, 4s, [&] {
        ++calls_;
        return Observation::not_yet("still " + std::to_string(calls_));
    });
    EXPECT_EQ(result.end, End::timed_out);
    EXPECT_EQ(calls_, 5);  // at 0, 4, 8 and 10 seconds, and once more to tell late from never
    EXPECT_EQ(result.last_seen, "still 4");
    EXPECT_EQ(result.waited, 10s);
}

TEST_F(Wait, IsReadyWhenTheLastLookIs) {
    const auto result =
        wait_for(context_, 60s, [&] { return ++calls_ == 2 ? Observation::ready() : Observation::not_yet("no"); });
    EXPECT_EQ(result.end, End::ready);
}

TEST_F(Wait, TellsWhatCameLateFromWhatNeverCame) {
    const auto late = wait_for(context_, 4s, [&] {
        return ++calls_ == 5 ? Observation::ready("2 of 2 Ready") : Observation::not_yet("1 of 2 Ready");
    });
    EXPECT_EQ(late.end, End::timed_out) << "late is not in time";
    EXPECT_EQ(late.last_seen, "1 of 2 Ready");
    EXPECT_EQ(late.waited, 10s);
    EXPECT_EQ(late.late, 1s);
    EXPECT_EQ(lateness(late), "became true 1.0s late");
    const auto never = wait_for(context_.with_timeout(10s), 4s, [] { return Observation::not_yet("no"); });
    EXPECT_FALSE(never.late);
    EXPECT_EQ(lateness(never), "");
}

TEST_F(Wait, KeepsItsVerdictWhateverTheLateLookThrows) {
    const auto result = wait_for(context_, 4s, [&]() -> Observation {
        if (++calls_ == 5) throw std::runtime_error("broken");
        return Observation::not_yet("no");
    });
    EXPECT_EQ(result.end, End::timed_out);
}

TEST_F(Wait, KnowsItsLimitAndSaysWhenItCameNearIt) {
    const auto result =
        wait_for(context_, 1s, [&] { return ++calls_ == 9 ? Observation::ready() : Observation::not_yet("no"); });
    EXPECT_EQ(result.limit, 10s);
    EXPECT_EQ(near_limit(result.waited, result.limit), "used 80 % of its limit of 10.0s");
    EXPECT_FALSE(near_limit(7s, 10s));
    EXPECT_FALSE(near_limit(7s, Duration::zero())) << "there is no limit";
    EXPECT_EQ(wait_for(Context::with_clock(clock_), 1s, [] { return Observation::ready(); }).limit, Duration::zero());
}

TEST_F(Wait, EndsAtOnceWhenTheUserStops) {
    const auto result = wait_for(context_, 1s, [&] {
        ++calls_;
        stop_.request_stop();
        return Observation::not_yet("busy");
    });
    EXPECT_EQ(result.end, End::cancelled);
    EXPECT_EQ(calls_, 1);
    EXPECT_EQ(result.waited, 0s);
}

TEST_F(Wait, PassesOnWhatTheProbeThrows) {
    EXPECT_THROW(wait_for(context_, 1s, []() -> Observation { throw std::runtime_error("broken"); }),
                 std::runtime_error);
}

ErrorKind kind_of(const std::function<void()>& body, std::string* text) {
    try {
        body();
    } catch (const Error& error) {
        *text = error.what();
        return error.kind();
    }
    return ErrorKind::internal;
}

TEST_F(Wait, SaysWhatWasSeenLastWhenTimeRunsOut) {
    std::string text;
    const auto kind = kind_of(
        [&] { require_within(context_, "node worker1 Ready", 3s, [] { return Observation::not_yet("NotReady"); }); },
        &text);
    EXPECT_EQ(kind, ErrorKind::timeout);
    EXPECT_EQ(text, "node worker1 Ready: not within 10.0s; last seen: NotReady");
}

TEST_F(Wait, SaysHowLateItBecameTrue) {
    std::string text;
    const auto look = [&] { return ++calls_ == 6 ? Observation::ready() : Observation::not_yet("NotReady"); };
    EXPECT_EQ(kind_of([&] { require_within(context_, "node worker1 Ready", 3s, look); }, &text), ErrorKind::timeout);
    EXPECT_EQ(text, "node worker1 Ready: not within 10.0s, became true 1.0s late; last seen: NotReady");
}

TEST_F(Wait, ReportsAHopelessStateAsTheGuests) {
    std::string text;
    const auto kind = kind_of(
        [&] { require_within(context_, "boot", 3s, [] { return Observation::hopeless("Kernel panic"); }); }, &text);
    EXPECT_EQ(kind, ErrorKind::guest);
    EXPECT_EQ(text, "boot: Kernel panic");
}

TEST_F(Wait, ReportsAStopAsCancelled) {
    stop_.request_stop();
    std::string text;
    const auto kind =
        kind_of([&] { require_within(context_, "boot", 3s, [] { return Observation::not_yet(""); }); }, &text);
    EXPECT_EQ(kind, ErrorKind::cancelled);
}

TEST_F(Wait, ReturnsQuietlyWhenReady) {
    EXPECT_NO_THROW(require_within(context_, "boot", 3s, [] { return Observation::ready(); }));
}

}  // namespace
}  // namespace crib
