// What ./crib builds, when, and what it says; and ./crib test.

#include "tests/integration/wrapper/checkout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>

namespace crib::wrapper {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

class Building : public testing::Test {
protected:
    void SetUp() override { checkout_.install_everything(); }

    // As if the file were edited after all that was built.
    void edit(const std::string& name) {
        fs::last_write_time(checkout_.source() / name, fs::file_time_type::clock::now() + std::chrono::seconds{2});
    }
    Checkout checkout_;
};

TEST_F(Building, BuildsOnceAndThenStartsAtOnce) {
    const auto first = checkout_.crib({"run", "x.json"});
    EXPECT_THAT(first.err, HasSubstr("building crib (the first time takes about"));
    EXPECT_THAT(first.out, HasSubstr("[run][x.json] source=" + checkout_.source().string()));
    checkout_.forget_calls();
    const auto second = checkout_.crib({"run", "x.json"});
    EXPECT_EQ(second.err, "");
    EXPECT_EQ(second.exit_code, 7);
    EXPECT_EQ(checkout_.calls(), "");
}

TEST_F(Building, BuildsAgainWhenASourceChanged) {
    (void)checkout_.crib({"version"});
    edit("harness/a.cpp");
    checkout_.forget_calls();
    EXPECT_THAT(checkout_.crib({"version"}).err, HasSubstr("building crib (what changed)"));
    EXPECT_THAT(checkout_.calls(), HasSubstr("ninja"));
    EXPECT_THAT(checkout_.calls(), Not(HasSubstr("cmake")));  // ninja runs it when it must
}

TEST_F(Building, BuildsAgainWhenASourceIsGone) {
    (void)checkout_.crib({"version"});
    fs::remove(checkout_.source() / "harness/a.cpp");
    edit("harness");
    EXPECT_THAT(checkout_.crib({"version"}).err, HasSubstr("building"));
}

TEST_F(Building, DoesNotBuildTheProgramForAChangedTest) {
    (void)checkout_.crib({"version"});
    edit("tests/tools/run_tests.sh");
    EXPECT_EQ(checkout_.crib({"version"}).err, "");
}

TEST_F(Building, ConfiguresAgainWhenThePresetsChanged) {
    (void)checkout_.crib({"version"});
    edit("CMakePresets.json");
    checkout_.forget_calls();
    (void)checkout_.crib({"version"});
    EXPECT_THAT(checkout_.calls(), HasSubstr("cmake --preset release"));
}

TEST_F(Building, ShowsTheCompilersWordsWhenItFailsAndRunsNothingOld) {
    (void)checkout_.crib({"version"});
    edit("harness/a.cpp");
    write_file(checkout_.path() / "fakes/ninja-fails", "");
    const auto run = checkout_.crib({"version"});
    EXPECT_EQ(run.exit_code, 3);
    EXPECT_EQ(run.out, "");
    EXPECT_THAT(run.err, HasSubstr("a.cpp:1:1: error: no such thing"));
    EXPECT_THAT(run.err, Not(HasSubstr("Building b.o")));
    EXPECT_THAT(run.err, HasSubstr("build.log"));
    EXPECT_EQ(checkout_.crib({"version"}).exit_code, 3);  // still broken
}

TEST_F(Building, ShowsNoErrorsOfAnEarlierBuild) {
    (void)checkout_.crib({"version"});
    edit("harness/a.cpp");
    write_file(checkout_.path() / "fakes/ninja-fails", "");
    (void)checkout_.crib({"version"});
    checkout_.tool("ninja", "echo 'FAILED: b.o'; echo 'b.cpp:2:2: error: another'; exit 1\n");
    const auto run = checkout_.crib({"version"});
    EXPECT_THAT(run.err, HasSubstr("b.cpp:2:2: error: another"));
    EXPECT_THAT(run.err, Not(HasSubstr("a.cpp:1:1: error: no such thing")));
}

// Ten minutes of one line look like a program that hangs.
TEST_F(Building, SaysOnceAMinuteHowFarItIsAndHowLongItTakes) {
    checkout_.tool("date", R"sh(
now=$(($(cat "$FAKES/date" 2>/dev/null || echo 0) + 30))
echo $now | tee "$FAKES/date"
)sh");
    checkout_.tool("ninja", R"sh(
echo "[0/2] Re-checking globbed directories..."
n=0
while [ $n -lt 40 ]; do n=$((n + 1)); echo "[$n/100] Building CXX object a$n.o"; done
mkdir -p "$2/bin"; printf '#!/bin/sh\nexit 7\n' >"$2/bin/crib"; chmod +x "$2/bin/crib"
)sh");
    const auto run = checkout_.crib({"version"});
    EXPECT_EQ(run.exit_code, 7);
    EXPECT_THAT(run.err, HasSubstr("crib: compiled 2 of 100 files\n"));
    EXPECT_THAT(run.err, HasSubstr("crib: compiled 22 of 100 files, about 39 min left\n"));
    EXPECT_THAT(run.err, Not(HasSubstr("compiled 21 of"))) << "half a minute after the last one";
    EXPECT_THAT(run.err, Not(HasSubstr("of 2 files")));
}

TEST_F(Building, KeepsItsWordsOutOfTheProgramsOutput) {
    EXPECT_EQ(checkout_.crib({"x"}).out, "[x] source=" + checkout_.source().string() + "\n");
}

TEST_F(Building, WorksThroughALinkFromElsewhere) {
    fs::create_symlink(checkout_.source() / "crib", checkout_.path() / "bin/crib-link");
    (void)checkout_.crib({"version"});
    const auto line = "env PATH=" + (checkout_.path() / "bin").string() +
                      ":/usr/bin:/bin FAKES=" + (checkout_.path() / "fakes").string() + " crib-link version >/dev/null";
    EXPECT_EQ(WEXITSTATUS(std::system(line.c_str())), 7);
}

TEST_F(Building, BuildsWhereItIsTold) {
    const auto elsewhere = (checkout_.path() / "elsewhere").string();
    EXPECT_EQ(checkout_.crib({"version"}, {{"CRIB_BUILD", elsewhere}}).exit_code, 7);
    EXPECT_TRUE(fs::exists(elsewhere + "/release/bin/crib"));
    EXPECT_FALSE(fs::exists(checkout_.source() / "build"));
}

// --- ./crib test
// ------------------------------------------------------------------------------------------------------

// A CTest with one test of each kind, of which $FAKES/bad names the kind that fails.
constexpr auto kCtest = R"sh(
while [ $# -gt 0 ]; do
    case $1 in -L) kind=${2#^}; kind=${kind%?} ;; --output-junit) file=$2 ;; esac
    shift
done
bad=0
if [ "$kind" = "$(cat "$FAKES/bad")" ]; then bad=1; echo "1/1 Test #1: $kind/one ....***Failed"; fi
printf '<testsuite name="x"\n\ttests="3"\n\tfailures="%s"\n>\n<testcase name="s" status="notrun">\n</testsuite>\n' "$bad" >"$file"
exit "$bad"
)sh";

class Testing : public Building {
protected:
    void SetUp() override {
        Building::SetUp();
        checkout_.tool("ctest", kCtest);
        write_file(checkout_.path() / "fakes/bad", "none\n");
    }
};

TEST_F(Testing, SaysWhatItRanAndClosesWithTheCounts) {
    const auto run = checkout_.crib({"test"});
    EXPECT_EQ(run.exit_code, 0) << run.err;
    for (const auto* kind : {"unit", "contract", "integration", "hostile", "vm"}) {
        EXPECT_THAT(run.out, testing::ContainsRegex(std::string("\n") + kind + " +3 +0 +1 +[0-9.]+s\n"));
    }
    EXPECT_THAT(run.out, testing::EndsWith("\n10 passed, 0 failed, 5 skipped\n"));
}

// Where a CI's time goes.
TEST_F(Testing, NamesWhatTookAMinuteOrMoreTheLongestFirst) {
    checkout_.tool("ctest", R"sh(
while [ $# -gt 0 ]; do case $1 in -L) kind=${2#^}; kind=${kind%?} ;; --output-junit) file=$2 ;; esac; shift; done
case $kind in vm) long=193.044 ;; hostile) long=60 ;; *) long=59.9 ;; esac
printf '<testsuite name="x"\n\ttests="1"\n\tfailures="0"\n>\n\t<testcase name="%s/A.B" classname="x" time="%s" status="run"/>\n</testsuite>\n' \
    "$kind" "$long" >"$file"
)sh");
    const auto run = checkout_.crib({"test"});
    EXPECT_EQ(run.exit_code, 0) << run.err;
    EXPECT_THAT(run.out, HasSubstr("\na minute or more:\n   193s  vm/A.B\n    60s  hostile/A.B\n\n5 passed"));
}

