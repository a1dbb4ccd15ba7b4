// What others wrote into scenarios, records, names of files and command lines never reaches a terminal as it is.

#include "harness/base/printable.h"
#include "harness/base/text.h"
#include "tests/hostile/environment/visitor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace crib::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::string kEvil = "x\x1b[2J\u202E\xff\nzz-y";

// A line more is a test more. RUN is the run that there is.
std::vector<Words> foreign_lines() {
    return {
        {"validate", "foreign.json"},
        {"plan", "foreign.json"},
        {"plan", "foreign.json", "--json"},
        {"plan", "foreign.json", "--script", "good"},
        {"plan", "foreign.json", "--script", "bad"},
        {"plan", "foreign.json", "--script", kEvil},
        {"plan", "foreign-script.json"},
        {"plan", "foreign-script.json", "--json"},
        {"plan", "foreign-script.json", "--script", "good"},
        {"plan", "foreign-script.json", "--script", "bad"},
        {"plan", "foreign-script.json", "--diff", "one-node.json"},
        {"plan", "foreign.json", "--diff", "one-node.json"},
        {"plan", "one-node.json", "--diff", "foreign.json", "--json"},
        {"run", "foreign.json"},
        {"run", "foreign.json", "--json"},
        {"validate", "broken.json"},
        {"plan", "broken.json"},
        {"fmt", "--check", "broken.json"},
        {"validate", "foreign.jsom"},
        {"validate", "forein.json"},
        {"validate", kEvil},
        {"validate", "one-node.json", "--set", "about=" + kEvil},
        {"validate", "one-node.json", "--set", kEvil},
        {"plan", "one-node.json", "--set", "os=" + kEvil},
        {"plan", "one-node.json", "--component", kEvil},
        {"recipe", "show", "crio-kubeadm-flannel", "--set", "versions.kubernetes=1.36.3\n" + kEvil, "--format",
         "script"},
        {"recipe", "show", "crio-kubeadm-flannel", "--set", "versions." + kEvil + "=1"},
        {"recipe", "show", "crio-kubeadm-flannel", "--os", kEvil},
        {"matrix", "versions.json", "--list", "--only", kEvil},
        {"matrix", "versions.json", "--list", "--shard", kEvil},
        {"matrix", "versions.json", "--list", "--sample", kEvil},
        {"run", "one-node.json", "--until", kEvil},
        {"run", "one-node.json", "--keep=" + kEvil},
        {"--state", kEvil, "cache", "ls"},
        {kEvil},
        {"--" + kEvil},
        {"validate", kNoText},
        {"fmt", kNoText},
        {"plan", kNoText},
        {"plan", kNoText, "--json"},
        {"plan", kNoText, "--diff", "foreign.json"},
        {"matrix", kNoText, "--list", "--json"},
        {"matrix", kNoText},
        {"lock", kNoText},
        {"lock", kNoText, "-o", kEvil},
        {"run", kNoText},
        {"run", kNoText, "--json"},
        {"--state", kEvil, "run", kNoText},
        {"--state", kEvil, "doctor"},
        {"gc"},
        {"ls"},
    };
}

TEST(ForeignTexts, NeverReachATerminalAsTheyAre) {
    Visitor visitor;
    auto lines = foreign_lines();
    for (auto& line : visitor.well_meant_lines()) lines.push_back(std::move(line));
    for (auto& line : visitor.careless_lines()) lines.push_back(std::move(line));
    for (const auto& line : lines) {
        const auto result = visitor.crib(line, "");
        EXPECT_EQ(wrong_ending(result), "") << told(line, result);
        EXPECT_EQ(result.out, printable_lines(result.out)) << told(line, result);
        EXPECT_EQ(result.err, printable_lines(result.err)) << told(line, result);
    }
}

TEST(ForeignTexts, MakeNoLinesOfTheirOwn) {
    Visitor visitor;
    for (const auto& line : foreign_lines()) {
        const auto result = visitor.crib(line, "");
        for (const auto& text : split_lines(result.out + result.err)) {
            for (const auto* begin : {"zz-", "rm -rf"}) {
                EXPECT_FALSE(text.starts_with(begin)) << told(line, result) << result.out;
            }
        }
    }
}

TEST(ForeignTexts, OfAScriptStayWhatTheyAreInShellWords) {
    Visitor visitor;
    const auto good = visitor.crib({"plan", "foreign-script.json", "--script", "good"}, "");
    EXPECT_THAT(good.out, HasSubstr("export RUNTIME=$'\\x1b[31m\\'a\\\\\\nb\\xe2\\x80\\xae'\n"));
    EXPECT_THAT(good.out, HasSubstr("# good on master: good; rm -rf / (good.sh)\n"));
    const auto bad = visitor.crib({"plan", "foreign-script.json", "--script", "bad"}, "");
    EXPECT_EQ(bad.out, "");
    EXPECT_THAT(bad.err, HasSubstr("of the script has characters that a terminal must not get"));
    const auto json = visitor.crib({"plan", "foreign-script.json", "--json"}, "");
    EXPECT_THAT(json.out, HasSubstr("echo '\\u001b[2J'"));
}

TEST(ForeignTexts, OfAConsoleAndAJournalAreReadableWithoutTheirSequences) {
    Visitor visitor;
    const auto lines = visitor.well_meant_lines();
    const auto find = [&](const std::string& name) {
        return *std::find_if(lines.begin(), lines.end(), [&](const auto& line) { return line.front() == name; });
    };
    EXPECT_EQ(visitor.crib(find("console"), "").out, "Linux version 6.12 red  \uFFFD\uFFFD\n");
    EXPECT_EQ(visitor.crib(find("logs"), "").out, "a line \uFFFD of its journal\uFFFD\n");
}

}  // namespace
}  // namespace crib::test
