// What crib says of words that are no command line of it: what is wrong, what to do, and where to read on.

#include "harness/base/text.h"
#include "harness/cli/command_line.h"
#include "harness/cli/value_places.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

namespace crib::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using Words = std::vector<std::string>;

// Of the library that reads the command line.
constexpr const char* kForeign[] = {"1 required",
                                    "not in {",
                                    " requires ",
                                    " excludes ",
                                    "not expected",
                                    "Could not",
                                    "A subcommand",
                                    "At most",
                                    "At Most",
                                    "At least",
                                    "required but",
                                    "disallowed",
                                    "should not see this",
                                    "no command line of crib"};

std::string refusal(const Words& words) {
    const auto parsed = parse_command_line(words);
    EXPECT_EQ(parsed.exit_code, 2) << ::testing::PrintToString(words);
    EXPECT_THAT(parsed.text, StartsWith("crib: ")) << ::testing::PrintToString(words);
    for (const auto* foreign : kForeign) {
        EXPECT_THAT(parsed.text, Not(HasSubstr(foreign))) << ::testing::PrintToString(words);
    }
    return parsed.text;
}

void expect_fit_or_refused_well(const Words& words) {
    if (parse_command_line(words).exit_code != 0) (void)refusal(words);
}

// It was left out of sight.
TEST(MistakesOfTheCommandLine, NameAWordTooManyForHelp) {
    EXPECT_THAT(refusal({"help", "run", "plan"}),
                AllOf(StartsWith("crib: \"plan\" is one word too many\n"), HasSubstr("it is: crib help COMMAND\n")));
    EXPECT_THAT(refusal({"--state", "x", "help", "cache", "ls", "run"}), StartsWith("crib: \"run\" is one word too"));
    EXPECT_THAT(refusal({"help", "cache", "nope"}), StartsWith("crib: there is no command \"cache nope\""));
    for (const auto& words :
         {Words{"help"}, Words{"help", "run"}, Words{"help", "cache"}, Words{"help", "cache", "ls"}}) {
        EXPECT_EQ(parse_command_line(words).exit_code, 0) << ::testing::PrintToString(words);
    }
}

TEST(MistakesOfTheCommandLine, NameAnOptionThatACommandHasNot) {
    for (const auto& shape : command_shapes()) {
        for (const auto* option : {"--nope", "--nope=3", "-x"}) {
            auto words = split(shape.name, ' ');
            words.emplace_back(option);
            const auto name = std::string(option).substr(0, 6);
            EXPECT_THAT(refusal(words),
                        AllOf(StartsWith("crib: there is no option \"" + name + "\" of crib " + shape.name),
                              HasSubstr("see: crib " + shape.name + " --help\n")));
            words.insert(words.end(), shape.words.begin(), shape.words.end());
            EXPECT_THAT(refusal(words), HasSubstr("there is no option \"" + name + "\""));
        }
    }
}

TEST(MistakesOfTheCommandLine, NameAnOptionThatCribHasNot) {
    const auto told =
        AllOf(StartsWith("crib: there is no option \"--nope\"\n"),
              HasSubstr("the options are: --help, --state, --version\n"), HasSubstr("see: crib --help\n"));
    EXPECT_THAT(refusal({"--nope"}), told);
    EXPECT_THAT(refusal({"--nope", "ls"}), told);
    EXPECT_THAT(refusal({"--state", "x", "--nope", "nope"}), told);
    EXPECT_THAT(refusal({"-x"}), HasSubstr("there is no option \"-x\""));
    EXPECT_THAT(refusal({"--n\x1b[2J\nope"}), HasSubstr("there is no option \"--n ope\""));
    EXPECT_THAT(refusal({"help", "--nope"}), told);
}

