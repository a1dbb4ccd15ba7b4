#include "harness/capsule/manifest.h"

#include "harness/base/error.h"
#include "tests/support/flood.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

namespace crib::capsule {
namespace {

const std::string kDigest(64, 'a');

Manifest example() {
    return {"0.1.0",
            "2026-11-25T12:00:00Z",
            "two-node-ab12",
            "two-node",
            "failed",
            "QEMU 7.2.22",
            true,
            {{"run/run.json", 10, kDigest}, {"state/checkpoint.json", 3, kDigest}, {"images/" + kDigest, 7, kDigest}},
            {{"the kernel", "images/debian-13-0123/kernel", "/cache/images/debian-13-0123/kernel", 7, kDigest, "cure",
              true}}};
}

double seconds_to_read(std::size_t members) {
    const auto text = test::object_of_members(members);
    return test::cpu_seconds([&] { EXPECT_THROW((void)parse_manifest(text, {}), Error); });
}

TEST(CapsuleManifest, WithEightTimesTheMembersIsReadInAboutEightTimesTheTime) {
    const auto small = seconds_to_read(4'000);
    const auto large = seconds_to_read(32'000);
    EXPECT_LT(large, 24 * small + 0.05) << small << " s, then " << large << " s";
}

TEST(CapsuleManifest, IsReadAsItWasWritten) {
    const auto read = parse_manifest(to_json(example()), {});
    EXPECT_EQ(read.parts, example().parts);
    EXPECT_EQ(read.needs, example().needs);
    EXPECT_EQ(read.run, "two-node-ab12");
    EXPECT_EQ(read.hypervisor, "QEMU 7.2.22");
    EXPECT_TRUE(read.with_state);
}

TEST(CapsuleManifest, MayNotNeedWhatLiesElsewhereOrIsNotThere) {
    auto manifest = example();
    manifest.needs[0].place = "../../etc/shadow";
    EXPECT_THROW((void)parse_manifest(to_json(manifest), {}), Error);
    manifest = example();
    manifest.parts.pop_back();
    EXPECT_THROW((void)parse_manifest(to_json(manifest), {}), Error);
}

TEST(CapsuleManifest, HasTheStateThatItPromises) {
    auto manifest = example();
    manifest.parts.erase(manifest.parts.begin() + 1);
    EXPECT_THROW((void)parse_manifest(to_json(manifest), {}), Error);
}

TEST(CapsuleManifest, ARunIsCalledByAPlainName) {
    for (const char* name : {"", "..", ".hidden", "-rf", "a/b", "a b", "a\n"}) {
        auto manifest = example();
        manifest.run = name;
        EXPECT_THROW((void)parse_manifest(to_json(manifest), {}), Error) << name;
    }
}

std::string refusal_of(const std::function<void(Manifest&)>& spoil) {
    auto manifest = example();
    spoil(manifest);
    try {
        (void)parse_manifest(to_json(manifest), {});
    } catch (const Error& error) {
        return error.what();
    }
    return "none";
}

// 900 KB on the terminal, from a file of some KB.
TEST(CapsuleManifest, SaysNothingAtLength) {
    const std::string endless(900'000, 'x');
    std::string many_words;
    while (many_words.size() < endless.size()) many_words += "x ";
    const std::vector<std::string Manifest::*> texts{&Manifest::crib,     &Manifest::created, &Manifest::run,
                                                     &Manifest::scenario, &Manifest::outcome, &Manifest::hypervisor};
    for (const auto& words : {endless, many_words}) {
        for (const auto text : texts) {
            const auto refusal = refusal_of([&](Manifest& manifest) { manifest.*text = words; });
            EXPECT_NE(refusal, "none");
            EXPECT_LT(refusal.size(), 1000U);
        }
        for (const auto text : {&Need::what, &Need::place, &Need::file, &Need::cure, &Need::sha256}) {
            const auto refusal = refusal_of([&](Manifest& manifest) { manifest.needs[0].*text = words; });
            EXPECT_NE(refusal, "none");
            EXPECT_LT(refusal.size(), 1000U);
        }
        EXPECT_LT(refusal_of([&](Manifest& manifest) { manifest.parts[0].path = words; }).size(), 1000U);
    }
}

TEST(CapsuleManifest, TellsATimeAVersionAndAScenarioOfThoseNames) {
    for (const char* time : {"2026-11-30T08:08:12.285Z", "2026-11-25T12:00:00Z"}) {
        EXPECT_EQ(refusal_of([&](Manifest& manifest) { manifest.created = time; }), "none") << time;
    }
    for (const char* time : {"", "now", "packed now  x", "2026-11-25", "2026-11-25T12:00:00Z by root"}) {
        EXPECT_NE(refusal_of([&](Manifest& manifest) { manifest.created = time; }), "none") << time;
    }
    EXPECT_EQ(refusal_of([](Manifest& manifest) { manifest.crib = "1.0.0-rc1+git.7f"; }), "none");
    for (const char* version : {"", "0.1.0 by root"}) {
        EXPECT_NE(refusal_of([&](Manifest& manifest) { manifest.crib = version; }), "none") << version;
    }
    for (const char* name : {"", "two node", "../x", "x\n"}) {
        EXPECT_NE(refusal_of([&](Manifest& manifest) { manifest.scenario = name; }), "none") << name;
    }
}

TEST(CapsuleManifest, FilesAreCalledAsPeopleCallThem) {
    for (const char* path : {"scenario/a b.json", "scenario/zwei-knoten-\u00fc.json", "scenario/\u65e5/x (2).json",
                             "run/nodes/master/kubelet@1+x=y_z.log"}) {
        auto manifest = example();
        manifest.parts.push_back({path, 1, kDigest});
        EXPECT_EQ(parse_manifest(to_json(manifest), {}).parts.back().path, path);
    }
}

TEST(CapsuleManifest, ThatIsFullIsNoLargerThanOneMayBe) {
    const Limits limits;
    auto manifest = example();
    manifest.needs.clear();
    manifest.with_state = false;
    manifest.parts.clear();
    for (std::size_t i = 0; i < limits.members; ++i) {
        const auto name = std::to_string(i);
        manifest.parts.push_back({"run/" + name + std::string(236 - name.size(), '"'), 1, kDigest});
    }
    EXPECT_EQ(parse_manifest(to_json(manifest), limits).parts.size(), limits.members);
    manifest.parts.push_back({"run/one", 1, kDigest});
    EXPECT_THROW((void)parse_manifest(to_json(manifest), limits), Error);
}

TEST(CapsuleManifest, SizesAreWholeNumbersAndNotNegative) {
    for (const char* size : {"-1", "1.5", "1e300", "\"10\""}) {
        auto text = to_json(example());
        text.replace(text.find("\"bytes\": 10"), 11, std::string("\"bytes\": ") + size);
        EXPECT_THROW((void)parse_manifest(text, {}), Error) << size;
    }
}

}  // namespace
}  // namespace crib::capsule
