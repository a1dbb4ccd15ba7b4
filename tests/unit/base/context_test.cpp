#include "harness/base/context.h"

#include "harness/base/error.h"
#include "tests/support/manual_clock.h"

#include <gtest/gtest.h>

#include <thread>

namespace crib {
namespace {

using namespace std::chrono_literals;

TEST(Context, HasTheNearerDeadline) {
    test::ManualClock clock;
    const auto outer = Context::with_clock(clock).with_timeout(10s);
    EXPECT_EQ(outer.with_timeout(60s).remaining(), 10s);
    EXPECT_EQ(outer.with_timeout(3s).remaining(), 3s);
}

TEST(Context, TakesAnEndlessTimeoutForNoDeadline) {
    test::ManualClock clock;
    const auto context = Context::with_clock(clock).with_timeout(Duration::max());
    EXPECT_EQ(context.deadline, TimePoint::max());
    EXPECT_FALSE(context.expired());
}

TEST(Context, ExpiresAtItsDeadlineAndHasNothingLeft) {
    test::ManualClock clock;
    const auto context = Context::with_clock(clock).with_timeout(10s);
    EXPECT_FALSE(context.done());
    clock.advance(10s);
    EXPECT_TRUE(context.expired());
    clock.advance(10s);
    EXPECT_EQ(context.remaining(), 0s);
}

TEST(Context, SleepsNoLongerThanItsDeadline) {
    test::ManualClock clock;
    const auto context = Context::with_clock(clock).with_timeout(10s);
    const auto start = clock.now();
    EXPECT_TRUE(context.sleep(4s));
    EXPECT_FALSE(context.sleep(60s));
    EXPECT_EQ(clock.now() - start, 10s);
}

TEST(Context, DoesNotSleepWhenCancelled) {
    test::ManualClock clock;
    std::stop_source stop;
    const auto context = Context::with_clock(clock).with_stop(stop.get_token());
    stop.request_stop();
    const auto start = clock.now();
    EXPECT_FALSE(context.sleep(4s));
    EXPECT_EQ(clock.now(), start);
}

TEST(Context, NamesTheWorkThatEnded) {
    test::ManualClock clock;
    std::stop_source stop;
    const auto context = Context::with_clock(clock).with_stop(stop.get_token()).with_timeout(1s);
    EXPECT_NO_THROW(context.throw_if_done("building kubernetes"));
    clock.advance(1s);
    try {
        context.throw_if_done("building kubernetes");
        FAIL() << "no error";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::timeout);
        EXPECT_STREQ(error.what(), "building kubernetes: the time for it ran out");
    }
    stop.request_stop();  // the user's wish is the more telling of the two
    try {
        context.throw_if_done("building kubernetes");
        FAIL() << "no error";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::cancelled);
    }
}

TEST(SystemClock, WakesASleeperWhenItIsStopped) {
    SystemClock clock;
    std::stop_source stop;
    bool slept_to_the_end = true;
    std::thread sleeper([&] { slept_to_the_end = clock.sleep_until(clock.now() + 1h, stop.get_token()); });
    stop.request_stop();
    sleeper.join();  // the test's own time limit fails it otherwise
    EXPECT_FALSE(slept_to_the_end);
}

TEST(SystemClock, ReturnsAtOnceForATimeThatIsPast) {
    SystemClock clock;
    EXPECT_TRUE(clock.sleep_until(clock.now() - 1h, {}));
}

TEST(Error, PutsNotesInFrontAndKeepsKindAndHint) {
    try {
        with_note("joining node worker1",
                  [] { throw Error(ErrorKind::ssh, "connection lost", "look at its console"); });
        FAIL() << "no error";
    } catch (const Error& error) {
        EXPECT_STREQ(error.what(), "joining node worker1: connection lost");
        EXPECT_EQ(error.kind(), ErrorKind::ssh);
        EXPECT_EQ(error.hint(), "look at its console");
    }
}

TEST(Error, NotesPassResultsThrough) {
    EXPECT_EQ(with_note("adding", [] { return 7; }), 7);
}

TEST(Error, EveryKindHasAName) {
    for (int kind = 0; kind <= static_cast<int>(ErrorKind::internal); ++kind) {
        EXPECT_STRNE(to_string(static_cast<ErrorKind>(kind)), "unknown");
    }
}

}  // namespace
}  // namespace crib
