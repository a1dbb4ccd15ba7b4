#include "harness/report/json_lines.h"

#include "harness/base/error.h"
#include "harness/base/text.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace crib::report {
namespace {

using namespace std::chrono_literals;

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
    const UniqueFd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
    if (!full.valid()) GTEST_SKIP() << "no /dev/full here";
    JsonLines sink(full.get());
    sink.on({1s, {}, events::StageStarted{"boot"}});
    sink.on({2s, {}, events::StageStarted{"checks"}});
    EXPECT_EQ(sink.problem(), "events were lost: No space left on device");
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
