#include "harness/base/error.h"
#include "tests/unit/check/samples.h"

#include <gmock/gmock.h>

#include <algorithm>

namespace crib::check {
namespace {

using std::chrono::seconds;
using test::body;
using test::status;
using test::unreachable;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Le;
using testing::SizeIs;
using testing::StartsWith;

constexpr const char* kNginx = "/api/v1/namespaces/default/pods/nginx";
constexpr const char* kCheckPods = "/api/v1/namespaces/default/pods?labelSelector=crib.test%2Fcheck%3Dpod-to-pod";
constexpr const char* kPage = "HTTP/1.1 200 OK\r\nServer: nginx\r\n\r\n<h1>Welcome to nginx!</h1>\n";

NodeRun prints(std::string text) {
    return {true, "exited with 0", std::move(text), ""};
}
NodeRun fails(std::string words) {
    return {false, "exited with 7", "", std::move(words)};
}

struct Web : Bench {
    Web() {
        cluster.always(kNginx, body(sample("pod-nginx.json")));
        cluster.always("/api/v1/namespaces/default/services/kubernetes", body(sample("service-kubernetes.json")));
        cluster.always("/api/v1/namespaces/default/services/crib-check-nginx", body(sample("service-nginx.json")));
        cluster.always(kCheckPods, body(sample("pods-of-pod-to-pod.json")));
        cluster.on_run = [](const std::string&, const std::string&) { return prints(kPage); };
    }
};

TEST(HttpCheck, AsksThePodsAddressFromTheControlPlane) {
    Web web;
    const auto verdict = web.run("http", {{"contains", "Welcome to nginx"}});
    EXPECT_EQ(verdict.outcome, Outcome::passed) << verdict.summary;
    EXPECT_THAT(verdict.summary, HasSubstr("http://10.244.1.2:80/ answered node master with 200"));
    ASSERT_THAT(web.cluster.scripts, SizeIs(1));
    EXPECT_THAT(web.cluster.scripts[0], StartsWith("master: "));
    EXPECT_TRUE(web.cluster.created.empty());
}

TEST(HttpCheck, AsksFromTheNodeItIsTold) {
    Web web;
    EXPECT_TRUE(web.run("http", {{"from", "worker"}}).passed());
    EXPECT_THAT(web.cluster.scripts[0], StartsWith("worker: "));
}

TEST(HttpCheck, AsksThroughAServiceThatItMakesAndRemoves) {
    Web web;
    const auto verdict = web.run("http", {{"via", "service"}});
    EXPECT_TRUE(verdict.passed()) << verdict.summary;
    EXPECT_THAT(web.cluster.scripts[0], HasSubstr("http://10.104.17.9:80/"));
    ASSERT_THAT(web.cluster.created, SizeIs(1));
    const auto service = nlohmann::json::parse(web.cluster.created[0]);
    EXPECT_EQ(service["spec"]["selector"]["run"], "nginx");
    EXPECT_THAT(web.cluster.removed, ElementsAre("/api/v1/namespaces/default/services/crib-check-nginx"));
}

TEST(HttpCheck, MakesAServiceOfItsOwnForEachNodeThatAsks) {
    Web web;
    web.cluster.always("/api/v1/namespaces/default/services/crib-check-nginx-from-worker",
                       body(sample("service-nginx.json")));
    EXPECT_TRUE(web.run("http", {{"via", "service"}, {"from", "worker"}}).passed());
    EXPECT_THAT(web.cluster.removed, ElementsAre("/api/v1/namespaces/default/services/crib-check-nginx-from-worker"));
}

TEST(HttpCheck, RemovesItsServiceAlsoWhenStopped) {
    Web web;
    web.cluster.on_run = [&](const std::string&, const std::string&) {
        web.stop.request_stop();
        return fails("refused");
    };
    EXPECT_ANY_THROW((void)web.run("http", {{"via", "service"}}));
    EXPECT_THAT(web.cluster.removed, SizeIs(1));
}

TEST(HttpCheck, AsksThroughAServiceOfTheScenario) {
    Web web;
    auto service = sample_json("service-nginx.json");
    service["spec"]["ports"][0]["port"] = 8080;
    web.cluster.always("/api/v1/namespaces/default/services/web", body(service.dump()));
    EXPECT_TRUE(web.run("http", {{"service", "web"}}).passed());
    EXPECT_THAT(web.cluster.scripts[0], HasSubstr("http://10.104.17.9:8080/"));
    EXPECT_TRUE(web.cluster.created.empty());
    EXPECT_TRUE(web.cluster.removed.empty());
}

TEST(HttpCheck, WaitsUntilThePodRunsAndAnswers) {
    Web web;
    auto early = sample_json("pod-nginx.json");
    early["status"]["phase"] = "Pending";
    early["status"]["containerStatuses"][0]["ready"] = false;
    web.cluster.answers[kNginx] = {status(404, "pods \"nginx\" not found"), body(early.dump()),
                                   body(sample("pod-nginx.json"))};
    int tries = 0;
    web.cluster.on_run = [&](const std::string&, const std::string&) {
        return ++tries == 1 ? fails("curl: (7) Failed to connect") : prints(kPage);
    };
    EXPECT_TRUE(web.run("http").passed());
    ASSERT_THAT(web.seen, SizeIs(4));
    EXPECT_THAT(web.seen[0], HasSubstr("not found"));
    EXPECT_THAT(web.seen[2], HasSubstr("curl: (7) Failed to connect"));
}

TEST(HttpCheck, FailsOnAnotherStatusOrAnotherText) {
    Web web;
    EXPECT_THAT(web.run("http", {{"contains", "Apache"}, {"timeout", "5s"}}).last_seen,
                HasSubstr("without \"Apache\""));
    web.cluster.on_run = [](const std::string&, const std::string&) {
        return prints("HTTP/1.1 403 Forbidden\r\n\r\n");
    };
    const auto verdict = web.run("http", {{"timeout", "5s"}});
    EXPECT_EQ(verdict.outcome, Outcome::failed);
    EXPECT_THAT(verdict.last_seen, HasSubstr("with 403"));
}

TEST(HttpCheck, IsAnErrorWhenTheNodeIsNeverReached) {
    Web web;
    web.cluster.on_run = [](const std::string&, const std::string&) -> NodeRun {
        throw Error(ErrorKind::ssh, "connection refused");
    };
    const auto verdict = web.run("http", {{"timeout", "20s"}});
    EXPECT_EQ(verdict.outcome, Outcome::error);
    EXPECT_THAT(verdict.summary, HasSubstr("node master is unreachable: connection refused"));
}

// A server that is about to listen changes nothing in the list of pods.
TEST(PodToPod, LooksAgainInASecondWhenAServerDoesNotListenYet) {
    Web web;
    int tries = 0;
    web.cluster.on_run = [&](const std::string&, const std::string&) {
        return ++tries <= 2 ? fails("Connection refused") : prints(kPage);
    };
    const auto verdict = web.run("pod-to-pod");
    EXPECT_TRUE(verdict.passed()) << verdict.summary;
    EXPECT_EQ(web.cluster.waits, 0);
    EXPECT_EQ(verdict.took, seconds{1});
}

TEST(PodToPod, MakesAPodOnEachNodeAndLetsThemTalk) {
    Web web;
    const auto verdict = web.run("pod-to-pod");
    EXPECT_TRUE(verdict.passed()) << verdict.summary;
    ASSERT_THAT(web.cluster.created, SizeIs(2));
    const auto pod = nlohmann::json::parse(web.cluster.created[0]);
    EXPECT_EQ(pod["spec"]["nodeName"], "master");
    EXPECT_EQ(pod["spec"]["tolerations"][0]["operator"], "Exists");
    EXPECT_EQ(pod["spec"]["containers"][0]["image"], "docker.io/library/nginx:latest");
    ASSERT_THAT(web.cluster.scripts, SizeIs(2));
    std::sort(web.cluster.scripts.begin(), web.cluster.scripts.end());  // both were asked at once
    EXPECT_THAT(web.cluster.scripts[0], StartsWith("master: "));
    EXPECT_THAT(web.cluster.scripts[0], HasSubstr("cce sh -c ")) << "in the container of its own pod there";
    EXPECT_THAT(web.cluster.scripts[0], HasSubstr("http://10.244.1.3:80/"));
    EXPECT_THAT(web.cluster.scripts[1], StartsWith("worker: "));
    EXPECT_THAT(web.cluster.scripts[1], HasSubstr("http://10.244.0.4:80/"));
}

TEST(PodToPod, MakesItsPodsBeforeItsTurnComes) {
    Web web;
    Checker checker(web.cluster, web.settings);
    checker.prepare({{"http", {}}, {"pod-to-pod", {}}}, web.context());
    EXPECT_THAT(web.cluster.created, SizeIs(2));
    EXPECT_TRUE(web.cluster.scripts.empty());
    EXPECT_TRUE(web.run(checker, "pod-to-pod").passed());
    EXPECT_THAT(web.cluster.created, SizeIs(2));
}

TEST(PodToPod, LeavesItsPodsToTheEvidenceUntilToldToCleanUp) {
    Web web;
    Checker checker(web.cluster, web.settings);
    EXPECT_TRUE(web.run(checker, "pod-to-pod").passed());
    EXPECT_THAT(web.cluster.removed, IsEmpty());
    checker.clean_up(web.context());
    EXPECT_THAT(web.cluster.removed, SizeIs(2));
}

TEST(PodToPod, RemovesItsPodsBeforeAnotherOfItsKindMakesSuch) {
    Web web;
    Checker checker(web.cluster, web.settings);
    checker.prepare({{"pod-to-pod", {}}, {"pod-to-pod", {{"image", "other"}}}}, web.context());
    EXPECT_THAT(web.cluster.created, SizeIs(2));
    EXPECT_TRUE(web.run(checker, "pod-to-pod").passed());
    EXPECT_TRUE(web.run(checker, "pod-to-pod", {{"image", "other"}}).passed());
    EXPECT_THAT(web.cluster.removed, SizeIs(2));
    EXPECT_THAT(web.cluster.created, SizeIs(4));
}

TEST(PodToPod, RemovesThePodsOfACheckThatNeverGotItsTurn) {
    Web web;
    Checker checker(web.cluster, web.settings);
    checker.prepare({{"pod-to-pod", {}}}, web.context());
    checker.clean_up(web.context());
    EXPECT_THAT(web.cluster.removed, SizeIs(2));
}

TEST(PodToPod, AsksAServerThatIsGoneOnlyOnceToRemoveItsPods) {
    Web web;
    web.cluster.on_remove = [](const std::string&, const Context&) { return unreachable("connection refused"); };
    EXPECT_TRUE(web.run("pod-to-pod").passed());
    EXPECT_THAT(web.cluster.removed, SizeIs(1));
}

TEST(PodToPod, WaitsOnlySecondsForTheRemovalOfItsPodsWhenTheRunIsStopped) {
    Web web;
    web.settings.host_factor = 3;
    std::vector<Duration> limits;
    web.cluster.on_remove = [&](const std::string&, const Context& context) {
        limits.push_back(context.deadline - context.clock->now());
        return unreachable("timed out");
    };
    Checker checker(web.cluster, web.settings);
    checker.prepare({{"pod-to-pod", {}}}, web.context());
    web.stop.request_stop();
    checker.clean_up(web.context());
    EXPECT_THAT(limits, ElementsAre(Le(std::chrono::seconds{5})));
}

TEST(PodToPod, RemovesItsPodsHoweverItEnds) {
    Web web;
    web.cluster.on_run = [](const std::string&, const std::string&) { return fails("no route to host"); };
    const auto verdict = web.run("pod-to-pod", {{"timeout", "10s"}});
    EXPECT_EQ(verdict.outcome, Outcome::failed);
    EXPECT_THAT(verdict.last_seen,
                HasSubstr("no answer from 10.244.1.3:80 (worker) to a pod on master: no route to host"));
    EXPECT_THAT(web.cluster.removed, SizeIs(2));
    EXPECT_THAT(web.cluster.removed, Each(HasSubstr("gracePeriodSeconds=0")));
}

// What a telling_script() prints.
NodeRun told(int exit_code, const std::string& said) {
    return prints(said + "\ncrib-exit " + std::to_string(exit_code) + "\n");
}

TEST(PodToPod, SaysWhoGotNoAnswerFromWhomAndLeavesTheScriptToTheRecord) {
    Web web;
    web.cluster.on_run = [](const std::string&, const std::string&) { return told(124, ""); };
    const auto verdict = web.run("pod-to-pod", {{"timeout", "30s"}});
    EXPECT_EQ(verdict.last_seen,
              "no answer from 10.244.1.3:80 (worker) to a pod on master within 10 s; "
              "no answer from 10.244.0.4:80 (master) to a pod on worker within 10 s");
    EXPECT_THAT(web.seen, SizeIs(1)) << "it is the same each time";
    EXPECT_THAT(verdict.ran, HasSubstr("on node master, exited with 0:\nexec crictl exec --sync "));
    EXPECT_THAT(verdict.ran, HasSubstr("on node worker"));
    EXPECT_THAT(verdict.ran, HasSubstr("crib-exit 124"));
}

TEST(PodToPod, SaysWhatCrictlSaidWithoutTheScript) {
    Web web;
    web.cluster.on_run = [](const std::string&, const std::string& script) {
        const auto message =
            "execing command in container 01 synchronously: command '" + script + "' exited with 126: no such file";
        return fails("level=fatal msg=" + nlohmann::json(message).dump());
    };
    EXPECT_THAT(web.run("pod-to-pod", {{"timeout", "10s"}}).last_seen,
                testing::EndsWith("to a pod on worker: exited with 126: no such file"));
}

TEST(PodToPod, HasNothingForTheRecordWhenAllWentWell) {
    Web web;
    EXPECT_EQ(web.run("pod-to-pod").ran, "");
}

TEST(PodToPod, TriesAgainOnlyTheWayThatDidNotWork) {
    Web web;
    int tries = 0;
    web.cluster.on_run = [&](const std::string& node, const std::string&) {
        return node == "worker" && ++tries < 3 ? fails("timed out") : prints(kPage);
    };
    EXPECT_TRUE(web.run("pod-to-pod").passed());
    EXPECT_THAT(web.cluster.scripts, SizeIs(4));
}

TEST(PodToPod, MakesItsPodsAgainWhenTheServerWasNotReadyForThem) {
    Web web;
    int tries = 0;
    web.cluster.on_create = [&](const std::string&, const std::string& json) {
        return ++tries == 1 ? status(403, "serviceaccount \"default\" not found") : body(json);
    };
    EXPECT_TRUE(web.run("pod-to-pod").passed());
    EXPECT_EQ(tries, 3);
}

TEST(PodToPod, TakesPodsThatAnEarlierTryLeft) {
    Web web;
    web.cluster.on_create = [](const std::string&, const std::string&) { return status(409, "already exists"); };
    EXPECT_TRUE(web.run("pod-to-pod").passed());
    EXPECT_THAT(web.cluster.removed, SizeIs(2));
}

TEST(PodToPod, FailsAtOnceOnAClusterOfOneNode) {
    Web web;
    web.cluster.node_names = {"master"};
    const auto verdict = web.run("pod-to-pod");
    EXPECT_EQ(verdict.outcome, Outcome::failed);
    EXPECT_EQ(verdict.took, Duration::zero());
    EXPECT_THAT(verdict.summary, HasSubstr("one node only"));
}

TEST(DnsCheck, ComparesWithTheAddressOfTheService) {
    Web web;
    web.cluster.on_run = [](const std::string&, const std::string&) {
        return prints("10.96.0.1       STREAM kubernetes.default.svc.cluster.local\n10.96.0.1       DGRAM\n");
    };
    const auto verdict = web.run("dns");
    EXPECT_TRUE(verdict.passed()) << verdict.summary;
    EXPECT_EQ(verdict.summary,
              "pod default/nginx on node worker resolves kubernetes.default.svc.cluster.local to 10.96.0.1");
    EXPECT_THAT(web.cluster.scripts[0], StartsWith("worker: ")) << "where the pod runs";
    EXPECT_THAT(web.cluster.scripts[0], HasSubstr("1eef sh -c "));
}

TEST(DnsCheck, FailsOnAnotherAddress) {
    Web web;
    web.cluster.on_run = [](const std::string&, const std::string&) { return prints("127.0.53.53 STREAM\n"); };
    EXPECT_THAT(web.run("dns", {{"timeout", "10s"}}).last_seen, HasSubstr("to 127.0.53.53, not 10.96.0.1"));
}

TEST(DnsCheck, SaysThatNobodyAnswered) {
    Web web;
    web.cluster.on_run = [](const std::string&, const std::string&) { return told(124, ""); };
    EXPECT_EQ(web.run("dns", {{"timeout", "10s"}}).last_seen,
              "pod default/nginx on node worker cannot resolve kubernetes.default.svc.cluster.local within 10 s");
}

TEST(DnsCheck, SaysWhyANameDoesNotResolve) {
    Web web;
    web.cluster.on_run = [](const std::string&, const std::string&) {
        return fails("command terminated with exit code 2");
    };
    const auto verdict = web.run("dns", {{"timeout", "10s"}});
    EXPECT_EQ(verdict.outcome, Outcome::failed);
    EXPECT_THAT(verdict.last_seen, HasSubstr("cannot resolve kubernetes.default.svc.cluster.local"));
    EXPECT_THAT(verdict.last_seen, HasSubstr("exit code 2"));
}

}  // namespace
}  // namespace crib::check
