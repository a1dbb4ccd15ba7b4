#include "harness/check/detail/reason.h"

#include <gmock/gmock.h>

namespace crib::check::detail {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

TEST(Reason, IsNoAnswerInTimeWhenTheCommandWasCutOff) {
    for (const int code : {124, 143, 28}) EXPECT_TRUE(reason_of(code, "").no_answer_in_time) << code;
    EXPECT_FALSE(reason_of(1, "").no_answer_in_time);
}

TEST(Reason, IsTheOneThatNetworksKnowWhateverStandsAroundIt) {
    EXPECT_EQ(
        reason_of(1, "fetch: connect: Connection refused\nfetch: line 1: /dev/tcp/10.244.1.5/80: Connection refused")
            .words,
        "connection refused");
    EXPECT_EQ(reason_of(7, "curl: (7) Failed to connect to 10.244.1.5 port 80: No route to host").words,
              "no route to host");
}

TEST(Reason, IsTheLastLineOtherwise) {
    EXPECT_EQ(reason_of(127, "sh: 1: exec: curl: not found\n").words, "sh: 1: exec: curl: not found");
    EXPECT_EQ(reason_of(2, " \n").words, "exit code 2");
    EXPECT_EQ(reason_of(0, "").words, "it did not say why");
}

// As crictl 1.36 prints it (cmd/crictl/exec.go; k8s.io/cri-client, pkg/remote_runtime.go).
TEST(Reason, LeavesOutTheScriptThatCrictlRepeats) {
    const auto* said =
        R"(time="2026-11-29T01:02:03Z" level=fatal msg="execing command in container 0123abcd synchronously: )"
        R"(command 'sh -c if command -v bash >/dev/null 2>&1; then\n  exec timeout 10 bash -c 'exec 3<>\"/dev/tcp/$1/$2\"' )"
        R"(fetch 10.244.1.5 80 /\nfi' exited with 126: cannot execute")";
    const auto words = reason_of(1, said).words;
    EXPECT_EQ(words, "exited with 126: cannot execute");
    const auto* gone =
        R"(time="2026-11-29T01:02:03Z" level=fatal msg="execing command in container 0123abcd synchronously: rpc error: )"
        R"(code = NotFound desc = could not find container \"0123abcd\"")";
    EXPECT_EQ(reason_of(1, gone).words, R"(rpc error: code = NotFound desc = could not find container "0123abcd")");
}

TEST(Reason, IsOneShortLineWhateverWasSaid) {
    const auto words = reason_of(1, "\x1b[2K" + std::string(5000, 'x')).words;
    EXPECT_THAT(words, SizeIs(163));
    EXPECT_THAT(words, Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace crib::check::detail
