#pragma once
// Visitor: crib in the hands of an ordinary user, in surroundings that a few lines of shell make.

#include "harness/base/clock.h"
#include "harness/base/file.h"
#include "harness/process/boost_runner.h"

#include <filesystem>
#include <string>
#include <vector>

namespace crib::test {

using Words = std::vector<std::string>;

// A good scenario in $HOME, by a name that is no UTF-8.
inline constexpr const char* kNoText = "s\xff\x1b[2J.json";

class Visitor {
public:
    // Copies crib, and what it reads of its checkout, into a folder of its own, with a run that has ended, and gives
    // all to a user without rights when the test has those of root.
    Visitor();

    // Of a user without a home and without rights; else of the one who runs the test.
    [[nodiscard]] static bool is_nobody();

    // crib with these words, after `surroundings`, which a POSIX shell carries out in $HOME. PATH has QEMU and SSH, but
    // nothing that builds or makes images: what begins a run ends soon. It has a deadline.
    process::Result crib(const Words& words, const std::string& surroundings);

    // A command line for each of crib's commands, as crib itself lists them, and some more, all well meant.
    [[nodiscard]] std::vector<Words> well_meant_lines() const;
    // The same commands with words that mean nothing, and none.
    [[nodiscard]] std::vector<Words> careless_lines() const;

    [[nodiscard]] std::filesystem::path home() const { return folder_.path() / "home"; }
    [[nodiscard]] const std::string& run() const { return run_; }  // the one that there is

private:
    void copy_crib();
    void fill_home();
    void give_away();
    [[nodiscard]] std::string word_for(const std::string& command, const std::string& word) const;

    TempFolder folder_{std::filesystem::temp_directory_path(), "crib-visitor"};
    SystemClock clock_;
    process::BoostRunner runner_;
    std::string run_;
};

// Words for a person who reads a failed test.
[[nodiscard]] std::string told(const Words& words, const process::Result& result);

// 0, 1, 2, 3 or 130 and by itself: nothing, or what else it was.
[[nodiscard]] std::string wrong_ending(const process::Result& result);

}  // namespace crib::test
