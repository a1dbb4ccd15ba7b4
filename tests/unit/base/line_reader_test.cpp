// The lines of a file that may be larger than the memory.

#include "harness/base/line_reader.h"

#include "harness/base/input_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace crib {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Lines : public ::testing::Test {
protected:
    // Each piece, with a mark where its line goes on.
    std::vector<std::string> pieces_of(const std::string& text, std::size_t longest = LineReader::kLongest) {
        const auto file = folder.path() / "file";
        write_file(file, text);
        LineReader reader(open_regular(file), file, longest);
        std::vector<std::string> all;
        while (const auto piece = reader.next()) {
            all.push_back((piece->begins ? "" : "…") + std::string(piece->text) + (piece->ends ? "" : "…"));
        }
        return all;
    }

    TempFolder folder{std::filesystem::temp_directory_path(), "crib-lines"};
};

TEST_F(Lines, AreGivenOneByOneWithoutTheirNewlines) {
    EXPECT_THAT(pieces_of("a\n\nbc\n"), ElementsAre("a", "", "bc"));
    EXPECT_THAT(pieces_of("a\nb"), ElementsAre("a", "b"));
    EXPECT_THAT(pieces_of("\n"), ElementsAre(""));
    EXPECT_THAT(pieces_of(""), IsEmpty());
}

TEST_F(Lines, ThatAreLongComeInPieces) {
    EXPECT_THAT(pieces_of("abcdefghij\nabcd\n", 4), ElementsAre("abcd…", "…efgh…", "…ij", "abcd"));
    EXPECT_THAT(pieces_of("abcdefgh", 4), ElementsAre("abcd…", "…efgh"));
}

TEST_F(Lines, OfAFileWithoutAnEndHaveOne) {
    constexpr std::size_t enough = 64U << 20U;
    const std::filesystem::path endless = "/proc/self/pagemap";
    if (!std::filesystem::exists(endless)) GTEST_SKIP() << "no such file here";
    LineReader reader(open_regular(endless), endless);
    std::size_t bytes = 0;
    while (const auto piece = reader.next()) {
        bytes += piece->text.size();
        ASSERT_LT(bytes, enough);
    }
}

TEST_F(Lines, AreNotCutWithinACharacter) {
    EXPECT_THAT(pieces_of("abcéé\n", 4), ElementsAre("abc…", "…éé"));
    EXPECT_THAT(pieces_of("ab\U0001F600cd\n", 5), ElementsAre("ab…", "…\U0001F600c…", "…d"));
    EXPECT_THAT(pieces_of(std::string(9, '\x80') + "\n", 4).size(), 3U) << "no UTF-8";
}

TEST_F(Lines, AreWholeHoweverTheyLieInTheFile) {
    std::string text;
    for (int i = 0; i < 30'000; ++i)
        text += std::to_string(i) + std::string(static_cast<std::size_t>(i % 97), 'x') + "\n";
    std::string back;
    for (const auto& line : pieces_of(text)) back += line + "\n";
    EXPECT_EQ(back, text);
}

}  // namespace
}  // namespace crib
