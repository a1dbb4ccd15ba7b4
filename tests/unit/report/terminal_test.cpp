#include "harness/report/terminal.h"

#include "harness/base/file.h"
#include "tests/support/manual_clock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

namespace crib::report {
namespace {

using namespace std::chrono_literals;
using events::Outcome;
using testing::HasSubstr;
using testing::Not;

// What a terminal shows after these bytes: cursor up, erase to the end, newlines; colours are dropped.
std::vector<std::string> screen(const std::string& bytes) {
    std::vector<std::string> rows{""};
    std::size_t row = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (bytes[i] == '\n') {
            if (++row == rows.size()) rows.emplace_back();
        } else if (bytes[i] == '\r') {
            continue;
        } else if (bytes[i] == '\x1b') {
            const auto end = bytes.find_first_of("AJm", i);
            if (bytes[end] == 'A') row -= std::stoul(bytes.substr(i + 2, end - i - 2));
            if (bytes[end] == 'J') {
                rows.resize(row + 1);
                rows[row].clear();
            }
            i = end;
        } else {
            rows[row] += bytes[i];
        }
    }
    return rows;
}

class Terminal : public testing::Test {
protected:
    Write writer() {
        return [this](std::string_view text) { written_ += text; };
    }
    std::unique_ptr<LiveTerminal> live(std::size_t width = 41, std::size_t height = 20) {
        return live_terminal(
            writer(),
            [=] {
                return TerminalSize{width, height};
            },
            clock_, false, false, false);
    }
    std::string written_;
    test::ManualClock clock_;
};

TEST_F(Terminal, PlainHasOneLineAnEventWithItsTime) {
    const auto sink = plain_terminal(writer(), false, false);
    sink->on({0s, {}, events::StageStarted{"boot"}});
    sink->on({12'300ms, {}, events::NodeDoing{"master", "booting"}});
    sink->on({245s, {}, events::StageFinished{"boot", Outcome::passed, 245s}});
    EXPECT_EQ(written_,
              "    0ms  stage boot\n"
              "  12.3s  master     booting\n"
              "  4m05s  stage boot passed in 4m05s\n");
}

TEST_F(Terminal, PlainSaysNothingTwice) {
    const auto sink = plain_terminal(writer(), false, false);
    sink->on({1s, {}, events::NodeDoing{"master", "booting"}});
    sink->on({60s, {}, events::NodeDoing{"master", "booting"}});
    EXPECT_EQ(written_, "   1.0s  master     booting\n");
}

TEST_F(Terminal, PlainIsNotFloodedByABootingNode) {
    const auto sink = plain_terminal(writer(), false, false);
    for (int i = 0; i <= 12; ++i) sink->on({i * 1s, {}, events::NodeDoing{"master", "line " + std::to_string(i)}});
    sink->on({12s, {}, events::NodeDoing{"worker", "line 0"}});
    EXPECT_EQ(written_,
              "    0ms  master     line 0\n"
              "  10.0s  master     line 10\n"
              "  12.0s  worker     line 0\n");
}

TEST_F(Terminal, PlainTellsProgressEveryTenSecondsAndItsEndAlways) {
    const auto sink = plain_terminal(writer(), false, false);
    for (unsigned i = 0; i <= 12; ++i) sink->on({i * 1s, {}, events::Progress{"etcd", "compiling", i, 20, false, {}}});
    sink->on({13s, {}, events::Progress{"etcd", "built", 20, 20, true, 13s}});
    EXPECT_EQ(written_,
              "    0ms  etcd: [0/20] compiling\n"
              "  10.0s  etcd: [10/20] compiling\n"
              "  13.0s  etcd: built (13.0s)\n");
}

TEST_F(Terminal, PlainEndsWithTheSummary) {
    const auto sink = plain_terminal(writer(), false, false);
    sink->on({0s, {}, events::RunStarted{"k3x9", "two-node", "f", {}}});
    sink->on({9s, {}, events::RunFinished{Outcome::passed, "", "", 9s, "", false}});
    EXPECT_THAT(written_, testing::EndsWith("passed: two-node in 9.0s\n"));
}

TEST_F(Terminal, LiveDrawsOverItsOwnLines) {
    const auto sink = live();
    sink->on({0s, {}, events::NodeDoing{"master", "booting"}});
    sink->on({0s, {}, events::NodeDoing{"worker1", "booting"}});
    clock_.advance(5s);
    sink->on({5s, {}, events::NodeDoing{"worker1", "waiting for SSH"}});
    EXPECT_THAT(screen(written_), testing::ElementsAre("master   booting                      5s",
                                                       "worker1  waiting for SSH              0s", ""));
}

TEST_F(Terminal, LiveKeepsResultsAboveTheLiveLines) {
    const auto sink = live();
    sink->on({0s, {}, events::NodeDoing{"master", "booting"}});
    clock_.advance(9s);
    sink->on({9s, {}, events::StageFinished{"boot", Outcome::passed, 9s}});
    EXPECT_THAT(screen(written_), testing::ElementsAre("   9.0s  stage boot passed in 9.0s",
                                                       "master  booting                       9s", ""));
}

TEST_F(Terminal, LiveCountsOnBetweenEvents) {
    const auto sink = live();
    sink->on({3s, {}, events::NodeDoing{"master", "booting"}});
    clock_.advance(61s);
    sink->tick();
    EXPECT_EQ(screen(written_).front(), "master  booting                    1m01s");
}

TEST_F(Terminal, LiveNeverFillsTheScreen) {
    const auto sink = live(41, 6);
    for (const auto* name : {"n1", "n2", "n3", "n4", "n5", "n6"})
        sink->on({0s, {}, events::NodeDoing{name, "booting"}});
    EXPECT_EQ(screen(written_).size(), 5U);
}

TEST_F(Terminal, LiveLeavesOnlyTheSummaryAtTheEnd) {
    const auto sink = live();
    sink->on({0s, {}, events::NodeDoing{"master", "booting"}});
    sink->on({9s, {}, events::RunFinished{Outcome::passed, "", "", 9s, "", false}});
    sink->tick();
    const auto rows = screen(written_);
    EXPECT_THAT(rows, Not(testing::Contains(HasSubstr("booting"))));
    EXPECT_THAT(rows, testing::Contains(HasSubstr("passed")));
}

TEST_F(Terminal, LiveClearsItsLinesWhenTheRunIsCutShort) {
    live()->on({0s, {}, events::NodeDoing{"master", "booting"}});
    EXPECT_THAT(screen(written_), testing::ElementsAre(""));
}

// --- through a real pseudo-terminal or pipe --------------------------------------------------------------------------

// What a child writes to a descriptor that is a terminal (or a pipe) with these variables set.
std::string written_by_child(bool terminal, const char* term, const char* no_color) {
    int master = -1;
    std::array<int, 2> pipe{-1, -1};
    const struct winsize size { 24, 60, 0, 0 };
    pid_t child = -1;
    if (terminal) {
        child = ::forkpty(&master, nullptr, nullptr, &size);
    } else {
        if (::pipe(pipe.data()) != 0) return "no pipe";
        master = pipe[0];
        child = ::fork();
    }
    if (child == 0) {
        ::setenv("TERM", term, 1);
        ::setenv("NO_COLOR", no_color, 1);
        SystemClock clock;
        {
            const int descriptor = terminal ? STDOUT_FILENO : pipe[1];
            const auto write = [&](std::string_view text) {
                if (::write(descriptor, text.data(), text.size()) < 0) ::_exit(1);
            };
            const auto sink = terminal_for(descriptor, write, clock, false);
            sink->on({1s, {}, events::NodeDoing{"master", "booting"}});
            sink->on({2s, {}, events::StageFinished{"boot", Outcome::passed, 2s}});
        }
        ::_exit(0);
    }
    const UniqueFd reader(master);
    if (!terminal) ::close(pipe[1]);
    std::string text;
    std::array<char, 512> buffer{};
    for (ssize_t count = 0; (count = ::read(reader.get(), buffer.data(), buffer.size())) > 0;) {
        text.append(buffer.data(), static_cast<std::size_t>(count));
    }
    ::waitpid(child, nullptr, 0);
    return text;
}

TEST(RealTerminal, IsLiveAndColoured) {
    const auto text = written_by_child(true, "xterm", "");
    EXPECT_THAT(text, HasSubstr("\x1b[1A"));
    EXPECT_THAT(text, HasSubstr("\x1b[32mpassed"));
}

TEST(RealTerminal, ObeysNoColor) {
    const auto text = written_by_child(true, "xterm", "1");
    EXPECT_THAT(text, HasSubstr("\x1b[1A"));
    EXPECT_THAT(text, Not(HasSubstr("\x1b[32m")));
}

TEST(RealTerminal, IsPlainWhenItCannotMoveItsCursor) {
    EXPECT_THAT(written_by_child(true, "dumb", ""), Not(HasSubstr("\x1b")));
}

TEST(RealTerminal, APipeGetsPlainLines) {
    EXPECT_EQ(written_by_child(false, "xterm", ""),
              "   1.0s  master     booting\n"
              "   2.0s  stage boot passed in 2.0s\n");
}

}  // namespace
}  // namespace crib::report
