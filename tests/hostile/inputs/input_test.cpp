// Inputs that careless and hostile people gave to crib, one test a row of the tables beside this file: crib answers as
// the row says, soon and in little memory, in words that any terminal may get, and nothing of theirs is changed.

#include "harness/base/printable.h"
#include "tests/hostile/environment/visitor.h"
#include "tests/hostile/inputs/made_file.h"
#include "tests/hostile/inputs/picture.h"
#include "tests/hostile/inputs/row.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>

namespace crib::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kIsInstrumented = true;  // slower by far, and with an address space as large as the machine has
#else
constexpr bool kIsInstrumented = false;
#endif
constexpr unsigned kSlowness = kIsInstrumented ? 15 : 1;
constexpr unsigned kAddressMib = 3072;  // what a fault may take before it is stopped

// What crib writes by itself.
const std::vector<std::string> kOfCrib{".cache", ".local", ".config"};

// Of programs that have ended.
long most_kib() {
    rusage usage{};
    ::getrusage(RUSAGE_CHILDREN, &usage);
    return usage.ru_maxrss;
}

std::string with_run(std::string text, const std::string& run, const fs::path& home) {
    for (const auto& [word, meaning] : {std::pair<std::string, std::string>{"{run}", run}, {"{home}", home.string()}}) {
        for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + meaning.size())) {
            text.replace(at, word.size(), meaning);
        }
    }
    return text;
}

class HostileInput : public ::testing::TestWithParam<Row> {
protected:
    void SetUp() override {
        fs::create_directory(home / "tmp");
        for (const auto& [path, what] : row.files) make_file(home, home / mine(path), mine(what));
        give_to_owner_of(home);
        for (const auto& line : row.before) {
            const auto result = visitor.crib(mine(line), "export TMPDIR=\"$HOME/tmp\"");
            ASSERT_TRUE(result.ok()) << "before: " << told(line, result);
        }
    }
    process::Result ask() {
        // What a process may have is its limit, so that a fault ends there and not the machine.
        auto limits = fmt::format("ulimit -c 0\nulimit -t {}\n", row.seconds * kSlowness);
        if (!kIsInstrumented) limits += fmt::format("ulimit -v {}\n", kAddressMib * 1024);
        return visitor.crib(mine(row.words), "export TMPDIR=\"$HOME/tmp\"\n" + limits + row.surroundings);
    }
    [[nodiscard]] std::string mine(const std::string& text) const { return with_run(text, visitor.run(), home); }
    [[nodiscard]] Words mine(Words words) const {
        for (auto& word : words) word = mine(word);
        return words;
    }

    void expect_words(const process::Result& result) const {
        const auto whole = told(mine(row.words), result) + result.out;
        for (const auto& text : row.out) EXPECT_THAT(result.out, HasSubstr(mine(text))) << whole;
        for (const auto& text : row.err) EXPECT_THAT(result.err, HasSubstr(mine(text))) << whole;
        for (const auto& text : row.said) EXPECT_THAT(result.out + result.err, HasSubstr(mine(text))) << whole;
        for (const auto& text : row.not_out) EXPECT_THAT(result.out, Not(HasSubstr(mine(text)))) << whole;
        for (const auto& text : row.not_err) EXPECT_THAT(result.err, Not(HasSubstr(mine(text)))) << whole;
        EXPECT_EQ(result.out, printable_lines(result.out)) << "a terminal must not get it";
        EXPECT_EQ(result.err, printable_lines(result.err)) << "a terminal must not get it";
        EXPECT_LT(result.out.size() + result.err.size(), row.most_bytes) << result.err.substr(0, 2000);
    }
    // Where libvirt has its sockets when there is no XDG_RUNTIME_DIR.
    [[nodiscard]] bool is_of_libvirt(const std::string& path) const {
        struct stat status {};
        return ::stat(home.c_str(), &status) == 0 && is_below(path, {fmt::format("tmp/crib-{}", status.st_uid)});
    }
    void expect_nothing_lost(const Picture& before, const Picture& after) const {
        const auto keeps = mine(row.keeps);
        const auto is_ours = [&](const std::string& path) { return is_below(path, kOfCrib) && !is_below(path, keeps); };
        for (const auto& [path, what] : before) {
            if (is_ours(path) || is_below(path, mine(row.changes))) continue;
            const auto now = after.find(path);
            EXPECT_EQ(now == after.end() ? "gone" : now->second, what) << path;
        }
        for (const auto& [path, what] : after) {
            if (before.contains(path) || is_below(path, kOfCrib) || is_below(path, row.makes) || is_of_libvirt(path)) {
                continue;
            }
            EXPECT_EQ("new", what) << path << ": nobody asked for it";
        }
    }

    const Row& row = GetParam();
    Visitor visitor;
    fs::path home = visitor.home();
};

TEST_P(HostileInput, IsAnsweredAsTheTableSays) {
    const auto before = picture_of(home);
    const auto kib_before = most_kib();
    const auto result = ask();
    const auto kib = most_kib();
    const auto whole = told(mine(row.words), result) + result.out;
    ASSERT_EQ(wrong_ending(result), "") << row.why << "\n" << whole;
    const auto code = std::get<process::Exited>(result.end).code;
    EXPECT_THAT(row.exits, ::testing::Contains(code)) << row.why << "\n" << whole;
    expect_words(result);
    expect_nothing_lost(before, picture_of(home));
    for (const auto& [path, texts] : row.then) {
        const auto now = read_file(home / mine(path));
        for (const auto& text : texts) EXPECT_THAT(now, HasSubstr(text)) << path;
    }
    if (kIsInstrumented || kib == kib_before) return;
    EXPECT_LE(kib, long{row.mib} * 1024) << "KiB of memory";
}

INSTANTIATE_TEST_SUITE_P(OfTheTables, HostileInput,
                         ::testing::ValuesIn(read_rows(fs::path(CRIB_SOURCE_DIR) / "tests" / "hostile" / "inputs")),
                         [](const auto& one) { return one.param.name; });

}  // namespace
}  // namespace crib::test
