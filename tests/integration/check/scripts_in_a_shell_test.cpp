// The checks' scripts in a real shell, against a real web server on loopback.

#include "harness/base/file.h"
#include "harness/check/detail/scripts.h"
#include "harness/process/boost_runner.h"

#include <gmock/gmock.h>
#include <httplib.h>

#include <thread>

namespace crib::check::detail {
namespace {

using testing::HasSubstr;

class ScriptsInAShell : public testing::Test {
protected:
    ScriptsInAShell() : folder_(std::filesystem::temp_directory_path(), "crib-scripts-") {
        web_.Get("/", [](const httplib::Request&, httplib::Response& response) {
            response.set_content("<h1>Welcome to nginx!</h1>", "text/html");
        });
        port_ = web_.bind_to_any_port("127.0.0.1");
        thread_ = std::thread([this] { web_.listen_after_bind(); });
        while (!web_.is_running()) std::this_thread::yield();
    }
    ~ScriptsInAShell() override {
        web_.stop();
        thread_.join();
    }

    // A folder as PATH that has only these of the system's programs.
    std::string path_with(const std::vector<std::string>& programs) {
        const auto bin = folder_.path() / "bin";
        make_folder(bin);
        for (const auto& program : programs) std::filesystem::create_symlink("/usr/bin/" + program, bin / program);
        return bin;
    }
    void add_program(const std::string& name, const std::string& text) {
        write_file(folder_.path() / "bin" / name, text, 0755);
    }

    process::Result run(const std::string& script, const std::string& path) {
        process::Command command;
        command.program = "/bin/sh";
        command.args = {"-c", script};
        command.env["PATH"] = path;
        return runner_.run(command, Context::with_clock(clock_).with_timeout(std::chrono::seconds{20}));
    }

    SystemClock clock_;
    process::BoostRunner runner_;
    TempFolder folder_;
    httplib::Server web_;
    int port_ = 0;
    std::thread thread_;
};

TEST_F(ScriptsInAShell, FetchAPageWithCurlWhereThereIsNoBash) {
    if (!std::filesystem::exists("/usr/bin/curl")) GTEST_SKIP() << "this machine has no curl";
    const auto result = run(fetch_script({"127.0.0.1", port_, "/"}), path_with({"curl"}));
    const auto answer = parse_web_answer(result.out);
    ASSERT_TRUE(answer.has_value()) << result.err;
    EXPECT_EQ(answer->status, 200);
    EXPECT_EQ(answer->body, "<h1>Welcome to nginx!</h1>");
}

TEST_F(ScriptsInAShell, FetchAPageWithBashAlone) {
    const auto result = run(fetch_script({"127.0.0.1", port_, "/"}), path_with({"bash", "cat", "timeout"}));
    const auto answer = parse_web_answer(result.out);
    ASSERT_TRUE(answer.has_value()) << result.err;
    EXPECT_EQ(answer->status, 200);
    EXPECT_EQ(answer->body, "<h1>Welcome to nginx!</h1>");
}

TEST_F(ScriptsInAShell, FailWithTheReasonWhenNobodyListens) {
    web_.stop();
    const auto result = run(fetch_script({"127.0.0.1", 1, "/"}), path_with({"bash", "cat", "timeout"}));
    EXPECT_FALSE(result.ok());
    EXPECT_THAT(result.err, HasSubstr("refused"));
}

TEST_F(ScriptsInAShell, RunInAContainer) {
    const auto path = path_with({"sh"});
    add_program("crictl",
                "#!/bin/sh\n"
                "[ \"$1 $2 $3\" = 'exec --sync 0123abcd' ] || exit 9\n"
                "shift 3; exec \"$@\"\n");
    const auto result = run(in_container_script("0123abcd", "echo \"it's\" 'in'"), path);
    EXPECT_EQ(result.out, "it's in\n") << result.err;
}

TEST_F(ScriptsInAShell, TellHowTheyEndedWhateverThatWas) {
    const auto path = path_with({"bash", "cat", "timeout"});
    const auto refused = run(telling_script(fetch_script({"127.0.0.1", 1, "/"})), path);
    ASSERT_TRUE(refused.ok());
    const auto told = parse_told(refused.out);
    ASSERT_TRUE(told.has_value()) << refused.out;
    EXPECT_NE(told->exit_code, 0);
    EXPECT_THAT(told->said, HasSubstr("refused"));
    const auto page = parse_told(run(telling_script(fetch_script({"127.0.0.1", port_, "/"})), path).out);
    ASSERT_TRUE(page.has_value());
    EXPECT_EQ(page->exit_code, 0);
    EXPECT_EQ(parse_web_answer(page->said)->body, "<h1>Welcome to nginx!</h1>");
}

TEST_F(ScriptsInAShell, ResolveANameToItsAddressFirst) {
    const auto result = run(resolve_script("localhost"), "/usr/bin:/bin");
    EXPECT_TRUE(result.ok()) << result.err;
    EXPECT_EQ(result.out.rfind("127.0.0.1", 0), 0U) << result.out;
}

}  // namespace
}  // namespace crib::check::detail
