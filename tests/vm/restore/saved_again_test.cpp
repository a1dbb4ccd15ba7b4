// One real cluster saved and taken back again and again: what each round leaves behind would be seen in the twentieth.

#include "tests/vm/cluster/real_runs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

namespace crib::vm {
namespace {

namespace fs = std::filesystem;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr int kRounds = 20;

std::size_t resident_kib(int pid) {
    const auto status = read_tail("/proc/" + std::to_string(pid) + "/status", 1U << 16U);
    std::smatch found;
    return std::regex_search(status, found, std::regex("VmRSS:\\s+([0-9]+) kB")) ? std::stoul(found[1]) : 0;
}

class SavedCluster : public RealRuns {
protected:
    // What a run occupies on the machine while it is kept.
    struct Traces {
        std::size_t processes = 0;
        std::size_t files = 0;
        std::size_t resident_kib = 0;
    };

    Traces traces(const std::string& id) {
        Traces found;
        for (const auto pid : pids_with({id})) {
            ++found.processes;
            found.resident_kib += resident_kib(pid);
        }
        for (const auto& file : fs::recursive_directory_iterator(program_.runs() / id)) {
            if (file.is_regular_file()) ++found.files;
        }
        return found;
    }
};

TEST_F(SavedCluster, CanBeSavedAndGoneBackToTwentyTimes) {
    const auto run = program_.run({"run", "--keep", std::string(CRIB_SOURCE_DIR) + "/scenarios/two-node.json"});
    ASSERT_EQ(run.exit_code, 0);
    const auto id = run_id_of(run.text);
    const auto name_of = [&](int number) { return "round-" + std::to_string(number) + "-" + id; };
    const auto round = [&](int number) {
        EXPECT_EQ(program_.run({"checkpoint", id, name_of(number)}).exit_code, 0);
        EXPECT_EQ(program_.run({"rewind", id, name_of(number)}).exit_code, 0);
        // The cluster stands upon the new one now.
        if (number > 0) {
            EXPECT_EQ(program_.run({"cache", "rm", name_of(number - 1)}).exit_code, 0);
        }
    };
    round(0);
    const auto first = traces(id);
    for (int i = 1; i < kRounds && !HasFailure(); ++i) round(i);
    const auto last = traces(id);
    EXPECT_EQ(last.processes, first.processes);
    EXPECT_EQ(last.files, first.files);
    // The guests' own pages come and go; a leak of a round's memory or chain would be 20 times one.
    EXPECT_LT(last.resident_kib, first.resident_kib * 11 / 10);
    EXPECT_THAT(program_.run({"kubectl", id, "--", "get", "nodes"}).text, ContainsRegex("worker +Ready "));
    EXPECT_THAT(program_.run({"kubectl", id, "--", "get", "pod", "nginx"}).text,
                ContainsRegex("nginx +1/1 +Running +0 "));
    EXPECT_EQ(program_.run({"down", id}).exit_code, 0);
    EXPECT_EQ(program_.run({"cache", "rm", name_of(kRounds - 1)}).exit_code, 0);
    EXPECT_THAT(program_.run({"cache", "ls"}).text, Not(HasSubstr("-" + id)));
    EXPECT_THAT(processes_with(id), IsEmpty());
}

}  // namespace
}  // namespace crib::vm
