// Capsules that chance has broken: in their packed form, in the archive within, in the manifest.

#include "harness/base/file.h"
#include "harness/capsule/unpack.h"
#include "tests/support/chance/chance.h"
#include "tests/support/chance/trials.h"
#include "tests/support/manual_clock.h"
#include "tests/unit/capsule/archive_maker.h"

#include <gtest/gtest.h>
#include <zstd.h>

#include <stdexcept>

namespace crib::capsule {
namespace {

namespace fs = std::filesystem;
using test::Chance;
using test::Member;

const std::vector<Member> kMembers{{"run/run.json", R"({"id": "two-node-ab12"})"},
                                   {"run/events.jsonl", "{}\n"},
                                   {"run/nodes/master/console.log", "x"}};

std::string decompressed(const std::string& packed) {
    std::string text(4U << 20U, '\0');
    const auto length = ZSTD_decompress(text.data(), text.size(), packed.data(), packed.size());
    if (ZSTD_isError(length) != 0) throw std::runtime_error(ZSTD_getErrorName(length));
    text.resize(length);
    return text;
}

std::string compressed(const std::string& text) {
    std::string packed(ZSTD_compressBound(text.size()), '\0');
    packed.resize(ZSTD_compress(packed.data(), packed.size(), text.data(), text.size(), 1));
    return packed;
}

class HostileCapsuleOfChance : public ::testing::Test {
protected:
    void SetUp() override {
        test::write_capsule(file_, kMembers);
        packed_ = read_file(file_);
    }

    // What is wrong with how `file_` is unpacked.
    std::string opened() {
        fs::remove_all(into_);
        fs::create_directory(into_);
        const auto problem = test::read_or_refused({ErrorKind::usage}, [&] {
            (void)to_json(unpack(file_, What::everything, into_, {}, Context::with_clock(clock_)));
        });
        if (problem.empty() && !only_known_there()) return "something was written elsewhere";
        return problem;
    }
    bool only_known_there() {
        for (const auto& one : fs::directory_iterator(folder_.path())) {
            if (one.path() != file_ && one.path() != into_) return false;
        }
        return true;
    }

    TempFolder folder_{test::quick_folder(), "crib-chance"};
    fs::path file_ = folder_.path() / "a.crib";
    fs::path into_ = folder_.path() / "into";
    test::ManualClock clock_;
    std::string packed_;
};

TEST_F(HostileCapsuleOfChance, IsRefusedWhereverItsFileIsBroken) {
    const auto trial = [&](unsigned seed) {
        test::put(file_, Chance(seed).bytes(packed_, packed_));
        return opened();
    };
    EXPECT_EQ(test::problem_of(3000, trial), "");
}

TEST_F(HostileCapsuleOfChance, IsRefusedWhereverTheArchiveInItIsBroken) {
    const auto archive = decompressed(packed_);
    const auto trial = [&](unsigned seed) {
        test::put(file_, compressed(Chance(seed).bytes(archive, archive)));
        return opened();
    };
    EXPECT_EQ(test::problem_of(3000, trial), "");
}

TEST_F(HostileCapsuleOfChance, IsUnpackedOrRefusedWhateverItsManifestSays) {
    const auto manifest = to_json(test::manifest_of(kMembers));
    const auto tokens = test::tokens_of(manifest);
    const std::vector<std::string> others{"null",
                                          "-1",
                                          "18446744073709551615",
                                          "1e400",
                                          "true",
                                          "\"../x\"",
                                          "\"run/../../x\"",
                                          "\"run/run.json\"",
                                          "\"state/x\"",
                                          "\"\"",
                                          "[]",
                                          "{}",
                                          "\"a\\u0000b\"",
                                          "\"\\u001b[2J\""};
    const auto trial = [&](unsigned seed) {
        auto members = kMembers;
        members.insert(members.begin(), {"manifest.json", Chance(seed).text(tokens, others)});
        test::write_archive(file_, members);
        return opened();
    };
    EXPECT_EQ(test::problem_of(3000, trial), "");
}

}  // namespace
}  // namespace crib::capsule
