#include "harness/fetch/download.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/sha256.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <httplib.h>
#include <sys/resource.h>
#include <atomic>
#include <csignal>
#include <filesystem>
#include <thread>

namespace crib::fetch {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

// A server on loopback with one file of a megabyte; it counts requests, and can break off.
class DownloadTest : public testing::Test {
protected:
    DownloadTest() {
        for (std::size_t i = 0; i < (1U << 20U); ++i) body_.push_back(static_cast<char>(i * 31U >> 3U));
        server_.Get("/disk.qcow2", [this](const httplib::Request& request, httplib::Response& response) {
            ++requests_;
            asked_range_ = asked_range_ || request.has_header("Range");
            if (slow_) {
                response.set_content_provider(body_.size(), "application/octet-stream",
                                              [this](std::size_t offset, std::size_t, httplib::DataSink& sink) {
                                                  std::this_thread::sleep_for(std::chrono::milliseconds(100));
                                                  return slow_ && sink.write(body_.data() + offset, 1);
                                              });
                return;
            }
            if (cut_at_ == 0) {
                response.set_content(body_, "application/octet-stream");
                return;
            }
            const std::size_t cut = cut_at_;
            response.set_content_provider(body_.size(), "application/octet-stream",
                                          [this, cut](std::size_t, std::size_t, httplib::DataSink& sink) {
                                              sink.write(body_.data(), cut);
                                              return false;
                                          });
        });
        port_ = server_.bind_to_any_port("127.0.0.1");
        thread_ = std::thread([this] { server_.listen_after_bind(); });
        while (!server_.is_running()) std::this_thread::yield();
    }

    ~DownloadTest() override {
        slow_ = false;
        server_.stop();
        thread_.join();
    }

    [[nodiscard]] std::string url(const std::string& path = "/disk.qcow2") const {
        return fmt::format("http://127.0.0.1:{}{}", port_, path);
    }

    [[nodiscard]] fs::path target() const { return folder_.path() / "disk.qcow2"; }
    [[nodiscard]] fs::path partial() const { return folder_.path() / "disk.qcow2.partial"; }

    std::string failure(const std::string& from, const std::string& sum) {
        try {
            download({.url = from, .sha256 = sum, .blame = ErrorKind::image, .stall = stall_}, target(), {},
                     Context::with_clock(clock_));
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::image);
            return error.what();
        }
        return "downloaded";
    }

    TempFolder folder_{fs::temp_directory_path()};
    SystemClock clock_;
    StallLimit stall_;
    std::string body_;
    httplib::Server server_;
    std::thread thread_;
    int port_ = 0;
    std::atomic<int> requests_ = 0;
    std::atomic<bool> asked_range_ = false;
    std::atomic<bool> slow_ = false;
    std::atomic<std::size_t> cut_at_ = 0;
};

TEST_F(DownloadTest, FetchesAFileThatVerifies) {
    std::uint64_t last = 0;
    download(
        {.url = url(), .sha256 = sha256_hex(body_)}, target(), [&](std::uint64_t now, std::uint64_t) { last = now; },
        Context::with_clock(clock_));
    EXPECT_EQ(read_file(target()), body_);
    EXPECT_EQ(last, body_.size());
    EXPECT_FALSE(fs::exists(partial()));
}

TEST_F(DownloadTest, ReadsAFileUrl) {
    write_file(folder_.path() / "source", body_);
    download({.url = "file://" + (folder_.path() / "source").string(), .sha256 = sha256_hex(body_)}, target(), {},
             Context::with_clock(clock_));
    EXPECT_EQ(read_file(target()), body_);
}

TEST_F(DownloadTest, GoesOnWhereACutDownloadStopped) {
    cut_at_ = 300000;
    const std::string reason = failure(url(), sha256_hex(body_));
    EXPECT_THAT(reason, HasSubstr("downloading " + url()));
    EXPECT_THAT(reason, HasSubstr("300 000 of 1 048 576 bytes came"));
    EXPECT_FALSE(fs::exists(target()));
    ASSERT_EQ(fs::file_size(partial()), 300000U);
    cut_at_ = 0;
    download({.url = url(), .sha256 = sha256_hex(body_)}, target(), {}, Context::with_clock(clock_));
    EXPECT_TRUE(asked_range_);
    EXPECT_EQ(read_file(target()), body_);
}