TEST(MistakesOfTheCommandLine, SuggestTheOptionThatWasMeant) {
    EXPECT_THAT(refusal({"run", "a.json", "--kepe"}), HasSubstr("did you mean: --keep\n"));
    EXPECT_THAT(refusal({"run", "a.json", "--stat", "x"}), HasSubstr("did you mean: --state\n")) << "also crib's own";
    EXPECT_THAT(refusal({"run", "a.json", "-verbose"}),
                AllOf(HasSubstr("no option \"-verbose\""), HasSubstr("did you mean: --verbose\n")));
    EXPECT_THAT(refusal({"--keep", "run", "a.json"}),
                HasSubstr("it is one of crib run, and stands behind that: crib run --keep\n"));
    EXPECT_THAT(refusal({"cache", "--json", "ls"}), HasSubstr("stands behind that: crib cache ls --json\n"));
    EXPECT_THAT(refusal({"restore", "--call", "x"}), Not(HasSubstr("--called"))) << "crib's own word";
}

TEST(MistakesOfTheCommandLine, NameTheWordsThatAreMissing) {
    EXPECT_EQ(refusal({"checkpoint"}),
              "crib: RUN and NAME are missing\n"
              "  it is: crib checkpoint RUN NAME\n"
              "  NAME: how to call it\n"
              "  see: crib checkpoint --help\n");
    EXPECT_THAT(refusal({"checkpoint", "r"}), StartsWith("crib: NAME is missing\n"));
    EXPECT_THAT(refusal({"redo", "r"}), StartsWith("crib: --from is missing\n"));
    EXPECT_THAT(refusal({"validate"}), HasSubstr("it is: crib validate FILE...\n"));
    for (const auto& shape : command_shapes()) expect_fit_or_refused_well(split(shape.name, ' '));
}

TEST(MistakesOfTheCommandLine, NameTheOptionWhoseValueIsMissing) {
    EXPECT_EQ(refusal({"--state"}),
              "crib: the value of --state is missing\n"
              "  --state: keep caches and runs below this folder\n"
              "  see: crib --help\n");
    EXPECT_THAT(refusal({"lock", "--diff", "a"}), StartsWith("crib: --diff takes 2 values: A B\n"));
    for (const auto& place : places_of_values()) {
        if (!place.back().starts_with("-")) {
            expect_fit_or_refused_well(place);
        } else {
            EXPECT_THAT(refusal(place), ::testing::AnyOf(HasSubstr("the value of " + place.back() + " is missing"),
                                                         HasSubstr(place.back() + " takes 2 values")));
        }
    }
}

TEST(MistakesOfTheCommandLine, TellContraryFlagsFromOneGivenTwice) {
    EXPECT_THAT(refusal({"run", "a.json", "--save-at-failure", "--no-save-at-failure"}),
                StartsWith("crib: --save-at-failure and --no-save-at-failure exclude each other\n"));
    EXPECT_THAT(refusal({"run", "a.json", "--no-save-at-failure", "--no-save-at-failure"}),
                HasSubstr("is given 2 times"));
}

TEST(MistakesOfTheCommandLine, OfAnEmptyValueLeadToTheHelpOfTheirCommand) {
    EXPECT_THAT(refusal({"run", "a.json", "--keep="}), HasSubstr("see: crib run --help\n"));
    EXPECT_THAT(refusal({"cache", "gc", "--limit="}), HasSubstr("see: crib cache gc --help\n"));
}

TEST(MistakesOfTheCommandLine, NameTheWordThatIsTooMany) {
    EXPECT_THAT(refusal({"ls", "two-node"}), StartsWith("crib: \"two-node\" is one word too many\n  it is: crib ls\n"));
    EXPECT_THAT(refusal({"run", "a.json", "b.json"}), HasSubstr("\"b.json\" is one word too many"));
    EXPECT_THAT(refusal({"run", "a.json", "--", "b.json"}), HasSubstr("\"b.json\" is one word too many"));
    EXPECT_THAT(refusal({"run", "a.json", "--locked", "b.json"}),
                HasSubstr("if \"b.json\" is --locked's: --locked=b.json\n"));
    EXPECT_THAT(refusal({"run", "--keep", "failed", "a.json"}),
                HasSubstr("if \"failed\" is --keep's: --keep=failed\n"));
    EXPECT_THAT(refusal({"logs", "r", "n", "x"}), HasSubstr("it is: crib logs RUN [NODE]\n"));
    EXPECT_THAT(refusal({"ssh", "r", "n", "ls"}), HasSubstr("it is: crib ssh RUN NODE [-- WORDS...]\n"));
    EXPECT_THAT(refusal({"kubectl", "r", "get", "pods", "-A"}), HasSubstr("what is not for crib stands behind --: "));
    for (const auto& shape : command_shapes()) {
        auto words = split(shape.name, ' ');
        words.insert(words.end(), {"1", "2", "3", "4"});
        expect_fit_or_refused_well(words);
    }
}

