#include "harness/check/live_cluster.h"

#include "tests/integration/check/api_server.h"

#include <gmock/gmock.h>

#include <thread>

namespace crib::check {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;

struct Live {
    test::ApiServer server;
    KubernetesClient client{server.admin(), {server.port(), "kubernetes"}};
    LiveCluster cluster{client, {}, {"master", "worker"}, "master"};
    SystemClock clock;

    Context within(Duration timeout) { return Context::with_clock(clock).with_timeout(timeout); }
};

TEST(LiveCluster, WakesUpWhenSomethingChanges) {
    Live live;
    std::thread later([&] {
        std::this_thread::sleep_for(milliseconds{200});
        live.server.change();
    });
    const auto start = live.clock.now();
    EXPECT_TRUE(live.cluster.wait_for_change("/changes", "1342", live.within(seconds{30})));
    later.join();
    EXPECT_LT(live.clock.now() - start, seconds{10});
    EXPECT_THAT(live.server.last_query(), HasSubstr("/changes?watch=1&resourceVersion=1342&timeoutSeconds="));
}

TEST(LiveCluster, ReturnsCalmlyWhenNothingChanges) {
    Live live;
    EXPECT_TRUE(live.cluster.wait_for_change("/quiet?labelSelector=a%3Db", "1", live.within(milliseconds{300})));
    EXPECT_THAT(live.server.last_query(), HasSubstr("a%3Db&watch=1"));
}

TEST(LiveCluster, SaysWhenItCannotWatch) {
    Live live;
    EXPECT_FALSE(live.cluster.wait_for_change("/missing", "1", live.within(seconds{10})));
}

}  // namespace
}  // namespace crib::check
