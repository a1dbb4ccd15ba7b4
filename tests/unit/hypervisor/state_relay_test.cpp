// A machine's state for a libvirt that opens the file twice, as 11.2 and newer do.

#include "harness/hypervisor/state_relay.h"

#include "harness/base/clock.h"
#include "harness/base/fifo.h"
#include "harness/base/file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <optional>
#include <string>
#include <thread>

namespace crib::hypervisor {
namespace {

namespace fs = std::filesystem;

class ARelayedState : public testing::Test {
protected:
    void SetUp() override {
        ASSERT_EQ(::mkfifo(from_.c_str(), 0600), 0);
        relay_.emplace(from_, head_.size(), context_);
    }

    [[nodiscard]] UniqueFd open_as_libvirt() const { return UniqueFd(::open(relay_->path().c_str(), O_RDONLY)); }

    // At most so many bytes, until the end.
    static std::string read_from(const UniqueFd& fd, std::size_t most) {
        std::string all(most, '\0');
        std::size_t done = 0;
        while (done < most) {
            const auto count = ::read(fd.get(), all.data() + done, most - done);
            if (count <= 0) break;
            done += static_cast<std::size_t>(count);
        }
        all.resize(done);
        return all;
    }

    // True when all of it was taken.
    bool write_all(std::string_view text) {
        const UniqueFd fd(::open(from_.c_str(), O_WRONLY));
        while (!text.empty()) {
            const auto count = ::write(fd.get(), text.data(), text.size());
            if (count <= 0) return false;
            text.remove_prefix(static_cast<std::size_t>(count));
        }
        return true;
    }

    TempFolder folder_{fs::temp_directory_path(), "crib-relay"};
    fs::path from_ = folder_.path() / "master.state";
    std::string head_ = std::string(300'000, 'h') + "!";  // more than a pipe holds
    std::string rest_ = std::string(500'000, 'r') + ".";
    SystemClock clock_;
    Context context_ = Context::with_clock(clock_).with_timeout(std::chrono::seconds{30});
    std::optional<StateRelay> relay_;
};

TEST_F(ARelayedState, IsReadFromItsBeginningAgainByWhoOpensItAgain) {
    std::jthread writer([&] { EXPECT_TRUE(write_all(head_ + rest_)); });
    {
        const auto looks = open_as_libvirt();
        EXPECT_EQ(read_from(looks, head_.size()), head_);
    }
    const auto loads = open_as_libvirt();
    EXPECT_EQ(read_from(loads, head_.size() + rest_.size() + 1), head_ + rest_);
}

TEST_F(ARelayedState, IsAtItsEndForAReaderWhenItsWriterGivesUp) {
    std::jthread writer([&] { EXPECT_TRUE(write_all("half a head")); });
    const auto looks = open_as_libvirt();
    EXPECT_EQ(read_from(looks, head_.size()), "half a head");
}

TEST_F(ARelayedState, IsNotTakenAnyMoreWhenNobodyReadsItsRest) {
    std::jthread writer([&] {
        block_sigpipe();
        EXPECT_FALSE(write_all(head_ + rest_));
    });
    { EXPECT_EQ(read_from(open_as_libvirt(), head_.size()), head_); }
    { EXPECT_EQ(read_from(open_as_libvirt(), head_.size()), head_); }
    writer.join();
}

TEST_F(ARelayedState, IsGivenUpWhenNobodyEverReadsIt) {
    const auto fifo = relay_->path();
    relay_.reset();
    EXPECT_FALSE(fs::exists(fifo));
    EXPECT_TRUE(fs::exists(from_));
}

}  // namespace
}  // namespace crib::hypervisor
