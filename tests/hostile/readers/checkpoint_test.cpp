// What the store of checkpoints reads, broken by chance; the manifest also with a digest that is right again.

#include "harness/base/sha256.h"
#include "harness/checkpoint/manifest.h"
#include "harness/checkpoint/memory_index.h"
#include "tests/support/chance/chance.h"
#include "tests/support/chance/trials.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace crib::checkpoint {
namespace {

using test::Chance;

const std::string kDigest(64, 'a');

Entry whole() {
    Entry entry;
    entry.chain = extend(extend({}, "boot", {text("cpu model", "Nehalem")}), "joined",
                         {content("script", "true\n", "15-join.sh")});
    entry.scenario = "two-node";
    entry.program = "crib 0.1.0, QEMU 7.2.22";
    entry.created = WallTime{std::chrono::seconds{1'764'400'000}};
    entry.nodes = {"master", "worker"};
    entry.parts = {{Part::Kind::memory, "master", kDigest, 100, 4096, {}},
                   {Part::Kind::memory, "worker", std::string(64, 'b'), 100, 4096, {}, "master"},
                   {Part::Kind::disk, "master vda", std::string(64, 'c'), 100, 4096, {"", "/cache/root.qcow2", 5, 7}}};
    entry.layers = {{Part::Kind::disk, "master vda", std::string(64, 'd'), 100, 4096, {kDigest, {}, 0, 0}}};
    entry.payload = R"({"secret": "s"})";
    return entry;
}

TEST(HostileCheckpointOfChance, HasAManifestThatIsReadOrRefused) {
    const auto manifest = to_manifest(whole());
    const auto head = manifest.substr(0, manifest.find('\n') + 1);
    const auto body = manifest.substr(head.size());
    const auto digest_at = head.find(sha256_hex(body));
    ASSERT_NE(digest_at, std::string::npos);
    const auto tokens = test::tokens_of(body);
    const auto trial = [&](unsigned seed) {
        Chance chance(seed);
        auto broken = chance.bytes(manifest, manifest);
        if (chance.pick(4) != 0) {
            const auto other = chance.text(tokens);
            broken = head;
            broken.replace(digest_at, 64, sha256_hex(other));
            broken += other;
        }
        return test::read_or_refused({ErrorKind::environment}, [&] { (void)to_manifest(read_manifest(broken)); });
    };
    EXPECT_EQ(test::problem_of(10'000, trial), "");
}

TEST(HostileCheckpointOfChance, HasAnIndexOfMemoryThatIsReadOrRefused) {
    const auto index = to_text({(3U << 20U) + 5, 1U << 20U, {{100, kDigest}, {0, ""}, {7, kDigest}, {9, kDigest}}});
    const auto trial = [&](unsigned seed) {
        const auto broken = Chance(seed).bytes(index, index + " 18446744073709551615 -1\n0 ");
        return test::read_or_refused({ErrorKind::environment}, [&] {
            const auto read = read_index(broken);
            for (std::size_t i = 0; i < read.pieces.size(); ++i) (void)read.raw_size(i);
            (void)to_text(read);
        });
    };
    EXPECT_EQ(test::problem_of(20'000, trial), "");
}

}  // namespace
}  // namespace crib::checkpoint
