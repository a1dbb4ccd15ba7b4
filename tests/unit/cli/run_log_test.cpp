// A run's events.jsonl: what is told before it may be touched comes with what follows.

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/temporary_folder.h"
#include "harness/cli/run_wiring.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

namespace crib::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

events::Event notice(const std::string& text) {
    return {{}, {}, events::Notice{events::Level::info, {}, text, {}}};
}

class RunLogs : public ::testing::Test {
protected:
    TempFolder folder{std::filesystem::temp_directory_path(), "crib-test"};
    std::filesystem::path file = folder.path() / "events.jsonl";
};

TEST_F(RunLogs, IsNotTouchedBeforeItBegins) {
    write_file(file, "of before\n");
    RunLog log(file);
    log.on(notice("one"));
    EXPECT_FALSE(log.has_begun());
    EXPECT_EQ(read_file(file), "of before\n");
}

TEST_F(RunLogs, HasWhatWasToldBeforeItBeganInItsOrder) {
    write_file(file, "of before\n");
    RunLog log(file);
    log.on(notice("one"));
    log.begin();
    log.on(notice("two"));
    const auto text = read_file(file);
    EXPECT_THAT(text, StartsWith("of before\n"));
    EXPECT_LT(text.find("one"), text.find("two"));
    EXPECT_THAT(text, HasSubstr("two"));
    EXPECT_EQ(log.problem(), "");
}

// Before anything is built for it, or done to its cluster.
TEST_F(RunLogs, IsRefusedAtOnceWhereItCannotBeWritten) {
    make_folder(file);
    EXPECT_THROW(RunLog{file}, Error);
}

}  // namespace
}  // namespace crib::cli
