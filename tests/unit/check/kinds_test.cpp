#include "harness/check/kinds.h"

#include "harness/base/error.h"
#include "harness/check/params.h"
#include "tests/unit/check/samples.h"

#include <gmock/gmock.h>

namespace crib::check {
namespace {

using testing::HasSubstr;

ParamProblem only_problem(const std::string& kind, const std::map<std::string, std::string>& params) {
    const auto problems = problems_with(kind, params);
    EXPECT_EQ(problems.size(), 1U);
    return problems.empty() ? ParamProblem{} : problems.front();
}

TEST(CheckKinds, AreEachRunnableWithTheirDefaults) {
    for (const auto& kind : known_kinds()) {
        std::map<std::string, std::string> params{{"timeout", "1s"}};
        if (kind.name == "pods-on-every-node") params = {{"timeout", "1s"}, {"namespace", "n"}, {"labels", "a=b"}};
        if (kind.name == "no-restarts") params["for"] = "1s";  // not longer than the timeout
        EXPECT_TRUE(problems_with(kind.name, params).empty()) << kind.name;
        Bench bench;
        EXPECT_EQ(bench.run(kind.name, params).outcome, Outcome::failed) << kind.name;
    }
}

TEST(CheckKinds, HaveDefaultsOfTheirOwnTypes) {
    for (const auto& kind : known_kinds()) {
        const Params params(kind.name, with_defaults(kind, {}));
        EXPECT_GT(params.duration("timeout").count(), 0) << kind.name;
        for (const auto& param : kind.params) {
            EXPECT_FALSE(param.doc.empty()) << kind.name << " " << param.name;
            if (param.type == ParamType::integer && !param.default_value.empty()) {
                EXPECT_NO_THROW((void)params.integer(param.name)) << kind.name << " " << param.name;
            }
        }
    }
}

TEST(CheckKinds, AreAllNamedToWhoeverMistypesOneTheNearestFirst) {
    const auto problem = only_problem("node-ready", {});
    EXPECT_EQ(problem.message, "unknown check \"node-ready\"");
    EXPECT_EQ(problem.hint,
              "did you mean \"nodes-ready\"? on offer: container-runtime, dns, http, no-restarts, node-versions, "
              "nodes-ready, pod-to-pod, pods-on-every-node, pods-running, shared-pid");
    EXPECT_TRUE(only_problem("weather", {}).hint.starts_with("on offer: container-runtime, dns"));
}

TEST(CheckKinds, RefuseANodeThatTheScenarioDoesNotHave) {
    const Surroundings two{{"master", "worker1"}};
    for (const auto& [kind, param] :
         {std::pair{"http", "from"}, {"container-runtime", "node"}, {"node-versions", "node"}}) {
        const auto problems = problems_with(kind, {{param, "mastr"}}, two);
        ASSERT_EQ(problems.size(), 1U) << kind;
        EXPECT_EQ(problems[0].param, param);
        EXPECT_EQ(problems[0].message, "unknown node \"mastr\"");
        EXPECT_EQ(problems[0].hint, "did you mean \"master\"? on offer: master, worker1");
        EXPECT_TRUE(problems_with(kind, {{param, "worker1"}}, two).empty()) << kind;
        EXPECT_TRUE(problems_with(kind, {{param, ""}}, two).empty()) << kind;
        EXPECT_TRUE(problems_with(kind, {{param, "any"}}).empty()) << kind;
    }
}

TEST(CheckKinds, NeedToBeToldWhatIsRightWhereNothingIsSetUpThatSaysIt) {
    const Surroundings without{{}, {{"kubernetes", "flannel"}}};
    const auto problems = problems_with("container-runtime", {}, without);
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_EQ(problems[0].message, "nothing says what is right: no version of cri-o is set up");
    EXPECT_EQ(problems[0].hint, "give \"equals\" or \"matches\"");
    EXPECT_TRUE(problems_with("container-runtime", {{"matches", "containerd://.*"}}, without).empty());
    EXPECT_TRUE(problems_with("container-runtime", {}, {{}, {{"cri-o"}}}).empty());
    EXPECT_TRUE(problems_with("node-versions", {}, without).empty());
}

TEST(CheckKinds, NameTheNearestKnownOneOfAMistypedParameter) {
    const auto problem = only_problem("pods-running", {{"namespce", "kube-system"}});
    EXPECT_EQ(problem.param, "namespce");
    EXPECT_THAT(problem.hint, HasSubstr("\"namespace\""));
}

TEST(CheckKinds, RefuseValuesOfTheWrongType) {
    EXPECT_EQ(only_problem("nodes-ready", {{"timeout", "soon"}}).param, "timeout");
    EXPECT_EQ(only_problem("http", {{"port", "http"}}).param, "port");
    EXPECT_EQ(only_problem("http", {{"port", "-1"}}).param, "port");
    EXPECT_EQ(only_problem("http", {{"via", "ingress"}}).param, "via");
    EXPECT_EQ(only_problem("container-runtime", {{"matches", "cri-o://("}}).param, "matches");
}

struct Value {
    const char* kind;
    const char* param;
    const char* value;
};

// What no cluster can ever make true.
TEST(CheckKinds, RefuseValuesThatCannotHold) {
    for (const auto& [kind, param, value] : std::vector<Value>{{"http", "port", "0"},
                                                               {"http", "port", "65536"},
                                                               {"pod-to-pod", "port", "0"},
                                                               {"http", "path", "index.html"},
                                                               {"http", "path", "/a\r\nHost: b"},
                                                               {"http", "path", "/a b"},
                                                               {"http", "service", "1web"},
                                                               {"http", "service", "Web"},
                                                               {"http", "pod", "my_pod"},
                                                               {"http", "namespace", "a.b"},
                                                               {"dns", "equals", "999.1.1.1"},
                                                               {"dns", "equals", "kubernetes"},
                                                               {"dns", "name", "a..b"},
                                                               {"dns", "name", "a b"},
                                                               {"dns", "name", "-a"},
                                                               {"node-versions", "equals", "banana"},
                                                               {"node-versions", "equals", "1.36"},
                                                               {"node-versions", "equals", "1.36.3; rm"},
                                                               {"container-runtime", "equals", "cri-o 1.36.3"},
                                                               {"container-runtime", "equals", "cri-o://"},
                                                               {"pods-running", "labels", "!!!"},
                                                               {"pods-running", "labels", "a=b=c"},
                                                               {"pods-running", "labels", "a in b"},
                                                               {"pods-running", "labels", "a,"},
                                                               {"pods-running", "at-least", "99999999999"},
                                                               {"pod-to-pod", "image", "nginx latest"},
                                                               {"nodes-ready", "timeout", "0s"},
                                                               {"nodes-ready", "timeout", "0"},
                                                               {"nodes-ready", "timeout", "5"},
                                                               {"no-restarts", "for", "10"},
                                                               {"nodes-ready", "timeout", "25h"},
                                                               {"nodes-ready", "timeout", "1000000h"},
                                                               {"nodes-ready", "timeout", "2000000000m"},
                                                               {"no-restarts", "for", "99999h"}}) {
        const auto problem = only_problem(kind, {{param, value}});
        EXPECT_EQ(problem.param, param) << kind << ' ' << value;
    }
    EXPECT_EQ(only_problem("nodes-ready", {{"timeout", "5"}}).message, "5 is a number without a unit");
    EXPECT_EQ(only_problem("pods-on-every-node", {{"namespace", "n"}, {"daemonset", "kube proxy"}}).param, "daemonset");
    EXPECT_EQ(only_problem("http", {{"via", "pod"}, {"service", "web"}}).param, "service");
}

TEST(CheckKinds, TakeWhateverMayHold) {
    for (const auto& [kind, param, value] : std::vector<Value>{
             {"http", "port", "65535"},
             {"http", "path", "/a?b=c%20d&e=\xc3\xa4"},
             {"http", "service", "web-1"},
             {"http", "pod", "web-0.x"},
             {"dns", "equals", "fd00::1"},
             {"dns", "equals", "10.96.0.1"},
             {"dns", "name", "_http._tcp.web.default.svc.cluster.local."},
             {"node-versions", "equals", "v1.36.3"},
             {"node-versions", "equals", "1.37.0-alpha.1+0123abc"},
             {"container-runtime", "equals", "cri-o://1.37.0-dev"},
             {"container-runtime", "equals", "containerd://2.1.0"},
             {"pods-running", "labels", "app=flannel"},
             {"pods-running", "labels", "app.kubernetes.io/name = web, !canary, tier in (a, b),zone notin (c),x!=y,z"},
             {"pods-running", "labels", "a=,b=="},
             {"pods-running", "at-least", "0"},
             {"nodes-ready", "timeout", "24h"},
             {"nodes-ready", "timeout", "1ms"},
             {"no-restarts", "for", "0s"},
             {"pod-to-pod", "image", "registry.example:5000/a/b_c:1.2@sha256:0123456789abcdef0123456789abcdef"},
             {"pod-to-pod", "image", "nginx"}}) {
        EXPECT_TRUE(problems_with(kind, {{param, value}}).empty())
            << kind << ' ' << value << ": " << problems_with(kind, {{param, value}}).front().message;
    }
    EXPECT_TRUE(problems_with("http", {{"via", "service"}, {"service", "web"}}).empty());
}

TEST(CheckKinds, SayOfANumberThatIsTooLargeHowLargeItMayBe) {
    const auto problem = only_problem("pods-running", {{"at-least", "99999999999"}});
    EXPECT_EQ(problem.message, "99999999999 is too large a number");
    EXPECT_EQ(problem.hint, "at most 2147483647");
    EXPECT_THAT(only_problem("http", {{"port", "99999999999"}}).message, HasSubstr("is not a port: 1 to 65535"));
    EXPECT_THAT(only_problem("http", {{"port", "-1"}}).message, HasSubstr("is not a whole number"));
    const auto time = only_problem("nodes-ready", {{"timeout", "99999999999999s"}});
    EXPECT_EQ(time.message, "99999999999999s is longer than anybody waits");
    EXPECT_EQ(time.hint, "at most 24h");
}

TEST(CheckKinds, RefuseToWaitShorterThanWhatTheyWaitFor) {
    EXPECT_EQ(only_problem("no-restarts", {{"for", "121s"}}).param, "for");
    EXPECT_EQ(only_problem("no-restarts", {{"timeout", "9s"}}).param, "timeout");
    EXPECT_EQ(only_problem("no-restarts", {{"for", "5m"}, {"timeout", "4m"}}).hint,
              "make \"timeout\" at least as long as \"for\"");
    EXPECT_TRUE(problems_with("no-restarts", {{"for", "5m"}, {"timeout", "5m"}}).empty());
}

TEST(CheckKinds, RefuseToLetPodsOfOneNodeTalk) {
    Surroundings alone;
    alone.nodes = {"master"};
    const auto problems = problems_with("pod-to-pod", {}, alone);
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_THAT(problems[0].message, HasSubstr("this scenario has one node"));
    alone.nodes.emplace_back("worker");
    EXPECT_TRUE(problems_with("pod-to-pod", {}, alone).empty());
}

TEST(CheckKinds, RefuseAPatternBeforeItsMatcherMust) {
    EXPECT_THAT(only_problem("container-runtime", {{"matches", std::string(90'000, 'a')}}).message,
                HasSubstr("too long for a regular expression"));
    EXPECT_THAT(only_problem("container-runtime", {{"matches", "cri-o(?=:).*"}}).hint, HasSubstr("no look-ahead"));
}

TEST(CheckKinds, RefuseParametersThatExcludeEachOther) {
    EXPECT_EQ(only_problem("container-runtime", {{"matches", "a"}, {"equals", "a://b"}}).param, "matches");
    EXPECT_EQ(only_problem("pods-on-every-node", {{"namespace", "kube-system"}}).param, "labels");
    EXPECT_EQ(only_problem("pods-on-every-node", {{"labels", "app=flannel"}}).param, "namespace");
}

TEST(CheckKinds, StartNothingWhenAParameterIsWrong) {
    Bench bench;
    EXPECT_THROW((void)bench.run("nodes-ready", {{"timeout", "soon"}}), Error);
    EXPECT_THROW((void)bench.run("no-such-check"), Error);
    EXPECT_TRUE(bench.cluster.got.empty());
}

TEST(CheckKinds, AreToldApartInReports) {
    EXPECT_EQ(check_id({"nodes-ready", {}}), "nodes-ready");
    EXPECT_EQ(check_id({"pods-running", {{"namespace", "kube-system"}}}), "pods-running kube-system");
    EXPECT_EQ(check_id({"pods-on-every-node", {{"namespace", "kube-flannel"}, {"labels", "app=flannel"}}}),
              "pods-on-every-node kube-flannel app=flannel");
    EXPECT_EQ(check_id({"http", {}}), "http default/nginx");
    EXPECT_EQ(check_id({"http", {{"from", "worker"}}}), "http default/nginx from worker");
    EXPECT_EQ(check_id({"http", {{"via", "service"}}}), "http service in front of default/nginx");
    EXPECT_EQ(check_id({"http", {{"service", "web"}}}), "http service default/web");
}

TEST(CheckKinds, MeanTheSameInSeveralWords) {
    const Cluster cluster{{{"kubernetes", "1.36.3"}, {"cri-o", "1.36.2"}}, "master", true};
    const auto mean_the_same = [&](const std::string& kind, const std::map<std::string, std::string>& one,
                                   const std::map<std::string, std::string>& other) {
        return meaning_of(kind, one, cluster) == meaning_of(kind, other, cluster);
    };
    EXPECT_TRUE(mean_the_same("node-versions", {{"equals", "1.36.3"}}, {{"equals", "v1.36.3"}}));
    EXPECT_TRUE(mean_the_same("node-versions", {{"equals", "1.36.3"}}, {}));
    EXPECT_TRUE(mean_the_same("container-runtime", {{"equals", "cri-o://1.36.2"}}, {{"timeout", "1m"}}));
    EXPECT_TRUE(mean_the_same("http", {{"port", "080"}}, {{"port", "80"}, {"path", "/"}}));
    EXPECT_TRUE(mean_the_same("http", {{"service", "nginx"}}, {{"service", "nginx"}, {"via", "service"}}));
    EXPECT_TRUE(mean_the_same("no-restarts", {{"allow", "00"}, {"for", "60s"}}, {{"for", "1m"}}));
    EXPECT_FALSE(mean_the_same("node-versions", {{"equals", "1.36.2"}}, {}));
    EXPECT_FALSE(mean_the_same("container-runtime", {{"matches", "cri-o://.*"}}, {}));
    EXPECT_FALSE(mean_the_same("http", {{"via", "service"}}, {}));
    EXPECT_FALSE(mean_the_same("dns", {{"name", "a"}}, {{"name", "b"}}));
}

TEST(CheckKinds, MeanTheSameWithTheirDefaultsWrittenOutOrLeftEmpty) {
    const Cluster cluster{{{"kubernetes", "1.36.3"}, {"cri-o", "1.36.2"}}, "master", true};
    for (const auto& kind : known_kinds()) {
        const auto without = meaning_of(kind.name, {}, cluster);
        for (const auto& info : kind.params) {
            EXPECT_EQ(meaning_of(kind.name, {{info.name, info.default_value}}, cluster), without)
                << kind.name << " " << info.name;
            EXPECT_EQ(meaning_of(kind.name, {{info.name, ""}}, cluster), without) << kind.name << " " << info.name;
        }
    }
}

TEST(CheckKinds, MeanTheSameWithTheNodeNamedThatTheyAskAnyway) {
    const Cluster two_nodes{{}, "master", true};
    const Cluster one_node{{}, "master", false};
    EXPECT_EQ(meaning_of("http", {{"from", "master"}}, two_nodes), meaning_of("http", {}, two_nodes));
    EXPECT_NE(meaning_of("http", {{"from", "worker"}}, two_nodes), meaning_of("http", {}, two_nodes));
    for (const auto* kind : {"container-runtime", "node-versions", "shared-pid"}) {
        EXPECT_EQ(meaning_of(kind, {{"node", "master"}}, one_node), meaning_of(kind, {}, one_node)) << kind;
        EXPECT_NE(meaning_of(kind, {{"node", "master"}}, two_nodes), meaning_of(kind, {}, two_nodes)) << kind;
    }
}

TEST(CheckKinds, MeanTheSameWithWhatNothingUses) {
    using Params = std::map<std::string, std::string>;
    const auto mean_the_same = [](const std::string& kind, const Params& one, const Params& other) {
        return meaning_of(kind, one, {}) == meaning_of(kind, other, {});
    };
    EXPECT_TRUE(mean_the_same("http", {{"service", "web"}, {"pod", "a"}}, {{"service", "web"}}));
    EXPECT_FALSE(mean_the_same("http", {{"pod", "a"}}, {}));
    EXPECT_TRUE(mean_the_same("pod-to-pod", {{"image", "web:1"}, {"pod", "a"}}, {{"image", "web:1"}, {"port", "80"}}));
    EXPECT_FALSE(mean_the_same("pod-to-pod", {{"port", "80"}}, {})) << "the pod may declare another";
}

TEST(CheckParams, ReadTimesWithTheirUnits) {
    EXPECT_EQ(parse_duration("90s"), std::chrono::seconds{90});
    EXPECT_EQ(parse_duration("3m"), std::chrono::minutes{3});
    EXPECT_EQ(parse_duration("500ms"), std::chrono::milliseconds{500});
    EXPECT_EQ(parse_duration("1h"), std::chrono::hours{1});
    EXPECT_EQ(parse_duration("99999999999999s"), std::chrono::hours{8766}) << "longer than any limit";
    for (const auto* wrong : {"", "s", "3 m", "-3s", "3d", "45", "0"}) {
        EXPECT_FALSE(parse_duration(wrong).has_value()) << wrong;
    }
}

}  // namespace
}  // namespace crib::check