TEST_F(Testing, RunsOnlyTheKindAskedFor) {
    const auto run = checkout_.crib({"test", "-L", "unit"});
    EXPECT_EQ(run.exit_code, 0) << run.err;
    EXPECT_THAT(run.out, testing::EndsWith("\n2 passed, 0 failed, 1 skipped\n"));
}

TEST_F(Testing, FailsWhenATestFailedAndStillRunsTheRest) {
    write_file(checkout_.path() / "fakes/bad", "unit\n");
    const auto run = checkout_.crib({"test"});
    EXPECT_EQ(run.exit_code, 1);
    EXPECT_THAT(run.out, HasSubstr("unit/one"));
    EXPECT_THAT(run.out, testing::EndsWith("\n9 passed, 1 failed, 5 skipped\n"));
}

// A CI shows a log's end first, and a failed vm test prints a cluster's life after its failure.
TEST_F(Testing, EndsWithWhatFailedTestsSay) {
    checkout_.tool("ctest", R"sh(
while [ $# -gt 0 ]; do case $1 in --output-junit) file=$2 ;; esac; shift; done
cat >"$file" <<'XML'
<testsuite name="x"
	tests="3"
	failures="2"
>
	<testcase name="unit/One.Passes" classname="unit/One.Passes" time="1" status="run">
		<system-out>passed.cpp:1: Failure
</system-out>
	</testcase>
	<testcase name="unit/One.Fails" classname="unit/One.Fails" time="1" status="fail">
		<failure message=""/>
		<system-out>$ crib run
long ago
1
2
3
4
5
6
7
8
9
10
11
12
13
14
its last line
a_test.cpp:12: Failure
Expected: &quot;a&quot; &lt; b &amp; c
$ crib kubectl
</system-out>
	</testcase>
	<testcase name="unit/One.Crashes" classname="unit/One.Crashes" time="1" status="fail">
		<failure message="SEGFAULT"/>
		<system-out>its last words
</system-out>
	</testcase>
</testsuite>
XML
exit 8
)sh");
    const auto run = checkout_.crib({"test", "-L", "unit"});
    EXPECT_EQ(run.exit_code, 1);
    EXPECT_THAT(run.out, testing::StartsWith("\nfailed: unit/One.Fails\n"
                                             "    1\n"));
    EXPECT_THAT(run.out, HasSubstr("    14\n"
                                   "    its last line\n"
                                   "    a_test.cpp:12: Failure\n"
                                   "    Expected: \"a\" < b & c\n"
                                   "\nfailed: unit/One.Crashes\n"
                                   "    its last words\n"
                                   "\nkind "));
    EXPECT_THAT(run.out, testing::EndsWith("\n1 passed, 2 failed, 0 skipped\n"));
}

TEST_F(Testing, FailsWhenCtestItselfFails) {
    checkout_.tool("ctest", "exit 8\n");
    EXPECT_NE(checkout_.crib({"test", "-L", "unit"}).exit_code, 0);
}

TEST_F(Testing, RefusesWhatItDoesNotKnow) {
    EXPECT_EQ(checkout_.crib({"test", "--fast"}).exit_code, 2);
    EXPECT_EQ(checkout_.crib({"test", "-L"}).exit_code, 2);
    EXPECT_EQ(checkout_.crib({"test", "-L", "nothing"}).exit_code, 2);
    EXPECT_EQ(checkout_.crib({"test", "--preset", "fast"}).exit_code, 2);
    EXPECT_EQ(checkout_.crib({"test", "--help"}).exit_code, 0);
}

TEST_F(Testing, BuildsWithAnotherPreset) {
    EXPECT_EQ(checkout_.crib({"test", "--preset", "asan", "-L", "unit"}).exit_code, 0);
    EXPECT_THAT(checkout_.calls(), HasSubstr("cmake --preset asan"));
}

}  // namespace
}  // namespace crib::wrapper
