#include "harness/cli/command_line.h"

#include "harness/cli/value_places.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

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

TEST(CommandLine, ConnectsToADriverForQemuOnly) {
    EXPECT_EQ(command<RunCommand>({"run", "a.json", "--connect", "qemu+ssh://host/system"}).connect,
              "qemu+ssh://host/system");
    for (const auto* name : {"run", "matrix"}) {
        const auto parsed = parse_command_line({name, "a.json", "--connect", "nope"});
        EXPECT_EQ(parsed.exit_code, 2);
        EXPECT_THAT(parsed.text, HasSubstr("--connect: \"nope\": no address of a libvirt driver"));
    }
}

TEST(CommandLine, KeepStandsAloneOrWithFailed) {
    EXPECT_EQ(command<RunCommand>({"run", "--keep", "a.json"}).keep, Keep::always);
    EXPECT_EQ(command<RunCommand>({"run", "a.json", "--keep=failed"}).keep, Keep::failed);
    EXPECT_EQ(parse_command_line({"run", "a.json", "--keep=sometimes"}).exit_code, 2);
}

// An unset variable of a script must not mean "not given": --state "$UNSET" cache rm --all.
TEST(CommandLine, NoOptionAndNoArgumentTakesAnEmptyValue) {
    const auto places = places_of_values();
    EXPECT_GT(places.size(), 60U);
    for (auto words : places) {
        words.emplace_back();
        const auto parsed = parse_command_line(words);
        EXPECT_EQ(parsed.exit_code, 2) << ::testing::PrintToString(words);
        EXPECT_THAT(parsed.text, HasSubstr("its value is empty")) << ::testing::PrintToString(words);
    }
    for (const auto* word : {"--state=", "--shard=", "--locked=", "--keep="}) {
        EXPECT_THAT(parse_command_line({word, "ls", "x"}).text, HasSubstr(": its value is empty")) << word;
    }
    EXPECT_THAT(parse_command_line({"restore", "x", "--memory-from", ""}).text,
                ::testing::StartsWith("crib: --memory-from: its value is empty\n"))
        << "which --help does not show";
    EXPECT_THAT(parse_command_line({"restore", "x", "--called", "a", "--called", "b"}).text,
                HasSubstr("--called is given 2 times"));
    EXPECT_EQ(command<RunCommand>({"run", "a.json", "--set", "name="}).sets.at(0), "name=");
    EXPECT_EQ(command<SshCommand>({"ssh", "r", "n", "--", "", "--x="}).command.size(), 2U) << "another program's";
}

TEST(CommandLine, ALockIsOfOneFileOfCellsOrOfNone) {
    EXPECT_EQ(command<LockCommand>({"lock", "a.json", "-o", "-"}).output, "-");
    EXPECT_EQ(parse_command_line({"lock", "a.json", "--cells", "-o", "one.json"}).exit_code, 2);
    EXPECT_EQ(parse_command_line({"lock", "a.json", "--only", "os=debian-13"}).exit_code, 2);
    EXPECT_EQ(parse_command_line({"lock", "--diff", "a", "b", "-o", "c"}).exit_code, 2);
    EXPECT_EQ(parse_command_line({"lock", "a.json", "--cells", "--only", "os=debian-13"}).exit_code, 0);
}

TEST(CommandLine, ValuesMayBeSetMoreThanOnce) {
    const auto run = command<RunCommand>({"run", "--set", "os=debian-12", "--set", "nodes.0.vcpus=4", "a.json"});
    EXPECT_THAT(run.sets, ElementsAre("os=debian-12", "nodes.0.vcpus=4"));
    EXPECT_EQ(run.file, "a.json");
}

TEST(CommandLine, APlanIsOfOneScenarioOrBetweenTwo) {
    const auto plan = command<PlanCommand>({"plan", "a.json", "--set", "os=debian-12", "--accel", "tcg", "--json"});
    EXPECT_EQ(plan.file, "a.json");
    EXPECT_THAT(plan.sets, ElementsAre("os=debian-12"));
    EXPECT_EQ(plan.accel, "tcg");
    EXPECT_TRUE(plan.json);
    EXPECT_EQ(command<PlanCommand>({"plan", "a.json", "--diff", "b.json"}).diff, "b.json");
    EXPECT_EQ(parse_command_line({"plan", "a.json", "--diff", "b.json", "--script", "sysctls"}).exit_code, 2);
    EXPECT_EQ(parse_command_line({"plan"}).exit_code, 2);
}

