// The step nginx in a real shell, with a kubectl that is made up: it fails as often as the test says.

#include "tests/integration/provision/shell_script.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using namespace crib;
using testing::HasSubstr;
using testing::Not;

class NginxScript : public test::ShellScript {
protected:
    NginxScript() {
        program("sleep", ":");  // the script's pauses take no time
        kubectl("");
    }

    // `cases`: of a shell's case for the arguments, before those of a kubectl that always succeeds. Each call is noted.
    void kubectl(const std::string& cases) {
        program("kubectl", R"(echo "$1 $2" >>"$0.calls"
calls() { grep -c "^$1" "$0.calls"; }
case "$*" in
)" + cases + R"(
    "get --raw=/readyz") echo ok;;
    "run nginx"*) echo "pod/nginx created";;
    "wait "*) echo "pod/nginx condition met";;
    "get pod nginx"*) echo "nginx 1/1 Running";;
    *) echo "not expected: $*" >&2; exit 9;;
esac)");
    }

    process::Result run(const std::string& wait_seconds = "600") {
        return ShellScript::run("recipes/crio-kubeadm-flannel/19-nginx.sh",
                                {{"NGINX_IMAGE", "docker.io/library/nginx:debian"}, {"WAIT_SECONDS", wait_seconds}});
    }

    std::string calls() { return read_file(bin() / "kubectl.calls"); }
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
