#include "harness/base/sha256.h"

#include "harness/base/error.h"
#include "harness/base/file.h"

#include <gtest/gtest.h>

namespace crib {
namespace {

// FIPS 180-2's own examples.
constexpr auto kEmpty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr auto kAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

TEST(Sha256, AgreesWithTheStandard) {
    EXPECT_EQ(sha256_hex(""), kEmpty);
    EXPECT_EQ(sha256_hex("abc"), kAbc);
}

TEST(Sha256, OfAFileIsThatOfItsText) {
    const TempFolder folder(std::filesystem::temp_directory_path());
    const auto path = folder.path() / "big";
    const std::string text(700'000, 'x');
    write_file(path, text);
    EXPECT_EQ(sha256_file(path), sha256_hex(text));
}

TEST(Sha256, IsOfNoFileThatHasMoreThanItSays) {
    try {
        (void)sha256_file("/proc/self/status");  // it says that it is empty
        FAIL() << "no error";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::environment);
        EXPECT_STREQ(error.what(),
                     "cannot read /proc/self/status: it has more than the 0 bytes that it was said to have");
    }
}

TEST(Sha256, NamesAFileThatIsNotThere) {
    try {
        (void)sha256_file("/nonexistent/file");
        FAIL() << "no error";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::environment);
        EXPECT_STREQ(error.what(), "cannot read /nonexistent/file: No such file or directory");
    }
}

TEST(KeyBuilder, KeepsAReadableTextOfItsInputs) {
    KeyBuilder builder;
    builder.add("go", "1.26.8").add("flags", "-trimpath");
    EXPECT_EQ(builder.text(), "go 1.26.8\nflags -trimpath\n");
    EXPECT_EQ(builder.key(), sha256_hex("go 1.26.8\nflags -trimpath\n"));
}

TEST(KeyBuilder, TellsApartInputsThatWouldReadAlike) {
    KeyBuilder one;
    one.add("script", "a\nflags b");
    KeyBuilder two;
    two.add("script", "a").add("flags", "b");
    EXPECT_NE(one.key(), two.key());
    EXPECT_EQ(one.text(), "script sha256:" + sha256_hex("a\nflags b") + "\n");
}

TEST(KeyBuilder, ChangesWithEachValueAndWithTheOrder) {
    KeyBuilder one;
    one.add("a", "1").add("b", "2");
    KeyBuilder other_value;
    other_value.add("a", "1").add("b", "3");
    KeyBuilder other_order;
    other_order.add("b", "2").add("a", "1");
    EXPECT_NE(one.key(), other_value.key());
    EXPECT_NE(one.key(), other_order.key());
}

}  // namespace
}  // namespace crib
