// What a user names to be read: regular files, and nothing that could make crib wait or read on for ever.

#include "harness/base/input_file.h"

#include "harness/base/lock.h"
#include "harness/base/sha256.h"
#include "harness/base/unused.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cstring>
#include <functional>

namespace crib {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr InputKind kUsers{"a list", 10};
constexpr InputKind kOwn{"a list", 10, ErrorKind::environment};

class Input : public testing::Test {
protected:
    fs::path put(const std::string& name, const std::string& text) {
        write_file(at(name), text);
        return at(name);
    }
    [[nodiscard]] fs::path at(const std::string& name) const { return folder_.path() / name; }
    fs::path fifo() {
        EXPECT_EQ(::mkfifo(at("fifo").c_str(), 0600), 0);
        return at("fifo");
    }
    static std::string refusal(const fs::path& path, const InputKind& kind = kUsers) {
        try {
            return "read: " + read_input(path, kind);
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), kind.refusal);
            return error.what();
        }
    }
    static std::string error_of(const std::function<void()>& body) {
        try {
            body();
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::environment);
            return error.what();
        }
        return "no error";
    }

    TempFolder folder_{fs::temp_directory_path()};
};

TEST_F(Input, IsTheWholeFileAlsoThroughALink) {
    const auto file = put("file", "abc");
    fs::create_symlink("file", at("link"));
    EXPECT_EQ(read_input(file, kUsers), "abc");
    EXPECT_EQ(read_input(at("link"), kUsers), "abc");
    EXPECT_EQ(open_input(file, kUsers).bytes, 3U);
}

TEST_F(Input, OfTheKernelThatSaysNoSizeIsReadUpToItsLimit) {
    EXPECT_THAT(read_input("/proc/self/status", {"a status", 1U << 20U}), HasSubstr("Pid:"));
    EXPECT_THAT(refusal("/proc/self/status"), HasSubstr("is too large for a list: at most 10"));
}

TEST_F(Input, ThatNobodyWritesToIsRefusedAndNotWaitedFor) {
    EXPECT_EQ(refusal(fifo()), at("fifo").string() + ": is a FIFO, not a regular file");
}

TEST_F(Input, IsNoDeviceNoSocketAndNoFolder) {
    EXPECT_THAT(refusal("/dev/zero"), HasSubstr("is a device, not a regular file"));
    EXPECT_THAT(refusal(folder_.path()), HasSubstr("is a folder, not a list"));
    const UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{AF_UNIX, {}};
    std::strncpy(address.sun_path, at("s").c_str(), sizeof address.sun_path - 1);
    ASSERT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_THAT(refusal(at("s")), HasSubstr("is a socket, not a regular file"));
}

TEST_F(Input, IsNotLargerThanItsKind) {
    EXPECT_EQ(refusal(put("most", "0123456789")), "read: 0123456789");
    EXPECT_THAT(refusal(put("more", "0123456789a")), HasSubstr("more: is too large for a list: "));
}

TEST_F(Input, ThatIsNotThereIsToldFromALinkThatLeadsNowhereAndFromALoop) {
    EXPECT_THAT(refusal(at("none")), HasSubstr("none: there is no such file"));
    EXPECT_EQ(refusal("-"), "-: there is no such file; standard input is not read");
    fs::create_symlink("none", at("link"));
    EXPECT_THAT(refusal(at("link")), HasSubstr("link: is a symbolic link to none, which is not there"));
    fs::create_symlink("b", at("a"));
    fs::create_symlink("a", at("b"));
    EXPECT_THAT(refusal(at("a")), HasSubstr("a: is a loop of symbolic links"));
    EXPECT_EQ(try_open_input(at("none"), kUsers).state, OpenedInput::State::absent);
    EXPECT_EQ(try_open_input(at("a"), kUsers).state, OpenedInput::State::unfit);
}

TEST_F(Input, IsNotNamedWithAZeroByte) {
    const auto file = put("file", "abc");
    EXPECT_THAT(refusal(file.string() + std::string("\0.bak", 5)), HasSubstr("has a zero byte in its name"));
}

TEST_F(Input, OfCribsOwnIsAFaultOfTheMachineWhenItIsUnfit) {
    EXPECT_THAT(refusal(at("none"), kOwn), HasSubstr("there is no such file"));
}

// What a folder holds may be anything: whatever reads in one must not hang.
TEST_F(Input, IsNeverWaitedForByWhatReadsCribsOwnFiles) {
    const auto pipe = fifo();
    const auto refused = "cannot read " + pipe.string() + ": it is a FIFO, not a regular file";
    EXPECT_EQ(error_of([&] { (void)read_file(pipe); }), refused);
    EXPECT_EQ(error_of([&] { (void)sha256_file(pipe); }), refused);
    EXPECT_EQ(read_tail(pipe, 10), "");
    EXPECT_FALSE(FileLock::held(pipe));
    EXPECT_FALSE(FileLock::in_use(pipe));
    mark_used(pipe);
    EXPECT_THAT(error_of([&] { append_file(pipe, "x"); }), HasSubstr("cannot write " + pipe.string()));
}

}  // namespace
}  // namespace crib