TEST(CommandLine, LockedIsByTheFileBesideTheScenarioOrByAnother) {
    EXPECT_FALSE(command<RunCommand>({"run", "a.json"}).locked);
    const auto beside = command<RunCommand>({"run", "--locked", "a.json"});
    EXPECT_TRUE(beside.locked);
    EXPECT_EQ(beside.lock, "");
    EXPECT_EQ(beside.file, "a.json");
    EXPECT_EQ(command<RunCommand>({"run", "a.json", "--locked=b.lock.json"}).lock, "b.lock.json");
    EXPECT_TRUE(command<MatrixCommand>({"matrix", "--locked", "a.json"}).locked);
    EXPECT_TRUE(command<LockCommand>({"lock", "a.json", "--cells"}).cells);
    EXPECT_THAT(command<LockCommand>({"lock", "a.json", "--component", "cri-o=upstream"}).components,
                ElementsAre("cri-o=upstream"));
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

TEST(CommandLine, ACapsuleIsOfTheRecordUnlessItsStateIsAskedFor) {
    const auto record = command<ExportCommand>({"export", "two-node-ab12", "bug.crib"});
    EXPECT_EQ(record.run, "two-node-ab12");
    EXPECT_EQ(record.file, "bug.crib");
    EXPECT_FALSE(record.with_state);
    EXPECT_TRUE(command<ExportCommand>({"export", "r", "f", "--with-state", "--with-images"}).with_images);
    EXPECT_EQ(parse_command_line({"export", "r", "f", "--with-images"}).exit_code, 2) << "images are of a state";
    EXPECT_EQ(parse_command_line({"export", "r"}).exit_code, 2);
    EXPECT_FALSE(command<OpenCommand>({"open", "bug.crib"}).boot);
    EXPECT_EQ(command<OpenCommand>({"open", "--boot", "bug.crib", "--as", "again"}).as, "again");
    EXPECT_EQ(parse_command_line({"open", "bug.crib", "--as", "again"}).exit_code, 2) << "of a run that is booted";
}

TEST(CommandLine, ACheckpointIsRestoredOnceUnlessMoreCopiesAreAskedFor) {
    const auto one = command<RestoreCommand>({"restore", "before-i-break-it"});
    EXPECT_EQ(one.name, "before-i-break-it");
    EXPECT_EQ(one.copies, 1U);
    EXPECT_EQ(command<RestoreCommand>({"restore", "a", "--copies", "3", "--as", "again"}).copies, 3U);
    for (const auto* count : {"0", "17", "-1", "two"}) {
        EXPECT_EQ(parse_command_line({"restore", "a", "--copies", count}).exit_code, 2) << count;
    }
}

TEST(CommandLine, ACopyCallsItsCheckpointAsItIsTold) {
    EXPECT_EQ(command<RestoreCommand>({"restore", "0123456789ab", "--called=--odd"}).called, "--odd");
    EXPECT_EQ(parse_command_line({"restore", "--help"}).text.find("--called"), std::string::npos) << "crib's own word";
}

TEST(CommandLine, EachCommandThatRemovesCanSayFirstWhatItWould) {
    EXPECT_TRUE(command<CollectGarbageCommand>({"gc", "--dry-run"}).dry_run);
    EXPECT_FALSE(command<CollectGarbageCommand>({"gc"}).dry_run);
    EXPECT_TRUE(command<DownCommand>({"down", "--all", "--dry-run"}).dry_run);
    EXPECT_TRUE(command<CacheRemoveCommand>({"cache", "rm", "--all", "--dry-run"}).dry_run);
    EXPECT_TRUE(command<CacheCollectCommand>({"cache", "gc", "--dry-run"}).dry_run);
    EXPECT_TRUE(command<CacheVerifyCommand>({"cache", "verify", "--dry-run"}).dry_run);
}

TEST(CommandLine, StateMayStandBehindTheCommand) {
    const auto parsed = parse_command_line({"ls", "--state", "/tmp/x"});
    ASSERT_TRUE(parsed.line.has_value());
    EXPECT_EQ(parsed.line->state, "/tmp/x");
}

TEST(CommandLine, ComponentsAreAllOrThoseThatAreNamed) {
    EXPECT_TRUE(command<ComponentsCommand>({"components"}).names.empty());
    const auto two = command<ComponentsCommand>({"components", "--build", "kubernetes@1.35.6", "cri-o"});
    EXPECT_TRUE(two.build);
    EXPECT_THAT(two.names, ElementsAre("kubernetes@1.35.6", "cri-o"));
}

TEST(CommandLine, ImagesAreAllOrThoseThatAreNamed) {
    EXPECT_TRUE(command<ImagesCommand>({"images", "--build"}).names.empty());
    const auto one = command<ImagesCommand>({"images", "--build", "ubuntu-18.04"});
    EXPECT_TRUE(one.build);
    EXPECT_THAT(one.names, ElementsAre("ubuntu-18.04"));
}

TEST(CommandLine, VersionsAreOfAllComponentsOrOfThoseThatAreNamed) {
    EXPECT_TRUE(command<VersionsCommand>({"versions"}).names.empty());
    EXPECT_FALSE(command<VersionsCommand>({"versions"}).json);
    const auto two = command<VersionsCommand>({"versions", "kubernetes", "cri-o", "--json"});
    EXPECT_TRUE(two.json);
    EXPECT_THAT(two.names, ElementsAre("kubernetes", "cri-o"));
}

TEST(CommandLine, AMatrixIsNarrowedInManyWays) {
    const auto matrix =
        command<MatrixCommand>({"matrix", "v.json", "--pairwise", "--seed", "7", "--only", "os=debian-13", "--only",
                                "versions.kubernetes=1.36.*", "--shard", "2/5", "--jobs", "3"});
    EXPECT_EQ(matrix.file, "v.json");
    EXPECT_TRUE(matrix.pairwise);
    EXPECT_EQ(matrix.seed, 7U);
    EXPECT_THAT(matrix.only, ElementsAre("os=debian-13", "versions.kubernetes=1.36.*"));
    EXPECT_EQ(matrix.shard, "2/5");
    EXPECT_EQ(matrix.jobs, 3U);
    EXPECT_FALSE(matrix.no_cache);
    EXPECT_TRUE(command<MatrixCommand>({"matrix", "v.json", "--no-cache"}).no_cache);
    EXPECT_EQ(parse_command_line({"matrix", "v.json", "--jobs", "0"}).exit_code, 2);
}

TEST(CommandLine, AnUnknownCommandIsNamed) {
    for (const std::vector<std::string>& words :
         {std::vector<std::string>{"nope"}, {"--state", "x", "nope"}, {"nope", "--help"}}) {
        const auto parsed = parse_command_line(words);
        EXPECT_EQ(parsed.exit_code, 2);
        EXPECT_THAT(parsed.text, HasSubstr("crib: there is no command \"nope\""));
        EXPECT_THAT(parsed.text, HasSubstr("the commands are: run, plan"));
    }
    const auto of_cache = parse_command_line({"cache", "list"});
    EXPECT_THAT(of_cache.text, HasSubstr("crib: there is no command \"cache list\""));
    EXPECT_THAT(of_cache.text, HasSubstr("the commands are: ls, rm, gc, verify, explain (crib cache --help)"));
    EXPECT_THAT(parse_command_line({"n\x1b[2J\nope"}).text, HasSubstr("no command \"n ope\""));
}

TEST(CommandLine, WithoutACommandSaysThatOneIsNeeded) {
    EXPECT_THAT(parse_command_line({}).text, HasSubstr("crib: no command is given"));
    EXPECT_THAT(parse_command_line({"recipe"}).text, HasSubstr("crib: recipe: no command is given"));
    EXPECT_EQ(parse_command_line({"recipe"}).exit_code, 2);
}

TEST(CommandLine, TheVersionIsAskedForByAnOptionAsWell) {
    for (const std::vector<std::string>& words : {std::vector<std::string>{"--version"}, {"run", "--version"}}) {
        const auto parsed = parse_command_line(words);
        EXPECT_EQ(parsed.exit_code, 0);
        EXPECT_THAT(parsed.text, ::testing::MatchesRegex("crib [0-9]+\\.[0-9]+\\.[0-9]+\n"));
    }
}

TEST(CommandLine, HelpIsAWordAsWell) {
    EXPECT_EQ(parse_command_line({"help", "help"}).exit_code, 0);
    EXPECT_THAT(parse_command_line({"help", "help"}).text, HasSubstr("crib help run"));
    EXPECT_EQ(parse_command_line({"--state", "x", "help", "run"}).text, parse_command_line({"run", "--help"}).text);
    EXPECT_EQ(parse_command_line({"help"}).text, parse_command_line({"--help"}).text);
    EXPECT_EQ(parse_command_line({"help"}).exit_code, 0);
    EXPECT_EQ(parse_command_line({"help", "cache", "ls"}).text, parse_command_line({"cache", "ls", "--help"}).text);
    EXPECT_EQ(parse_command_line({"help", "nope"}).exit_code, 2);
}

TEST(CommandLine, ANumberOutsideItsRangeGetsTheRange) {
    const auto refusal = [](std::vector<std::string> words) { return parse_command_line(std::move(words)).text; };
    for (const auto* number : {"0", "-1", "99999999999999999999", "1.5", "many"}) {
        EXPECT_THAT(refusal({"matrix", "v.json", "--sample", number}),
                    HasSubstr("--sample: \"" + std::string(number) + "\" is no whole number from 1 to 1000000\n"));
    }
    EXPECT_THAT(refusal({"matrix", "v.json", "--seed", "-1"}), HasSubstr("from 0 to 18446744073709551615"));
    EXPECT_THAT(refusal({"matrix", "v.json", "--jobs", "0"}), HasSubstr("from 1 to 10000"));
    EXPECT_THAT(refusal({"restore", "a", "--copies", "17"}), HasSubstr("from 1 to 16"));
    EXPECT_THAT(refusal({"fork", "a", "0"}), HasSubstr("from 1 to 16"));
}

TEST(CommandLine, WordsThatExcludeEachOtherAreBothNamed) {
    const auto refusal = [](std::vector<std::string> words) {
        const auto parsed = parse_command_line(std::move(words));
        EXPECT_EQ(parsed.exit_code, 2);
        return parsed.text;
    };
    EXPECT_THAT(refusal({"cache", "rm", "--all", "x"}), HasSubstr("CHECKPOINT and --all exclude each other"));
    EXPECT_THAT(refusal({"cache", "rm"}), HasSubstr("CHECKPOINT or --all is required"));
    EXPECT_THAT(refusal({"lock", "a.json", "--diff", "b", "c"}), HasSubstr("FILE and --diff A B exclude each other"));
    EXPECT_THAT(refusal({"lock"}), HasSubstr("FILE or --diff A B is required"));
    EXPECT_THAT(refusal({"plan", "a.json", "--script", "x", "--json"}), HasSubstr("--json and --script exclude each"));
    EXPECT_THAT(refusal({"down", "--all", "x"}), HasSubstr("RUN and --all exclude each other"));
}

TEST(CommandLine, ListsItsOwnCommands) {
    const auto shapes = command_shapes();
    const auto has = [&](const std::string& name, const std::vector<std::string>& words) {
        return std::any_of(shapes.begin(), shapes.end(),
                           [&](const auto& shape) { return shape.name == name && shape.words == words; });
    };
    EXPECT_TRUE(has("run", {"FILE"}));
    EXPECT_TRUE(has("cache explain", {"RUN", "STAGE"}));
    EXPECT_TRUE(has("doctor", {}));
    EXPECT_EQ(shapes.size(), std::variant_size_v<Command>);
}

TEST(CommandLine, AnUnknownCommandGetsTheNearestOne) {
    const auto parsed = parse_command_line({"rnu", "a.json"});
    EXPECT_EQ(parsed.exit_code, 2);
    EXPECT_THAT(parsed.text, HasSubstr("did you mean: crib run"));
}

TEST(CommandLine, ARedoIsOfARunFromAStepOn) {
    const auto redo = command<RedoCommand>({"redo", "two-node-ab12", "--from", "nginx", "-v"});
    EXPECT_EQ(redo.run, "two-node-ab12");
    EXPECT_EQ(redo.from, "nginx");
    EXPECT_TRUE(redo.verbose);
    EXPECT_EQ(parse_command_line({"redo", "two-node-ab12"}).exit_code, 2);
}

TEST(CommandLine, AFailedInstantIsSavedForPeopleAndInCiOnlyWhenAskedFor) {
    const auto saves = [](std::vector<std::string> words, bool in_ci) {
        words.insert(words.begin(), "run");
        words.emplace_back("a.json");
        return saves_at_failure(command<RunCommand>(words), in_ci);
    };
    EXPECT_TRUE(saves({}, false));
    EXPECT_FALSE(saves({}, true));
    EXPECT_TRUE(saves({"--save-at-failure"}, true));
    EXPECT_FALSE(saves({"--no-save-at-failure"}, false));
    EXPECT_FALSE(saves({"--save-at-failure=false"}, false));
    EXPECT_TRUE(saves({"--save", "joined"}, false));
    EXPECT_FALSE(saves({"--save", "none"}, false)) << "as in cells of a matrix";
    EXPECT_FALSE(saves({"--no-cache"}, false));
    EXPECT_TRUE(saves({"--no-cache", "--save-at-failure"}, true));
}

TEST(CommandLine, DownWantsARunOrAll) {
    EXPECT_EQ(parse_command_line({"down"}).exit_code, 2);
    EXPECT_TRUE(command<DownCommand>({"down", "--all"}).all);
}

TEST(CommandLine, TheCacheHasCommandsOfItsOwn) {
    EXPECT_FALSE(command<CacheListCommand>({"cache", "ls"}).json);
    EXPECT_TRUE(command<CacheListCommand>({"cache", "ls", "--json"}).json);
    EXPECT_THAT(command<CacheRemoveCommand>({"cache", "rm", "mine", "ab12"}).names, ElementsAre("mine", "ab12"));
    EXPECT_TRUE(command<CacheRemoveCommand>({"cache", "rm", "--all"}).all);
    EXPECT_EQ(parse_command_line({"cache", "rm"}).exit_code, 2);
    EXPECT_EQ(parse_command_line({"cache", "rm", "mine", "--all"}).exit_code, 2);
    EXPECT_EQ(command<CacheCollectCommand>({"cache", "gc", "--limit", "5GiB"}).limit, "5GiB");
    (void)command<CacheVerifyCommand>({"cache", "verify"});
    const auto explain = command<CacheExplainCommand>({"cache", "explain", "two-node-ab12", "joined", "--entries"});
    EXPECT_EQ(explain.run, "two-node-ab12");
    EXPECT_EQ(explain.stage, "joined");
    EXPECT_TRUE(explain.entries);
    EXPECT_EQ(parse_command_line({"cache"}).exit_code, 2);
}

TEST(CommandLine, HelpIsNoMistake) {
    const auto parsed = parse_command_line({"--help"});
    EXPECT_EQ(parsed.exit_code, 0);
    EXPECT_THAT(parsed.text, HasSubstr("doctor"));
}

TEST(CommandLine, ScenarioFilesAreCheckedAndFormattedTogether) {
    const auto validate = command<ValidateCommand>({"validate", "a.json", "b.json", "--set", "os=debian-12"});
    EXPECT_THAT(validate.files, ElementsAre("a.json", "b.json"));
    EXPECT_THAT(validate.sets, ElementsAre("os=debian-12"));
    EXPECT_TRUE(command<FormatCommand>({"fmt", "--check", "a.json"}).check);
    EXPECT_EQ(parse_command_line({"validate"}).exit_code, 2);
    EXPECT_EQ(command<ExplainFieldCommand>({"explain-field", "nodes.memory"}).path, "nodes.memory");
}

}  // namespace
}  // namespace crib::cli
