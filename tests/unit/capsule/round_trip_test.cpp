#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/capsule/pack.h"
#include "harness/capsule/partial_file.h"
#include "harness/capsule/unpack.h"
#include "tests/support/manual_clock.h"

#include <archive.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>

namespace crib::capsule {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

// Looks whenever the time is asked, which is before each piece of a file.
class WatchedClock : public Clock {
public:
    explicit WatchedClock(std::function<void()> look) : look_(std::move(look)) {}
    [[nodiscard]] TimePoint now() const override {
        look_();
        return {};
    }
    [[nodiscard]] WallTime wall_now() const override { return {}; }
    bool sleep_until(TimePoint, const std::stop_token&) override { return true; }
    [[nodiscard]] Context context() {
        auto context = Context::with_clock(*this);
        context.deadline = TimePoint{} + std::chrono::hours{1};
        return context;
    }

private:
    std::function<void()> look_;
};

class Capsules : public ::testing::Test {
protected:
    void SetUp() override {
        manifest = {"0.1.0", "2026-11-25T12:00:00Z", "two-node-ab12", "two-node", {}, {}, false, {}, {}};
        fs::create_directory(into);
    }
    [[nodiscard]] Context context() { return Context::with_clock(clock); }
    fs::path source(const std::string& name, const std::string& content) {
        write_file(folder.path() / name, content);
        return folder.path() / name;
    }
    std::size_t files() const {
        const fs::directory_iterator all(folder.path());
        return static_cast<std::size_t>(std::distance(begin(all), end(all)));
    }

    TempFolder folder{fs::temp_directory_path()};
    fs::path file = folder.path() / "bug.crib";
    fs::path into = folder.path() / "into";
    test::ManualClock clock;
    Manifest manifest;
};

TEST_F(Capsules, ComeOutAsTheyWentIn) {
    const auto large = source("large", std::string(5U << 20U, 'x') + "end");
    const auto bytes =
        pack(manifest, {{"run/run.json", {}, "{}"}, {"run/nodes/master/console.log", large}, {"run/empty", {}, ""}},
             file, context());
    EXPECT_EQ(bytes, fs::file_size(file));
    const auto read = unpack(file, What::everything, into, {}, context());
    EXPECT_EQ(read.parts, manifest.parts);
    EXPECT_EQ(read_file(into / "run/run.json"), "{}");
    EXPECT_EQ(read_file(into / "run/nodes/master/console.log"), read_file(large));
    EXPECT_EQ(read_file(into / "run/empty"), "");
}

// crib gc knows nothing of the user's folders.
TEST_F(Capsules, LeaveNothingWhenCribIsKilledWhileItPacks) {
    const UniqueFd probe(::open(folder.path().c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600));
    if (!probe.valid()) GTEST_SKIP() << "this file system has no files without a name";
    const auto large = source("large", std::string(3U << 20U, 'x'));
    const auto before = files();
    std::size_t looks = 0;
    WatchedClock watched([&] {
        ++looks;
        EXPECT_EQ(files(), before);
    });
    (void)pack(manifest, {{"run/events.jsonl", large}}, file, watched.context());
    EXPECT_GE(looks, 6U);
    EXPECT_EQ(files(), before + 1);
}

// As on NFS.
TEST_F(Capsules, RemoveWhatAKilledCribLeftOfThemWhereEachFileHasAName) {
    const std::string begun = "\x28\xb5\x2f\xfd and so on";
    const auto left = source("bug.crib.abcdefg1.partial", begun);
    const auto empty = source("bug.crib.abcdefg2.partial", "");
    const auto of_user = source("bug.crib.abcdefg3.partial", "my notes");
    const auto of_another = source("other.crib.abcdefg4.partial", begun);
    const auto other_name = source("bug.crib.abcdefg.partial", begun);
    const auto being_written = make_partial_file(file, 0600);
    ASSERT_TRUE(being_written.fd.valid());
    (void)pack(manifest, {{"run/run.json", {}, "{}"}}, file, context());
    EXPECT_FALSE(fs::exists(left));
    EXPECT_FALSE(fs::exists(empty));
    for (const auto& path : {of_user, of_another, other_name, being_written.path})
        EXPECT_TRUE(fs::exists(path)) << path;
}

TEST_F(Capsules, HaveAFileThatBecameShorterAsItIs) {
    const Source shorter{"run/events.jsonl", source("events", "four"), {}, 10};
    (void)pack(manifest, {shorter}, file, context());
    (void)unpack(file, What::everything, into, {}, context());
    EXPECT_EQ(read_file(into / "run/events.jsonl"), "four");
}

TEST_F(Capsules, AreTriedAgainWhenAFileChangesWhileItIsPacked) {
    const auto events = source("events", "four");
    const auto before = files();
    std::size_t looks = 0;
    WatchedClock watched([&] {
        if (++looks == 2) fs::resize_file(events, 3);
    });
    try {
        (void)pack(manifest, {{"run/events.jsonl", events}}, file, watched.context());
        FAIL();
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("events changed while it was packed"));
        EXPECT_THAT(error.hint(), HasSubstr("try again"));
    }
    EXPECT_EQ(files(), before);
}

