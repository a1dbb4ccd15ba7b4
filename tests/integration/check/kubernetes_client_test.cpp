#include "harness/check/kubernetes_client.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "tests/integration/check/api_server.h"

#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdlib>
#include <thread>

namespace crib::check {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;

class KubernetesClientTest : public testing::Test {
protected:
    [[nodiscard]] Context within(Duration timeout) { return Context::with_clock(clock_).with_timeout(timeout); }
    [[nodiscard]] KubernetesClient client_of(const test::ApiServer& server) {
        return {server.admin(), {server.port(), "kubernetes"}};
    }
    // How long `body` took.
    template <typename Body>
    Duration time(Body&& body) {
        const auto start = clock_.now();
        body();
        return clock_.now() - start;
    }

    SystemClock clock_;
};

// A listening socket on loopback.
struct Listener {
    Listener() : fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        ::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), size);
        ::listen(fd.get(), 4);
        ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size);
        port = ntohs(address.sin_port);
    }
    UniqueFd fd;
    std::uint16_t port = 0;
};

TEST_F(KubernetesClientTest, ReadsWithTheAdministratorsCertificate) {
    const test::ApiServer server;
    auto client = client_of(server);
    const auto answer = client.get("/api/v1/nodes?limit=5", within(seconds{10}));
    EXPECT_EQ(answer.kind, Answer::Kind::body) << answer.describe();
    EXPECT_EQ(answer.text, R"({"kind":"NodeList","items":[]})");
    EXPECT_EQ(server.last_query(), "/api/v1/nodes?limit=5");
}

TEST_F(KubernetesClientTest, IsRefusedWithACertificateOfAnotherAuthority) {
    const test::ApiServer server;
    auto admin = server.admin();
    const auto stranger = test::issue(test::make_authority("stranger"), "kubernetes-admin", "");
    admin.client_certificate = stranger.certificate;
    admin.client_key = stranger.key;
    KubernetesClient client(admin, {server.port(), "kubernetes"});
    EXPECT_EQ(client.get("/api/v1/nodes", within(seconds{10})).kind, Answer::Kind::unreachable);
}

TEST_F(KubernetesClientTest, TrustsNoServerOfAnotherAuthority) {
    const test::ApiServer server;
    auto admin = server.admin();
    admin.authority = test::make_authority("kubernetes").certificate;
    KubernetesClient client(admin, {server.port(), "kubernetes"});
    const auto answer = client.get("/api/v1/nodes", within(seconds{10}));
    EXPECT_EQ(answer.kind, Answer::Kind::unreachable);
    EXPECT_THAT(answer.text, HasSubstr("no TLS with it"));
    EXPECT_THAT(answer.if_it_lasts, HasSubstr("another cluster's"));
}

// The ports of a virtual machine are open before its API server is.
TEST_F(KubernetesClientTest, SaysNothingOfAnotherClusterWhereConnectionsAreCut) {
    const test::ApiServer server;  // for its files
    const Listener listener;
    const std::jthread cutter([&] {
        const UniqueFd connection(::accept(listener.fd.get(), nullptr, nullptr));
        char hello = 0;
        (void)::recv(connection.get(), &hello, 1, 0);  // the rest is unread: it is reset
    });
    KubernetesClient client(server.admin(), {listener.port, "kubernetes"});
    const auto answer = client.get("/api/v1/nodes", within(seconds{10}));
    EXPECT_EQ(answer.kind, Answer::Kind::unreachable);
    EXPECT_THAT(answer.text, HasSubstr("it ends connections before it says anything: "));
    EXPECT_EQ(answer.if_it_lasts, "");
}

TEST_F(KubernetesClientTest, TrustsNoServerOfAnotherName) {
    const test::ApiServer server("DNS:etcd,IP:127.0.0.1");
    auto client = client_of(server);
    const auto answer = client.get("/api/v1/nodes", within(seconds{10}));
    EXPECT_EQ(answer.kind, Answer::Kind::unreachable);
    EXPECT_THAT(answer.text, HasSubstr("certificate"));
}

TEST_F(KubernetesClientTest, GivesTheServersMessageWithItsStatus) {
    const test::ApiServer server;
    auto client = client_of(server);
    const auto answer = client.get("/missing", within(seconds{10}));
    EXPECT_EQ(answer.kind, Answer::Kind::status);
    EXPECT_EQ(answer.describe(), "404 pods \"nginx\" not found");
}

TEST_F(KubernetesClientTest, MakesAndRemovesObjects) {
    const test::ApiServer server;
    auto client = client_of(server);
    EXPECT_EQ(client.create("/echo", R"({"a":1})", within(seconds{10})).text, R"(application/json {"a":1})");
    EXPECT_EQ(client.remove("/echo", within(seconds{10})).text, "deleted");
    EXPECT_EQ(client.get("/api/v1/nodes", within(seconds{10})).status, 200);
}