TEST_F(DownloadTest, StartsAgainWhenWhatIsThereIsNotTheFilesBeginning) {
    write_file(partial(), "something else");
    download({.url = url(), .sha256 = sha256_hex(body_)}, target(), {}, Context::with_clock(clock_));
    EXPECT_EQ(read_file(target()), body_);
}

TEST_F(DownloadTest, StartsAgainWhenMoreIsThereThanTheServerHas) {
    write_file(partial(), body_ + body_);
    download({.url = url(), .sha256 = sha256_hex(body_)}, target(), {}, Context::with_clock(clock_));
    EXPECT_EQ(read_file(target()), body_);
}

TEST_F(DownloadTest, AFileWithAnotherSumIsRemovedAndBothSumsAreNamed) {
    const std::string wanted(64, 'a');
    const std::string reason = failure(url(), wanted);
    EXPECT_THAT(reason, HasSubstr("does not verify"));
    EXPECT_THAT(reason, HasSubstr(wanted));
    EXPECT_THAT(reason, HasSubstr(sha256_hex(body_)));
    EXPECT_FALSE(fs::exists(target()));
    EXPECT_FALSE(fs::exists(partial()));
}

TEST_F(DownloadTest, AFileThatIsNotThereIsTheServersWord) {
    EXPECT_THAT(failure(url("/missing"), std::string(64, 'a')), HasSubstr("the server answered 404 Not Found"));
    EXPECT_THAT(failure("file:///nonexistent/disk", std::string(64, 'a')), HasSubstr("/nonexistent/disk"));
}

TEST_F(DownloadTest, AStoppedDownloadIsCancelledAtOnce) {
    std::stop_source stop;
    stop.request_stop();
    try {
        download({.url = url(), .sha256 = sha256_hex(body_)}, target(), {},
                 Context::with_clock(clock_).with_stop(stop.get_token()));
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::cancelled);
    }
    EXPECT_FALSE(fs::exists(target()));
}

TEST_F(DownloadTest, APageInPlaceOfTheFileIsSaidToBeOne) {
    server_.Get("/page", [](const httplib::Request&, httplib::Response& response) {
        response.set_content("<html>moved</html>", "text/html");
    });
    EXPECT_THAT(failure(url("/page"), std::string(64, 'a')), HasSubstr("an HTML page came in its place"));
}

TEST_F(DownloadTest, MoreThanTheFileShouldHaveIsNotTaken) {
    try {
        download({.url = url(), .sha256 = sha256_hex(body_), .size = 1000}, target(), {}, Context::with_clock(clock_));
        FAIL();
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("more than the 1 000 bytes"));
    }
}

TEST_F(DownloadTest, AServerThatIsTooSlowIsGivenUpWithWhatCame) {
    slow_ = true;
    stall_ = {100000, std::chrono::seconds(2)};
    const std::string reason = failure(url(), sha256_hex(body_));
    EXPECT_THAT(reason, HasSubstr("too slow: less than 100 000 bytes in 2 s"));
    EXPECT_THAT(reason, HasSubstr("of 1 048 576 bytes came"));
}

TEST_F(DownloadTest, AStopEndsASilentDownloadAtOnce) {
    slow_ = true;
    std::stop_source stop;
    std::jthread stopper([&] {
        while (requests_ == 0) std::this_thread::yield();
        stop.request_stop();
    });
    const auto before = std::chrono::steady_clock::now();
    EXPECT_THROW(download({.url = url(), .sha256 = sha256_hex(body_)}, target(), {},
                          Context::with_clock(clock_).with_stop(stop.get_token())),
                 Error);
    EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(1));
}

TEST_F(DownloadTest, AFullDiskIsNotTakenForAGoodFile) {
    // A limit on the size of files fails writes as a full disk does.
    rlimit before{};
    getrlimit(RLIMIT_FSIZE, &before);
    const auto handler = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit small{100000, before.rlim_max};
    setrlimit(RLIMIT_FSIZE, &small);
    const std::string reason = failure(url(), sha256_hex(body_));
    setrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, handler);
    EXPECT_THAT(reason, HasSubstr("cannot write " + partial().string()));
    EXPECT_FALSE(fs::exists(target()));
}

}  // namespace
}  // namespace crib::fetch
