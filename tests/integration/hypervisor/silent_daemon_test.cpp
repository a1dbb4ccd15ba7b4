// libvirt's client against a daemon that accepts and says nothing.
#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/hypervisor/libvirt/connect.h"

#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <filesystem>
#include <stdexcept>
#include <stop_token>
#include <thread>

namespace crib::hypervisor {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

class ASilentDaemon : public testing::Test {
protected:
    void SetUp() override {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        ASSERT_LT(socket.size(), sizeof address.sun_path);
        socket.copy(address.sun_path, socket.size());
        ASSERT_EQ(::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
        ASSERT_EQ(::listen(listener.get(), 8), 0);
    }
    Error error_of_connecting(Duration longest_answer, const Context& limited) {
        ConnectOptions options;
        options.uri = uri;
        options.longest_answer = longest_answer;
        try {
            (void)connect(options, limited);
        } catch (const Error& error) {
            return error;
        }
        throw std::logic_error("it answered");
    }

    TempFolder folder{fs::temp_directory_path(), "crib-test"};
    std::string socket = (folder.path() / "s").string();
    std::string uri = "qemu+unix:///system?socket=" + socket;
    UniqueFd listener{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    SystemClock clock;
    Context context = Context::with_clock(clock);
};

TEST_F(ASilentDaemon, IsNotWaitedForForEver) {
    const auto error = error_of_connecting(200ms, context);
    EXPECT_EQ(error.kind(), ErrorKind::environment);
    EXPECT_THAT(error.what(), HasSubstr(uri + " has not answered within "));
    EXPECT_THAT(error.hint(), AllOf(HasSubstr(socket), HasSubstr("systemctl status libvirtd")));
}

TEST_F(ASilentDaemon, IsLeftWhenTheUserWantsToStop) {
    std::stop_source stop;
    UniqueFd asks;  // a closed one would end this process by SIGPIPE, which crib itself ignores
    const std::jthread user([&] {
        asks = UniqueFd(::accept(listener.get(), nullptr, nullptr));
        stop.request_stop();
    });
    const auto error = error_of_connecting(1h, context.with_stop(stop.get_token()));
    EXPECT_EQ(error.kind(), ErrorKind::cancelled);
    EXPECT_THAT(error.what(), HasSubstr(uri));
}

// Each leaves a thread of libvirt's behind, which does not keep this program from ending well.
TEST_F(ASilentDaemon, CanBeAskedAgain) {
    for (int i = 0; i < 3; ++i) EXPECT_EQ(error_of_connecting(50ms, context).kind(), ErrorKind::environment);
}

TEST_F(ASilentDaemon, ThatHasEndedIsToldWithWhatToDo) {
    listener = UniqueFd();
    const auto error = error_of_connecting(20s, context);
    EXPECT_EQ(error.kind(), ErrorKind::hypervisor);
    EXPECT_THAT(error.what(), HasSubstr(socket));
    EXPECT_THAT(error.hint(), HasSubstr("the daemon of this connection"));
}

}  // namespace
}  // namespace crib::hypervisor
