#include "harness/base/error.h"
#include "harness/network/state_file.h"
#include "harness/network/stats.h"

#include <gtest/gtest.h>

namespace crib::network {
namespace {

TEST(SwitchStats, SurviveTheWayFromTheProgram) {
    SwitchStats stats;
    stats.ports = {{"master", true, {1, 2, 3}, {4, 5, 6}}, {"gateway", true, {7, 8, 9}, {10, 11, 12}}};
    stats.refused = 13;
    stats.refused_destinations = {"tcp 10.96.0.1:443"};
    stats.dns_queries = 14;
    stats.http_requests = 15;
    stats.captured_frames = 16;
    EXPECT_EQ(parse_switch_stats(to_json(stats)), stats);
    EXPECT_EQ(stats.port("gateway")->out.bytes, 11U);
    EXPECT_EQ(stats.port("nobody"), nullptr);
}

TEST(SwitchStats, RefuseBrokenText) {
    EXPECT_THROW(static_cast<void>(parse_switch_stats("{}")), Error);
}

TEST(SwitchState, SurvivesTheWayFromTheProgram) {
    const SwitchState state{"r1", 4711, {{"master", 5001}}, {{"ssh-master", 5002}}, true};
    const auto back = parse_switch_state(to_json(state));
    ASSERT_TRUE(back);
    EXPECT_EQ(back->run_id, "r1");
    EXPECT_EQ(back->pid, 4711);
    EXPECT_EQ(back->ports, state.ports);
    EXPECT_EQ(back->forwards, state.forwards);
    EXPECT_TRUE(back->ended);
}

TEST(SwitchState, IsNotThereInAHalfWrittenFile) {
    EXPECT_FALSE(parse_switch_state("{\"run_id\": \"r1\""));
    EXPECT_FALSE(parse_switch_state("{}"));
}

}  // namespace
}  // namespace crib::network
