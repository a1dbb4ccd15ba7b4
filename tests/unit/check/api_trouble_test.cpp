#include "harness/check/detail/api_trouble.h"

#include "harness/check/checker.h"
#include "tests/unit/check/samples.h"

#include <gmock/gmock.h>

namespace crib::check::detail {
namespace {

using std::chrono::seconds;
using test::body;
using test::status;
using test::unreachable;
using testing::HasSubstr;
using testing::Not;

const TimePoint kBegin{std::chrono::hours{1}};

Answer no_tls() {
    return {Answer::Kind::unreachable, 0, "no TLS with it: connection reset by peer", "it may be another cluster's"};
}

const std::string kForbidden =
    "nodes is forbidden: User \"kubernetes-admin\" cannot list resource \"nodes\" in API group \"\" at the cluster "
    "scope";

TEST(ApiTrouble, CallsWhatAStartingServerSaysAStart) {
    EXPECT_TRUE(may_be_a_start(unreachable("connection refused")));
    EXPECT_TRUE(may_be_a_start(no_tls()));
    EXPECT_TRUE(may_be_a_start(status(401, "Unauthorized")));
    EXPECT_TRUE(may_be_a_start(status(403, kForbidden)));
    EXPECT_TRUE(may_be_a_start(status(500, "etcdserver: request timed out")));
    EXPECT_TRUE(may_be_a_start(status(503, "the server is currently unable to handle the request")));
    EXPECT_FALSE(may_be_a_start(status(404, "pods \"nginx\" not found")));
    EXPECT_FALSE(may_be_a_start(status(403, "serviceaccount \"default\" not found")));
    EXPECT_FALSE(may_be_a_start(body("{}")));
}

TEST(ApiTrouble, NamesALastingCauseOnlyAfterItHasLasted) {
    ApiTrouble trouble(seconds{60});
    EXPECT_EQ(trouble.say("GET /api/v1/nodes", no_tls(), kBegin),
              "the API server does not answer yet (no TLS with it: connection reset by peer)");
    EXPECT_THAT(trouble.say("GET /api/v1/nodes", status(403, kForbidden), kBegin + seconds{59}),
                HasSubstr("the API server is not ready yet (it says 403 "));
    EXPECT_EQ(trouble.say("GET /api/v1/nodes", no_tls(), kBegin + seconds{61}),
              "the API server has not answered for 1m01s: no TLS with it: connection reset by peer; it may be another "
              "cluster's");
    EXPECT_EQ(trouble.say("GET /api/v1/nodes", status(403, kForbidden), kBegin + seconds{62}),
              "GET /api/v1/nodes: 403 " + kForbidden + ", for 1m02s now");
}

TEST(ApiTrouble, SaysOneThingWhateverEachTryEndsWith) {
    ApiTrouble trouble(seconds{60});
    const auto first = trouble.say("GET /", unreachable("connection reset by peer"), kBegin);
    EXPECT_EQ(trouble.say("GET /", unreachable("SSL_ERROR_SYSCALL"), kBegin + seconds{5}), first);
}

TEST(ApiTrouble, BeginsToCountAnewWhenTheServerHasAnswered) {
    ApiTrouble trouble(seconds{60});
    (void)trouble.say("GET /", no_tls(), kBegin);
    trouble.well();
    EXPECT_THAT(trouble.say("GET /", no_tls(), kBegin + seconds{90}), HasSubstr("does not answer yet"));
}

TEST(ApiTrouble, IsWhatAChecksSaysWhileTheServerRestarts) {
    Bench bench;
    bench.cluster.answers["/api/v1/nodes"] = {no_tls(), unreachable("connection refused"), status(403, kForbidden),
                                              body(sample("nodes-ready.json"))};
    EXPECT_TRUE(bench.run("nodes-ready").passed());
    for (const auto& line : bench.seen) EXPECT_THAT(line, Not(HasSubstr("another"))) << line;
    EXPECT_THAT(bench.seen.front(), HasSubstr("the API server does not answer yet"));
}

}  // namespace
}  // namespace crib::check::detail
