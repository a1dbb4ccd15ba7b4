// What a command could not write is never called a success.

#include "tests/hostile/environment/visitor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace crib::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

int code_of(const process::Result& result) {
    const auto* exited = std::get_if<process::Exited>(&result.end);
    return exited == nullptr ? -1 : exited->code;
}

// Exit 3 and a sentence for each command that prints something to a good standard output, whatever it would have been.
void expect_loss_is_told(const std::string& surroundings, const std::string& reason) {
    Visitor lucky;
    Visitor unlucky;  // a second one: what the first one did is done
    const auto lines = unlucky.well_meant_lines();
    unsigned printing = 0;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const auto& line = lines[i];
        const auto well = lucky.crib(lucky.well_meant_lines()[i], "");
        const bool prints = !well.out.empty() && (code_of(well) == 0 || code_of(well) == 1);
        const auto lost = unlucky.crib(line, surroundings);
        EXPECT_EQ(wrong_ending(lost), "") << told(line, lost);
        if (!prints) continue;
        ++printing;
        EXPECT_EQ(code_of(lost), 3) << told(line, lost);
        EXPECT_THAT(lost.err, HasSubstr("crib: cannot write to standard output: " + reason)) << told(line, lost);
    }
    EXPECT_GE(printing, 20U);
}

TEST(LostOutput, IsNoSuccessOnAFullDisk) {
    expect_loss_is_told("exec >/dev/full", "No space left on device");
}

TEST(LostOutput, IsNoSuccessWhenThereIsNoStandardOutput) {
    expect_loss_is_told("exec >&-", "Bad file descriptor");
}

TEST(LostOutput, IsNoFaultOfAReaderWhoHasHadEnough) {
    Visitor visitor;
    const std::string reader_is_gone = "\"$CRIB_UNDER_TEST\" \"$@\" | :; exit 0\n";
    for (const auto& line : visitor.well_meant_lines()) {
        const auto result = visitor.crib(line, reader_is_gone);
        EXPECT_EQ(wrong_ending(result), "") << told(line, result);
        EXPECT_THAT(result.err, Not(HasSubstr("cannot write"))) << told(line, result);
        EXPECT_THAT(result.err, Not(HasSubstr("ipe"))) << told(line, result);
    }
}

TEST(LostWords, OnStandardErrorChangeNoExitCode) {
    Visitor visitor;
    for (const auto* surroundings : {"exec 2>&-", "exec 2>/dev/full"}) {
        for (const auto& line : visitor.careless_lines()) {
            EXPECT_EQ(code_of(visitor.crib(line, surroundings)), code_of(visitor.crib(line, ""))) << line.size();
        }
    }
}

}  // namespace
}  // namespace crib::test
