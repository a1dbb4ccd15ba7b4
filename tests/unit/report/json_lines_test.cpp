#include "harness/report/json_lines.h"

#include "harness/base/error.h"
#include "harness/base/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <nlohmann/json.hpp>

namespace crib::report {
namespace {

using namespace std::chrono_literals;

// While it lives, no file can grow.
class FullDisk {
public:
    FullDisk() {
        std::signal(SIGXFSZ, SIG_IGN);
        ::getrlimit(RLIMIT_FSIZE, &before_);
        const rlimit none{0, before_.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &none);
    }
    ~FullDisk() { ::setrlimit(RLIMIT_FSIZE, &before_); }
    FullDisk(const FullDisk&) = delete;
    FullDisk& operator=(const FullDisk&) = delete;

private:
    rlimit before_{};
};

TEST(JsonLines, IsOneObjectALine) {
    const TempFolder folder(std::filesystem::temp_directory_path());
    const auto path = folder.path() / "events.jsonl";
    {
        JsonLines sink(path);
        sink.on({1s, {}, events::StageStarted{"boot"}});
        sink.on({2s, {}, events::StepOutput{"init", "master", false, "a \"quoted\"\nline \xFF"}});
    }
    const auto lines = split_lines(read_file(path));
    ASSERT_EQ(lines.size(), 2U);
    EXPECT_EQ(nlohmann::json::parse(lines[0])["stage"], "boot");
    EXPECT_EQ(nlohmann::json::parse(lines[1])["node"], "master");
}

TEST(JsonLines, AddsToAFileThatIsThere) {
    const TempFolder folder(std::filesystem::temp_directory_path());
    const auto path = folder.path() / "events.jsonl";
    for (int i = 0; i < 2; ++i) JsonLines(path).on({1s, {}, events::StageStarted{"boot"}});
    EXPECT_EQ(split_lines(read_file(path)).size(), 2U);
}

TEST(JsonLines, OutlivesAFullDiskAndSaysWhy) {
    const TempFolder folder(std::filesystem::temp_directory_path());
    JsonLines sink(folder.path() / "events.jsonl");
    FullDisk full;
    sink.on({1s, {}, events::StageStarted{"boot"}});
    sink.on({2s, {}, events::StageStarted{"checks"}});
    EXPECT_EQ(sink.problem(), "events were lost: File too large");
}

TEST(JsonLines, AreWrittenElsewhereWithNothingThatATerminalMustNotGet) {
    std::string written;
    JsonLines sink([&](std::string_view text) { written += text; });
    sink.on({1s, {}, events::StageStarted{"bo\x1b[2Jot \xE2\x80\xAE \xC2\x9B \x7f日"}});
    EXPECT_THAT(written, testing::AllOf(testing::HasSubstr("bo\\u001b[2Jot \\u202e \\u009b \\u007f日"),
                                        testing::EndsWith("}\n")));
}

TEST(JsonLines, NamesTheFileThatCannotBeMade) {
    try {
        const JsonLines sink("/nonexistent/events.jsonl");
        FAIL() << "no error";
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), testing::HasSubstr("/nonexistent/events.jsonl"));
    }
}

}  // namespace
}  // namespace crib::report
