// The step nginx in a real shell, with a kubectl that is made up: it fails as often as the test says.

#include "harness/base/file.h"
#include "harness/process/boost_runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using namespace crib;
using testing::HasSubstr;
using testing::Not;

const auto* const kScript = CRIB_SOURCE_DIR "/fixtures/recipes/crio-kubeadm-flannel/19-nginx.sh";

class NginxScript : public testing::Test {
protected:
    NginxScript() : folder_(std::filesystem::temp_directory_path(), "crib-nginx-") {
        write_file(folder_.path() / "sleep", "#!/bin/bash\n", 0755);  // the script's pauses take no time
        kubectl("");
    }

    // `cases`: of a shell's case for the arguments, before those of a kubectl that always succeeds. Each call is noted.
    void kubectl(const std::string& cases) {
        write_file(folder_.path() / "kubectl", R"(#!/bin/bash
echo "$1 $2" >>"$0.calls"
calls() { grep -c "^$1" "$0.calls"; }
case "$*" in
)" + cases + R"(
    "get --raw=/readyz") echo ok;;
    "run nginx"*) echo "pod/nginx created";;
    "wait "*) echo "pod/nginx condition met";;
    "get pod nginx"*) echo "nginx 1/1 Running";;
    *) echo "not expected: $*" >&2; exit 9;;
esac
)",
                   0755);
    }

    process::Result run(const std::string& wait_seconds = "600") {
        process::Command command;
        command.program = "/bin/bash";
        command.args = {"-euo", "pipefail", kScript};
        command.env["PATH"] = folder_.path().string() + ":/usr/bin:/bin";
        command.env["NGINX_IMAGE"] = "docker.io/library/nginx:debian";
        command.env["WAIT_SECONDS"] = wait_seconds;
        return runner_.run(command, Context::with_clock(clock_).with_timeout(std::chrono::seconds{20}));
    }

    std::string calls() { return read_file(folder_.path() / "kubectl.calls"); }

    SystemClock clock_;
    process::BoostRunner runner_;
    TempFolder folder_;
};

TEST_F(NginxScript, AsksAnApiServerThatIsNotReadyForNothingYet) {
    kubectl(R"sh("get --raw=/readyz") [ "$(calls get)" -gt 3 ] || { echo "[-]etcd-readiness failed"; exit 1; };;)sh");
    const auto result = run();
    EXPECT_TRUE(result.ok()) << result.err;
    EXPECT_THAT(result.out, HasSubstr("the API server is not ready: [-]etcd-readiness failed\npod/nginx created\n"))
        << "said once, however often it is asked";
    EXPECT_THAT(calls(), testing::StartsWith("get --raw=/readyz\nget --raw=/readyz\nget --raw=/readyz\n"
                                             "get --raw=/readyz\nrun nginx\n"));
}

TEST_F(NginxScript, FailsWithTheApiServersWordsWhereItNeverGetsReady) {
    kubectl(R"sh("get --raw=/readyz") echo "connection refused"; exit 1;;)sh");
    const auto result = run("0");
    EXPECT_EQ(result.how_it_ended(), "exited with 1");
    EXPECT_THAT(result.out, HasSubstr("the API server is not ready: connection refused"));
    EXPECT_THAT(result.err, HasSubstr("the API server is not ready after "));
    EXPECT_THAT(calls(), Not(HasSubstr("run nginx")));
}

TEST_F(NginxScript, SaysWhatThePodDoesWhileItIsWaitedFor) {
    kubectl(R"sh("wait "*) [ "$(calls wait)" -gt 2 ] || exit 1;;
    "get pod nginx --no-headers"*) echo "nginx 0/1 ContainerCreating";;)sh");
    const auto result = run();
    EXPECT_TRUE(result.ok()) << result.err;
    EXPECT_THAT(result.out, HasSubstr("created\nnginx 0/1 ContainerCreating\nnginx 1/1 Running\n"));
}

TEST_F(NginxScript, DescribesAPodThatDoesNotGetReady) {
    kubectl(R"sh("wait "*) exit 1;;
    "describe pod nginx") echo "Back-off pulling image";;)sh");
    const auto result = run("0");
    EXPECT_EQ(result.how_it_ended(), "exited with 1");
    EXPECT_THAT(result.err, HasSubstr("nginx is not Ready after "));
    EXPECT_THAT(result.err, HasSubstr("Back-off pulling image"));
}

}  // namespace
