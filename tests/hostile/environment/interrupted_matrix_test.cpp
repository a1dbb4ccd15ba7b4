// Ctrl-C while `crib matrix` runs: it says what did not run, and its own last words go on with that.

#include "harness/base/file.h"
#include "harness/base/text.h"
#include "harness/events/matrix_record.h"
#include "tests/hostile/environment/visitor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

namespace crib::test {
namespace {

namespace fs = std::filesystem;
using events::Outcome;
using ::testing::HasSubstr;
using ::testing::Not;

class AMatrixOfTwoCells : public ::testing::Test {
protected:
    // Each cell asks `go` before it builds anything: a program that does as a test says, and is no Go.
    void SetUp() override {
        put("m.json", R"({"name": "m", "extends": "one-node.json",
  "matrix": {"axes": {"nodes.master.labels.x": ["a", "b"]}}})");
        fs::create_directory(visitor.home() / "bin");
    }

    // In place: it stays the visitor's own.
    void put(const fs::path& file, const std::string& text) const {
        std::ofstream stream(visitor.home() / file, std::ios::binary | std::ios::trunc);
        ASSERT_TRUE(stream << text) << file;
    }

    void go_does(const std::string& lines) const {
        put("bin/go", "#!/bin/sh\n" + lines);
        fs::permissions(visitor.home() / "bin" / "go", fs::perms{0755});
    }

    // The shell's number becomes that of crib.
    process::Result crib(const Words& words) {
        return visitor.crib(words, "echo $$ >\"$HOME/crib.pid\"; export PATH=\"$HOME/bin:$PATH\"");
    }

    [[nodiscard]] fs::path matrices() const { return visitor.home() / ".local" / "state" / "crib" / "matrices"; }

    // By what each of them resumes.
    [[nodiscard]] events::MatrixRecord record_resuming(const std::string& id) const {
        for (const auto& entry : fs::directory_iterator(matrices())) {
            const auto record = events::matrix_record_of(read_file(entry.path() / "matrix.json"));
            if (record.resumes == id) return record;
        }
        ADD_FAILURE() << "none resumes \"" << id << "\"";
        return {};
    }

    // Of "... crib matrix m.json --resume m-x7k2 runs what did not pass".
    static Words words_to_resume(const std::string& said) {
        const auto end = said.find(" runs what did not pass");
        const auto begin = said.rfind("crib matrix ", end);
        if (end == std::string::npos || begin == std::string::npos) return {};
        auto words = split(said.substr(begin, end - begin), ' ');
        words.erase(words.begin());  // crib
        return words;
    }

    Visitor visitor;
};

TEST_F(AMatrixOfTwoCells, SaysAfterCtrlCWhatDidNotRunAndGoesOnWithIt) {
    go_does("kill -INT \"$(/bin/cat \"$HOME/crib.pid\")\"\nexec /bin/sleep 30\n");
    const Words words{"matrix", "m.json", "--jobs", "1"};
    const auto interrupted = crib(words);
    EXPECT_EQ(interrupted.how_it_ended(), "exited with 130") << told(words, interrupted) << interrupted.out;
    EXPECT_THAT(interrupted.err, HasSubstr("stopping all cells"));
    auto first = record_resuming("");
    EXPECT_EQ(first.outcome, Outcome::interrupted);
    EXPECT_EQ(first.reason, "0 of 2 cells passed, 0 failed, 0 had an error, 2 did not end");
    ASSERT_EQ(first.cells.size(), 2U);
    EXPECT_EQ(first.cells[0].outcome, Outcome::interrupted) << first.cells[0].reason;
    EXPECT_EQ(first.cells[1].outcome, Outcome::skipped);
    EXPECT_EQ(first.cells[1].reason, "the matrix was interrupted");
    EXPECT_EQ(first.cells[1].run, "");
    EXPECT_THAT(interrupted.out, HasSubstr("skipped " + first.cells[1].id + ": the matrix was interrupted"));

    const auto again = words_to_resume(interrupted.out);
    ASSERT_THAT(again, ::testing::IsSupersetOf({"--resume", first.id.c_str()})) << interrupted.out;
    // As if the first one had come to its end: without Go none does.
    first.cells[0].outcome = Outcome::passed;
    put(matrices() / first.id / "matrix.json", to_json(first));
    go_does("exit 1\n");
    const auto resumed = crib(again);
    EXPECT_EQ(resumed.how_it_ended(), "exited with 3") << told(again, resumed) << resumed.out;
    EXPECT_THAT(resumed.out, HasSubstr("no Go toolchain"));
    const auto second = record_resuming(first.id);
    ASSERT_EQ(second.cells.size(), 2U);
    EXPECT_TRUE(second.cells[0].carried);
    EXPECT_EQ(second.cells[0].run, first.cells[0].run);
    EXPECT_FALSE(second.cells[1].carried);
    EXPECT_EQ(second.cells[1].outcome, Outcome::error);
    EXPECT_THAT(second.cells[1].run, Not(""));
}

// It began, and each of its cells was refused.
TEST_F(AMatrixOfTwoCells, IsRefusedBeforeAnythingIsMadeWhereFewFilesMayBeOpen) {
    const Words words{"matrix", "m.json"};
    const auto refused = visitor.crib(words, "ulimit -n 100");
    EXPECT_EQ(refused.how_it_ended(), "exited with 3") << told(words, refused) << refused.out;
    EXPECT_THAT(refused.err, HasSubstr("only 100 files may be open at once"));
    EXPECT_THAT(refused.err, HasSubstr("ulimit -n 1024"));
    EXPECT_FALSE(fs::exists(matrices()));
}

}  // namespace
}  // namespace crib::test
