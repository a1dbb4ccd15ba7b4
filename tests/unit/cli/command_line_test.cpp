#include "harness/cli/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace crib::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

template <typename T>
T command(std::vector<std::string> arguments) {
    const auto parsed = parse_command_line(std::move(arguments));
    EXPECT_TRUE(parsed.line.has_value()) << parsed.text;
    return std::get<T>(parsed.line.value().command);
}

TEST(CommandLine, RunNeedsNothingButAFile) {
    const auto run = command<RunCommand>({"run", "scenarios/two-node.json"});
    EXPECT_EQ(run.file, "scenarios/two-node.json");
    EXPECT_EQ(run.keep, Keep::no);
    EXPECT_EQ(run.connect, "qemu:///embed");
}

TEST(CommandLine, KeepStandsAloneOrWithFailed) {
    EXPECT_EQ(command<RunCommand>({"run", "--keep", "a.json"}).keep, Keep::always);
    EXPECT_EQ(command<RunCommand>({"run", "a.json", "--keep=failed"}).keep, Keep::failed);
    EXPECT_EQ(parse_command_line({"run", "a.json", "--keep=sometimes"}).exit_code, 2);
}

TEST(CommandLine, ValuesMayBeSetMoreThanOnce) {
    const auto run = command<RunCommand>({"run", "--set", "os=debian-12", "--set", "nodes.0.vcpus=4", "a.json"});
    EXPECT_THAT(run.sets, ElementsAre("os=debian-12", "nodes.0.vcpus=4"));
    EXPECT_EQ(run.file, "a.json");
}

TEST(CommandLine, WhatStandsBehindTwoDashesIsTheNodesCommand) {
    const auto ssh = command<SshCommand>({"ssh", "two-node-ab12", "worker", "--", "ls", "--all", "-v"});
    EXPECT_EQ(ssh.node, "worker");
    EXPECT_THAT(ssh.command, ElementsAre("ls", "--all", "-v"));
    EXPECT_THAT(command<KubectlCommand>({"kubectl", "r", "--", "get", "nodes"}).arguments, ElementsAre("get", "nodes"));
}

TEST(CommandLine, ARecipeIsShownForASystemAndVersions) {
    const auto show = command<RecipeShowCommand>({"recipe", "show", "crio-kubeadm-flannel", "--os", "ubuntu-22.04",
                                                  "--set", "versions.kubernetes=1.28", "--format", "script"});
    EXPECT_EQ(show.name, "crio-kubeadm-flannel");
    EXPECT_EQ(show.os, "ubuntu-22.04");
    EXPECT_THAT(show.sets, ElementsAre("versions.kubernetes=1.28"));
    EXPECT_EQ(show.format, "script");
    EXPECT_EQ(show.source, "upstream");
    EXPECT_EQ(parse_command_line({"recipe", "show", "r", "--format", "poem"}).exit_code, 2);
    EXPECT_TRUE(std::holds_alternative<RecipeListCommand>(parse_command_line({"recipe", "list"}).line->command));
}

TEST(CommandLine, StateMayStandBehindTheCommand) {
    const auto parsed = parse_command_line({"ls", "--state", "/tmp/x"});
    ASSERT_TRUE(parsed.line.has_value());
    EXPECT_EQ(parsed.line->state, "/tmp/x");
}

TEST(CommandLine, AnUnknownCommandGetsTheNearestOne) {
    const auto parsed = parse_command_line({"rnu", "a.json"});
    EXPECT_EQ(parsed.exit_code, 2);
    EXPECT_THAT(parsed.text, HasSubstr("did you mean: crib run"));
}

TEST(CommandLine, AnUnknownFlagIsAMistakeOfItsCommand) {
    const auto parsed = parse_command_line({"run", "a.json", "--fast"});
    EXPECT_EQ(parsed.exit_code, 2);
    EXPECT_THAT(parsed.text, HasSubstr("--fast"));
    EXPECT_THAT(parsed.text, HasSubstr("crib run --help"));
}

TEST(CommandLine, DownWantsARunOrAll) {
    EXPECT_EQ(parse_command_line({"down"}).exit_code, 2);
    EXPECT_TRUE(command<DownCommand>({"down", "--all"}).all);
}

TEST(CommandLine, HelpIsNoMistake) {
    const auto parsed = parse_command_line({"--help"});
    EXPECT_EQ(parsed.exit_code, 0);
    EXPECT_THAT(parsed.text, HasSubstr("doctor"));
}

}  // namespace
}  // namespace crib::cli