TEST(MistakesOfTheCommandLine, NameOptionsThatDoNotGoTogether) {
    EXPECT_THAT(refusal({"run", "a.json", "--from", "joined", "--no-cache"}),
                StartsWith("crib: --no-cache and --from exclude each other\n"));
    EXPECT_THAT(refusal({"lock", "a.json", "--only", "os=debian-13"}),
                StartsWith("crib: --only goes only with --cells\n"));
    EXPECT_THAT(refusal({"run", "a.json", "--accel", "kvm", "--accel", "tcg"}),
                StartsWith("crib: --accel is given 2 times, and may be given once\n"));
    EXPECT_THAT(refusal({"lock", "--diff", "a", "b", "--diff", "c", "d"}), HasSubstr("--diff is given 2 times"));
}

TEST(MistakesOfTheCommandLine, NameTheValueThatAnOptionDoesNotTake) {
    EXPECT_THAT(refusal({"run", "a.json", "--accel", "fast"}),
                StartsWith("crib: --accel: \"fast\" is none of: kvm, tcg\n"));
    EXPECT_THAT(refusal({"run", "a.json", "--keep", "--keep=failed"}),
                StartsWith("crib: --keep is given 2 times, and may be given once\n"));
    EXPECT_THAT(refusal({"run", "a.json", "--locked=a.lock.json", "--locked"}), StartsWith("crib: --locked is given"));
    EXPECT_THAT(refusal({"run", "a.json", "--keep=sometimes"}),
                StartsWith("crib: --keep: \"sometimes\" is none of: always, failed\n"));
    EXPECT_THAT(refusal({"run", "a.json", "--json=maybe"}),
                StartsWith("crib: --json takes no value, and \"maybe\" is one\n"));
    EXPECT_THAT(refusal({"ls", "--\x1b[2J="}), StartsWith("crib: --: its value is empty\n"));
}

TEST(MistakesOfTheCommandLine, AreNoneWhereAFileIsCalledLikeAnOption) {
    const auto parsed = parse_command_line({"validate", "--", "-odd.json", "--help"});
    ASSERT_TRUE(parsed.line.has_value()) << parsed.text;
    EXPECT_THAT(std::get<ValidateCommand>(parsed.line->command).files, ::testing::ElementsAre("-odd.json", "--help"));
}

TEST(TheCommandThatMakesALock, CanBeTypedAsItIsShown) {
    LockCommand command;
    command.file = "my file.json";
    command.cells = true;
    command.only = {"os=debian-13"};
    command.sets = {"name=it's"};
    const auto typed = as_typed(command);
    EXPECT_THAT(typed, StartsWith("crib lock 'my file.json' --cells --only "));
    LockCommand plain;
    plain.file = "a.json";
    plain.components = {"cri-o=upstream"};
    plain.output = "b.lock.json";
    const auto words = split(as_typed(plain), ' ');
    const auto parsed = parse_command_line({words.begin() + 1, words.end()});
    ASSERT_TRUE(parsed.line.has_value()) << parsed.text;
    const auto& again = std::get<LockCommand>(parsed.line->command);
    EXPECT_EQ(again.file, plain.file);
    EXPECT_EQ(again.output, plain.output);
    EXPECT_EQ(again.components.size(), 1U);
}

}  // namespace
}  // namespace crib::cli
