// Capsules that somebody made to do harm, or that came damaged: each is refused, and nothing is written outside the
// folder that it was to be unpacked into.

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/text.h"
#include "harness/capsule/unpack.h"
#include "tests/support/manual_clock.h"
#include "tests/unit/capsule/archive_maker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace crib::capsule {
namespace {

namespace fs = std::filesystem;
using test::Member;
using ::testing::AllOf;
using ::testing::HasSubstr;

class HostileCapsules : public ::testing::Test {
protected:
    void SetUp() override { fs::create_directory(into); }

    // What crib says of it; empty: it was unpacked.
    std::string refusal(const Limits& limits = {}) {
        try {
            (void)unpack(file, What::everything, into, limits, Context::with_clock(clock));
            return {};
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::usage) << error.what();
            EXPECT_THAT(error.what(), HasSubstr(file.string()));
            EXPECT_NE(error.hint(), "") << error.what();
            return error.what();
        }
    }
    // All but the capsule and the folder it may write to.
    std::vector<std::string> outside() const {
        std::vector<std::string> found;
        for (const auto& one : fs::directory_iterator(folder.path())) {
            if (one.path() != file && one.path() != into) found.push_back(one.path().filename());
        }
        return found;
    }

    TempFolder folder{fs::temp_directory_path()};
    fs::path file = folder.path() / "bug.crib";
    fs::path into = folder.path() / "into";
    test::ManualClock clock;
    std::vector<Member> good{{"run/run.json", "{}"}, {"run/events.jsonl", "events"}};
};

TEST_F(HostileCapsules, AGoodOneIsUnpacked) {
    test::write_capsule(file, good);
    EXPECT_EQ(refusal(), "");
    EXPECT_EQ(read_file(into / "run/events.jsonl"), "events");
}

class BadPaths : public HostileCapsules, public ::testing::WithParamInterface<const char*> {};

TEST_P(BadPaths, AreRefused) {
    good.push_back({GetParam(), "evil"});
    test::write_capsule(file, good);
    EXPECT_THAT(refusal(), HasSubstr("path that is not allowed"));
    EXPECT_TRUE(outside().empty());
    EXPECT_TRUE(fs::is_empty(into)) << "the manifest was enough to refuse it";
}
INSTANTIATE_TEST_SUITE_P(All, BadPaths,
                         ::testing::Values("/etc/passwd", "../evil", "run/../../evil", "run/./evil", "run//evil",
                                           "run/", "evil", "elsewhere/evil", "run/a\nb", "run/ a", "run/a ",
                                           "run/~\\evil", "run/.hidden", "run/a\u202eb", "run/a\x7f",
                                           "run/a/b/c/d/e/f/g/h/i"));

TEST_F(HostileCapsules, AMemberThatItsManifestDoesNotNameIsRefusedWhereverItLeads) {
    for (const char* path : {"../evil", "/tmp/evil-of-crib", "run/evil", "manifest.json"}) {
        auto members = good;
        members.insert(members.begin(), {"manifest.json", to_json(test::manifest_of(good))});
        members.push_back({path, "evil"});
        remove_all_quietly(into);
        fs::create_directory(into);
        test::write_archive(file, members);
        EXPECT_THAT(refusal(), HasSubstr("is not in its manifest")) << path;
        EXPECT_TRUE(outside().empty());
    }
}

TEST_F(HostileCapsules, LinksFoldersAndDevicesAreRefusedEvenUnderANameThatIsInTheManifest) {
    using Type = Member::Type;
    for (const auto type : {Type::symlink, Type::hardlink, Type::folder, Type::device}) {
        auto members = good;
        members.insert(members.begin(), {"manifest.json", to_json(test::manifest_of(good))});
        members[1].type = type;
        members[1].content.clear();
        members[1].target = "/etc/passwd";
        test::write_archive(file, members);
        EXPECT_THAT(refusal(), ::testing::AnyOf(HasSubstr("is a link"), HasSubstr("is not a plain file")));
        EXPECT_TRUE(fs::is_empty(into));
    }
}