TEST_F(KubernetesClientTest, CallsAClosedPortUnreachable) {
    std::uint16_t port = 0;
    {
        const Listener listener;
        port = listener.port;
    }
    const test::ApiServer server;
    KubernetesClient client(server.admin(), {port, "kubernetes"});
    const auto answer = client.get("/api/v1/nodes", within(seconds{10}));
    EXPECT_EQ(answer.kind, Answer::Kind::unreachable);
    EXPECT_THAT(answer.describe(), HasSubstr("unreachable: "));
}

TEST_F(KubernetesClientTest, CallsAForwardThatIsResetUnreachable) {
    const Listener listener;
    std::thread accept([&] {
        const UniqueFd peer(::accept(listener.fd.get(), nullptr, nullptr));
        const linger now{1, 0};
        ::setsockopt(peer.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
    });
    const test::ApiServer server;
    KubernetesClient client(server.admin(), {listener.port, "kubernetes"});
    EXPECT_EQ(client.get("/api/v1/nodes", within(seconds{10})).kind, Answer::Kind::unreachable);
    accept.join();
}

TEST_F(KubernetesClientTest, GivesUpAtItsDeadline) {
    const test::ApiServer server;
    auto client = client_of(server);
    Answer answer;
    const auto took = time([&] { answer = client.get("/slow", within(milliseconds{300})); });
    EXPECT_EQ(answer.kind, Answer::Kind::unreachable);
    EXPECT_THAT(answer.text, HasSubstr("no answer within"));
    EXPECT_GE(took, milliseconds{300});
    EXPECT_LT(took, seconds{5});
}

TEST_F(KubernetesClientTest, StopsAtOnceWhenAsked) {
    const test::ApiServer server;
    auto client = client_of(server);
    std::stop_source stop;
    std::thread later([&] {
        std::this_thread::sleep_for(milliseconds{100});
        stop.request_stop();
    });
    const auto took = time([&] {
        try {
            (void)client.get("/slow", within(seconds{30}).with_stop(stop.get_token()));
            ADD_FAILURE() << "not cancelled";
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::cancelled);
        }
    });
    later.join();
    EXPECT_LT(took, seconds{5});
}

TEST_F(KubernetesClientTest, RefusesABodyThatWouldFillTheMemory) {
    const test::ApiServer server;
    auto client = client_of(server);
    const auto answer = client.get("/big", within(seconds{30}));
    EXPECT_EQ(answer.kind, Answer::Kind::unreachable);
    EXPECT_THAT(answer.text, HasSubstr("more than 64 MiB"));
}

TEST_F(KubernetesClientTest, DeliversAStreamLineByLineUntilItHasSeenEnough) {
    const test::ApiServer server;
    auto client = client_of(server);
    int lines = 0;
    const auto answer = client.stream(
        "/watch",
        [&](std::string_view line) {
            EXPECT_EQ(line, R"({"type":"MODIFIED"})");
            return ++lines < 3;
        },
        within(seconds{10}));
    EXPECT_TRUE(answer.ok()) << answer.describe();
    EXPECT_EQ(lines, 3);
}

TEST_F(KubernetesClientTest, EndsAStreamAtTheDeadlineWithoutAnError) {
    const test::ApiServer server;
    auto client = client_of(server);
    const auto answer = client.stream(
        "/quiet", [](std::string_view) { return true; }, within(milliseconds{300}));
    EXPECT_TRUE(answer.ok()) << answer.describe();
}

TEST_F(KubernetesClientTest, SaysThatAStreamWasRefused) {
    const test::ApiServer server;
    auto client = client_of(server);
    int lines = 0;
    const auto answer = client.stream(
        "/missing",
        [&](std::string_view) {
            ++lines;
            return true;
        },
        within(seconds{10}));
    EXPECT_EQ(answer.status, 404);
    EXPECT_EQ(lines, 0) << "an error is no event";
}

TEST_F(KubernetesClientTest, IgnoresTheProxyOfTheEnvironment) {
    ::setenv("https_proxy", "http://127.0.0.1:1", 1);
    const test::ApiServer server;
    auto client = client_of(server);
    EXPECT_TRUE(client.get("/api/v1/nodes", within(seconds{10})).ok());
    ::unsetenv("https_proxy");
}

TEST_F(KubernetesClientTest, AnswersSeveralThreadsAtOnce) {
    const test::ApiServer server;
    auto client = client_of(server);
    std::atomic<int> good = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            for (int n = 0; n < 10; ++n) {
                const auto answer = client.get("/api/v1/nodes", within(seconds{20}));
                EXPECT_TRUE(answer.ok()) << answer.describe();
                good += answer.ok() ? 1 : 0;
            }
        });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(good, 40);
}

TEST(PercentEncode, KeepsOnlyWhatAQueryMayHold) {
    EXPECT_EQ(percent_encode("app=flannel,tier!=x/y"), "app%3Dflannel%2Ctier%21%3Dx%2Fy");
    EXPECT_EQ(percent_encode("kube-system_1.2~"), "kube-system_1.2~");
}

}  // namespace
}  // namespace crib::check