TEST_F(Capsules, KeepNamesWithSpacesAndLettersOfAnyScript) {
    const std::string name = "scenario/zwei knoten \u00fc.json";
    (void)pack(manifest, {{"run/run.json", {}, "{}"}, {name, {}, "{}"}}, file, context());
    EXPECT_EQ(unpack(file, What::everything, into, {}, context()).parts[1].path, name);
    EXPECT_TRUE(fs::exists(into / name));
}

// GNU tar warns of each name that has a header of its own for its letters.
TEST_F(Capsules, AreTarFilesThatOtherProgramsReadWithoutAWarning) {
    (void)pack(manifest, {{"scenario/zwei knoten \u00fc.json", {}, "{}"}}, file, context());
    const std::unique_ptr<archive, decltype(&archive_read_free)> reader(archive_read_new(), &archive_read_free);
    archive_read_support_format_tar(reader.get());
    archive_read_support_filter_zstd(reader.get());
    ASSERT_EQ(archive_read_open_filename(reader.get(), file.c_str(), 1U << 16U), ARCHIVE_OK);
    archive_entry* entry = nullptr;
    std::size_t members = 0;
    for (; archive_read_next_header(reader.get(), &entry) == ARCHIVE_OK; ++members) {
        EXPECT_EQ(archive_format(reader.get()), ARCHIVE_FORMAT_TAR_GNUTAR);
    }
    EXPECT_EQ(members, 2U);
}

TEST_F(Capsules, OfALogThatSaysOneThingAgainAndAgainAreOpened) {
    const auto log = source("log", "");
    fs::resize_file(log, 70U << 20U);  // far more than the ratio of anything else
    (void)pack(manifest, {{"run/nodes/master/journal.log", log}}, file, context());
    EXPECT_EQ(unpack(file, What::record, into, {}, context()).parts[0].bytes, 70U << 20U);
}

TEST_F(Capsules, HaveALogAsItWasWhenItWasFirstLookedAt) {
    const auto log = source("log", "one line\nand one since\n");
    (void)pack(manifest, {{"run/nodes/master/journal.log", log, {}, 9}}, file, context());
    (void)unpack(file, What::record, into, {}, context());
    EXPECT_EQ(read_file(into / "run/nodes/master/journal.log"), "one line\n");
}

TEST_F(Capsules, ThatNobodyCouldOpenAreNotMadeAndWhoPacksIsToldSo) {
    manifest.run = "a b";
    try {
        (void)pack(manifest, {{"run/run.json", {}, "{}"}}, file, context());
        FAIL();
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("cannot be packed: crib open would refuse it: its run's name"));
        EXPECT_EQ(error.hint(), "nothing was written") << "not what whom it is sent to should do";
    }
    EXPECT_FALSE(fs::exists(file));
}

TEST_F(Capsules, TheRecordIsReadWithoutWritingTheState) {
    manifest.with_state = true;
    (void)pack(manifest, {{"run/run.json", {}, "{}"}, {"state/parts/1", source("memory", "memory")}}, file, context());
    (void)unpack(file, What::record, into, {}, context());
    EXPECT_TRUE(fs::exists(into / "run/run.json"));
    EXPECT_FALSE(fs::exists(into / "state"));
}

TEST_F(Capsules, WithStateAreForTheirOwnerAlone) {
    manifest.with_state = true;
    (void)pack(manifest, {{"state/parts/1", source("memory", "memory")}}, file, context());
    EXPECT_EQ(fs::status(file).permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(Capsules, AreNeverWrittenOverAnotherFile) {
    write_file(file, "mine");
    try {
        (void)pack(manifest, {{"run/run.json", {}, "{}"}}, file, context());
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::usage);
        EXPECT_THAT(error.what(), HasSubstr("is there already"));
    }
    EXPECT_EQ(read_file(file), "mine");
}

// "cannot write bug.crib: File exists", and another exit code.
TEST_F(Capsules, AreNotWrittenOverAFileThatWasMadeMeanwhileAndSayTheSame) {
    WatchedClock watched([&] { write_file(file, "theirs"); });
    const auto events = source("events", "x");
    try {
        (void)pack(manifest, {{"run/run.json", {}, "{}"}, {"run/events.jsonl", events}}, file, watched.context());
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::usage);
        EXPECT_EQ(error.what(), file.string() + " is there already");
    }
    EXPECT_EQ(read_file(file), "theirs");
}

TEST_F(Capsules, ThatCannotBePackedLeaveNothing) {
    const auto before = files();
    EXPECT_THROW((void)pack(manifest, {{"run/a", folder.path() / "not-there"}}, file, context()), std::exception);
    EXPECT_THROW((void)pack(manifest, {{"../a", {}, "x"}}, file, context()), Error);
    EXPECT_EQ(files(), before);
}

}  // namespace
}  // namespace crib::capsule
