// Two cells that share all but their last steps: the first makes the cluster, the second goes on from its checkpoint.

#include "harness/base/file.h"
#include "harness/base/text.h"
#include "tests/vm/cluster/real_runs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <iostream>
#include <nlohmann/json.hpp>

namespace crib::vm {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;

class ForkedCells : public RealRuns {
protected:
    // The record of the only matrix of this test.
    Json record() {
        const auto matrices = program_.runs().parent_path() / "matrices";
        for (const auto& entry : std::filesystem::directory_iterator(matrices)) {
            return Json::parse(read_file(entry.path() / "matrix.json"));
        }
        return {};
    }

    // No other run will ever want it.
    void remove_checkpoint_of(const Json& cell) {
        const auto events = std::filesystem::path(cell.value("folder", "")) / "events.jsonl";
        for (const auto& line : split_lines(read_file(events))) {
            const auto event = Json::parse(line, nullptr, false);
            if (!event.is_object() || event.value("what", "") != "saved") continue;
            EXPECT_EQ(program_.run({"cache", "rm", event.value("key", "")}).exit_code, 0);
        }
    }
};

TEST_F(ForkedCells, GoOnFromTheClusterThatTheFirstOfThemMade) {
    const auto now = std::chrono::system_clock::now().time_since_epoch().count();
    const auto unlike = "mutations[0].run=echo " + std::to_string(now) + "-" + std::to_string(::getpid());
    const auto run =
        program_.run({"matrix", std::string(CRIB_SOURCE_DIR) + "/tests/data/scenarios/forked.json", "--set", unlike});
    EXPECT_EQ(run.exit_code, 0);
    EXPECT_THAT(run.text, HasSubstr(" waits for network-ready of "));
    EXPECT_THAT(run.text, HasSubstr("went on from network-ready: 1 of 2 cells"));
    const auto matrix = record();
    ASSERT_EQ(matrix.at("cells").size(), 2U);
    const auto& maker = matrix.at("cells")[0];
    const auto& follower = matrix.at("cells")[1];
    EXPECT_EQ(maker.value("saved", Json::array()), Json::array({"network-ready"}));
    EXPECT_EQ(maker.value("went-on-from", ""), "");
    EXPECT_EQ(follower.value("went-on-from", ""), "network-ready");
    const auto seconds = [](const Json& one) { return one.at("took").get<double>(); };
    std::cout << "the first took " << seconds(maker) << " s, the second " << seconds(follower) << " s, both together "
              << seconds(matrix) << " s" << std::endl;
    EXPECT_LT(seconds(matrix), 1.7 * seconds(maker)) << "two from nothing take twice as long";
    remove_checkpoint_of(maker);
    EXPECT_THAT(program_.run({"gc"}).text, ::testing::StartsWith("nothing was left behind\n"));
}

}  // namespace
}  // namespace crib::vm