TEST_F(HostileCapsules, NamesThatAreThereTwiceAreRefused) {
    test::write_capsule(file, {{"run/a", "one"}, {"run/a", "two"}});
    EXPECT_THAT(refusal(), HasSubstr("\"run/a\" is named twice"));
    auto members = good;
    members.insert(members.begin(), {"manifest.json", to_json(test::manifest_of(good))});
    members.push_back(good.back());
    test::write_archive(file, members);
    EXPECT_THAT(refusal(), HasSubstr("\"run/events.jsonl\" is there twice"));
}

TEST_F(HostileCapsules, WithAPartThatIsFileAndFolderAreRefused) {
    good.push_back({"run/nodes/a/b", "x"});
    good.push_back({"run/nodes/a", "y"});
    test::write_capsule(file, good);
    EXPECT_THAT(refusal(), HasSubstr("\"run/nodes/a\" is a file and a folder"));
}

TEST_F(HostileCapsules, AFileThatIsToBeAFolderTooIsAnErrorAndNoHarm) {
    test::write_capsule(file, {{"run/a", "one"}, {"run/a/b", "two"}});
    EXPECT_THROW((void)unpack(file, What::everything, into, {}, Context::with_clock(clock)), Error);
    EXPECT_TRUE(outside().empty());
}

TEST_F(HostileCapsules, AnotherSizeOrDigestIsRefused) {
    test::write_capsule(file, good, [](Manifest& manifest) { manifest.parts[1].bytes -= 1; });
    EXPECT_THAT(refusal(), HasSubstr("\"run/events.jsonl\" is not of the size that it says"));
    remove_all_quietly(into);
    fs::create_directory(into);
    test::write_capsule(file, good, [](Manifest& manifest) { manifest.parts[0].sha256 = std::string(64, '0'); });
    EXPECT_THAT(refusal(), HasSubstr("\"run/run.json\" is not what was packed"));
    test::write_capsule(file, good, [](Manifest& manifest) { manifest.parts[0].sha256 = "../../evil"; });
    EXPECT_THAT(refusal(), HasSubstr("the digest of run/run.json is none"));
}

TEST_F(HostileCapsules, APartThatIsMissingIsTold) {
    test::write_capsule(file, good, [](Manifest& manifest) {
        manifest.parts.push_back({"run/junit.xml", 5, std::string(64, 'a')});
    });
    EXPECT_THAT(refusal(), HasSubstr("it is cut off: its part \"run/junit.xml\" is missing"));
}

TEST_F(HostileCapsules, OneCutOffAnywhereIsRefused) {
    std::string noise;
    for (int i = 0; i < 4000; ++i) noise += random_word(16);
    good.push_back({"run/junit.xml", noise});
    test::write_capsule(file, good);
    const auto whole = fs::file_size(file);
    for (const auto size :
         {whole * 9 / 10, whole / 2, whole / 10, std::uintmax_t{20}, std::uintmax_t{4}, std::uintmax_t{2}}) {
        remove_all_quietly(into);
        fs::create_directory(into);
        fs::resize_file(file, size);
        EXPECT_NE(refusal(), "") << size;
    }
}

// What is not content (a tar's padding) may differ: no part may.
TEST_F(HostileCapsules, ByteFlipsDoNotGetThrough) {
    std::string noise;
    for (int i = 0; i < 400; ++i) noise += random_word(16);
    good.push_back({"run/junit.xml", noise});
    test::write_capsule(file, good);
    const auto bytes = read_file(file);
    for (std::size_t at = 100; at < bytes.size() - 8; at += 997) {
        auto flipped = bytes;
        flipped[at] = static_cast<char>(flipped[at] ^ 0x20);
        write_file(file, flipped);
        remove_all_quietly(into);
        fs::create_directory(into);
        if (refusal().empty()) {
            EXPECT_EQ(read_file(into / "run/junit.xml"), noise) << at;
        }
    }
}

TEST_F(HostileCapsules, WhatIsNoCapsuleIsNamedAsSuch) {
    write_file(file, "just text");
    EXPECT_THAT(refusal(), HasSubstr("it is not a capsule"));
    write_file(file, "");
    EXPECT_THAT(refusal(), HasSubstr("it is not a capsule"));
    write_file(file, "\x28\xb5\x2f\xfd and then nothing of zstd");
    EXPECT_NE(refusal(), "");
    test::write_archive(file, good);
    EXPECT_THAT(refusal(), HasSubstr("does not begin with manifest.json"));
    fs::remove(file);
    EXPECT_THAT(refusal(), HasSubstr("there is no such file"));
    fs::create_directory(file);
    EXPECT_THAT(refusal(), HasSubstr("it is a folder, not a capsule"));
}

TEST_F(HostileCapsules, ANewerFormatIsSaidToBeOne) {
    auto manifest = to_json(test::manifest_of({}));
    manifest.replace(manifest.find("\"format\": 1"), 11, "\"format\": 2");
    test::write_archive(file, {{"manifest.json", manifest}});
    EXPECT_THAT(refusal(), HasSubstr("it is of format 2, and this crib reads format 1"));
}

TEST_F(HostileCapsules, AManifestMayBeNeitherTooBigNorNoManifest) {
    test::write_capsule(file, good);
    Limits limits;
    limits.manifest = 100;
    EXPECT_THAT(refusal(limits), HasSubstr("its manifest has "));
    limits.manifest = 1U << 20U;
    limits.members = 100;
    std::string many = "[]";
    for (int i = 0; i < 2000; ++i) many += ",[]";
    test::write_archive(file, {{"manifest.json", "[" + many + "]"}});
    EXPECT_THAT(refusal(limits), HasSubstr("it has more than 1760 values")) << "they would take much memory";
    for (const char* text : {"", "[]", "{}", "{\"format\": \"1\"}", "{\"format\": 1}", "\xff"}) {
        test::write_archive(file, {{"manifest.json", text}});
        EXPECT_THAT(refusal(), HasSubstr("manifest")) << text;
    }
}

TEST_F(HostileCapsules, MoreThanTheLimitsIsRefusedBeforeAnythingIsWritten) {
    good.push_back({"state/memory", std::string(1000, 'm')});
    const auto with_state = [](Manifest& manifest) { manifest.with_state = true; };
    test::write_capsule(file, good, with_state);
    const auto refused = [&](auto set, const std::string& words) {
        Limits limits;
        set(limits);
        EXPECT_THAT(refusal(limits), HasSubstr(words));
        EXPECT_TRUE(fs::is_empty(into));
    };
    refused([](Limits& l) { l.members = 2; }, "it has 3 parts, and at most 2 are taken");
    refused([](Limits& l) { l.record_file = 5; },
            "\"run/events.jsonl\" is said to have 6 B, and at most 5 B are taken");
    refused([](Limits& l) { l.record = 7; }, "and at most 7 B are taken");
    refused([](Limits& l) { l.state_file = 999; }, "\"state/memory\" is said to have 1000 B, and at most 999 B");
    refused([](Limits& l) { l.total = 1000; }, "in all, and at most 1000 B are taken");
}

TEST_F(HostileCapsules, BombsAreRefusedBeforeTheyGoOff) {
    good.push_back({"run/junit.xml", std::string(8U << 20U, '\0')});
    test::write_capsule(file, good);
    Limits limits;
    limits.free_of_ratio = 1U << 20U;
    EXPECT_THAT(refusal(limits), AllOf(HasSubstr("it would unpack from "), HasSubstr("to 8 MiB")));
    EXPECT_TRUE(fs::is_empty(into));
    // One that lies about its size ends where it said that it would.
    test::write_capsule(file, good, [](Manifest& manifest) { manifest.parts[2].bytes = 10; });
    EXPECT_THAT(refusal(limits), HasSubstr("is not of the size that it says"));
}

TEST_F(HostileCapsules, StateThatIsNotOwnedUpToIsRefused) {
    good.push_back({"state/private/id_ed25519", "key"});
    test::write_capsule(file, good);
    EXPECT_THAT(refusal(), HasSubstr("said to be without the cluster's state"));
}

TEST_F(HostileCapsules, WordsForTheTerminalHaveNoControlCharacters) {
    good.push_back({"run/\x1b[2Jevil", "x"});
    test::write_capsule(file, good);
    EXPECT_THAT(refusal(), HasSubstr("run/evil"));
}

}  // namespace
}  // namespace crib::capsule
