// What a user names to be written: nothing else of it is changed than its content.

#include "harness/base/output_file.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "tests/support/plain_rights.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstring>
#include <thread>

namespace crib {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

class Output : public testing::Test {
protected:
    [[nodiscard]] fs::path at(const std::string& name) const { return folder_.path() / name; }
    fs::path put(const std::string& name, const std::string& text, unsigned mode = 0644) {
        write_file(at(name), text, mode);
        return at(name);
    }
    void write(const fs::path& path, const std::string& text) {
        OutputFile(path).write(text, Context::with_clock(clock_).with_timeout(std::chrono::seconds{20}));
    }
    std::string refusal(const fs::path& path) {
        try {
            OutputFile output(path);
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::usage);
            return error.what();
        }
        return "not refused";
    }
    [[nodiscard]] std::vector<std::string> names() const {
        std::vector<std::string> found;
        for (const auto& entry : fs::directory_iterator(folder_.path())) found.push_back(entry.path().filename());
        return found;
    }
    static struct stat status(const fs::path& path) {
        struct stat found {};
        EXPECT_EQ(::lstat(path.c_str(), &found), 0);
        return found;
    }
    // All that comes out of the FIFO until its writer closes it, for at most 20 seconds.
    static std::string drained(int fd) {
        std::string text;
        std::array<char, 4096> buffer{};
        pollfd ready{fd, POLLIN, 0};
        while (::poll(&ready, 1, 20'000) > 0) {
            const auto count = ::read(fd, buffer.data(), buffer.size());
            if (count <= 0) return text;
            text.append(buffer.data(), static_cast<std::size_t>(count));
        }
        return text + " (and no end)";
    }

    TempFolder folder_{fs::temp_directory_path()};
    SystemClock clock_;
};

TEST_F(Output, IsMadeWhole) {
    write(at("new"), "text");
    EXPECT_EQ(read_file(at("new")), "text");
    EXPECT_EQ(status(at("new")).st_mode & 07777U, 0644U);
    EXPECT_THAT(names(), testing::ElementsAre("new"));
}

TEST_F(Output, MayHaveTheLongestName) {
    const std::string name(255, 'n');
    write(at(name), "text");
    EXPECT_EQ(read_file(at(name)), "text");
}

TEST_F(Output, TakesTheOldOnesPlaceWithItsMode) {
    const auto file = put("old", "long before", 0640);
    const auto before = status(file).st_ino;
    write(file, "new");
    EXPECT_EQ(read_file(file), "new");
    EXPECT_EQ(status(file).st_mode & 07777U, 0640U);
    EXPECT_NE(status(file).st_ino, before) << "whoever reads the old one reads it whole";
    EXPECT_THAT(names(), testing::ElementsAre("old"));
}

// "bug.json" was asked for, and ".crib-ab12cd34ef.partial" stayed for ever in the user's folder.
TEST_F(Output, LeavesNothingWhenCribIsKilledWhileItIsWritten) {
    const UniqueFd probe(::open(folder_.path().c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600));
    if (!probe.valid()) GTEST_SKIP() << "this file system has no files without a name";
    const auto child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        const rlimit half{1U << 20U, 1U << 20U};
        const rlimit no_core{0, 0};
        ::setrlimit(RLIMIT_CORE, &no_core);
        ::setrlimit(RLIMIT_FSIZE, &half);
        ::signal(SIGXFSZ, SIG_DFL);
        write(at("bug.json"), std::string(2U << 20U, 'x'));
        ::_exit(0);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFSIGNALED(status)) << "it wrote all of it";
    EXPECT_THAT(names(), testing::IsEmpty());
}

TEST_F(Output, IsNeverCutShortByAFileThatIsAlreadyOpen) {
    const auto file = put("old", "whole");
    const UniqueFd reader(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    write(file, "x");
    std::array<char, 16> buffer{};
    EXPECT_EQ(::read(reader.get(), buffer.data(), buffer.size()), 5);
}

TEST_F(Output, ThroughALinkIsWhatTheLinkLeadsTo) {
    fs::create_directory(at("deep"));
    put("deep/file", "old");
    fs::create_symlink("deep/file", at("one"));
    fs::create_symlink("one", at("two"));
    write(at("two"), "new");
    EXPECT_TRUE(fs::is_symlink(at("two")));
    EXPECT_TRUE(fs::is_symlink(at("one")));
    EXPECT_EQ(read_file(at("deep/file")), "new");
    fs::create_symlink("deep/none", at("three"));
    write(at("three"), "made");
    EXPECT_TRUE(fs::is_symlink(at("three")));
    EXPECT_EQ(read_file(at("deep/none")), "made");
}

TEST_F(Output, WithOtherNamesIsTheSameFileUnderAllOfThem) {
    const auto file = put("file", "a long text before");
    fs::create_hard_link(file, at("other"));
    write(file, "new");
    EXPECT_EQ(read_file(at("other")), "new");
    write(at("other"), "longer than what was there before");
    EXPECT_EQ(read_file(file), "longer than what was there before");
    EXPECT_EQ(status(file).st_ino, status(at("other")).st_ino);
}

TEST_F(Output, KeepsWhatSomebodyHasNotedOfTheFile) {
    const auto path = put("file", "old");
    const std::string note = "mine";
    if (::setxattr(path.c_str(), "user.comment", note.data(), note.size(), 0) != 0) {
        GTEST_SKIP() << "this file system has no extended attributes of users";
    }
    write(path, "new and longer");
    EXPECT_EQ(read_file(path), "new and longer");
    std::string kept(note.size(), '\0');
    EXPECT_EQ(::getxattr(path.c_str(), "user.comment", kept.data(), kept.size()), static_cast<ssize_t>(note.size()));
    EXPECT_EQ(kept, note);
}

TEST_F(Output, KeepsTheOwnerWhenRootWritesIt) {
    if (::geteuid() != 0) GTEST_SKIP() << "only root may write what others own";
    const auto file = put("file", "old", 0664);
    ASSERT_EQ(::chown(file.c_str(), 65534, 65534), 0);
    write(file, "new");
    EXPECT_EQ(status(file).st_uid, 65534U);
    EXPECT_EQ(status(file).st_gid, 65534U);
    EXPECT_EQ(status(file).st_mode & 07777U, 0664U);
    EXPECT_EQ(read_file(file), "new");
}

TEST_F(Output, ThatIsReadOnlyIsRefusedForRootToo) {
    const auto file = put("file", "old", 0444);
    EXPECT_EQ(refusal(file), "cannot write " + file.string() + ": it is read-only");
    EXPECT_EQ(read_file(file), "old");
}

TEST_F(Output, IsNoFolderNoSocketNoLoopAndNotInAFolderThatIsNotThere) {
    EXPECT_THAT(refusal(folder_.path()), HasSubstr("it is a folder"));
    EXPECT_THAT(refusal(at("none/")), HasSubstr("it is a folder's name"));
    EXPECT_THAT(refusal(at("none/file")), HasSubstr("there is no folder " + at("none").string()));
    EXPECT_THAT(refusal(put("file", "x") / "below"), HasSubstr("Not a directory"));
    EXPECT_THAT(refusal(""), HasSubstr("its name is empty"));
    EXPECT_THAT(refusal(at("f").string() + std::string("\0x", 2)), HasSubstr("zero byte"));
    fs::create_symlink("a", at("a"));
    EXPECT_THAT(refusal(at("a")), HasSubstr("a loop of symbolic links"));
    const UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{AF_UNIX, {}};
    std::strncpy(address.sun_path, at("s").c_str(), sizeof address.sun_path - 1);
    ASSERT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_THAT(refusal(at("s")), HasSubstr("it is a socket"));
}

TEST_F(Output, GoesOnlyOverFilesOfItsOwnKind) {
    const Overwritable poem{"poem", 5, [](std::string_view beginning) { return beginning == "Roses"; }};
    const auto refusal = [&](const std::string& name) -> std::string {
        try {
            OutputFile(at(name)).require_overwritable(poem);
            return "not refused";
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::usage);
            return std::string(error.what()) + " / " + error.hint();
        }
    };
    write_file(at("poem"), "Roses are red");
    write_file(at("empty"), "");
    write_file(at("notes"), "Violets");
    write_file(at("short"), "Ros");
    fs::create_symlink(at("notes"), at("link"));
    fs::create_symlink(at("nothing"), at("dangling"));
    for (const auto* fit : {"poem", "empty", "nothing", "dangling"}) EXPECT_EQ(refusal(fit), "not refused") << fit;
    for (const auto* unfit : {"notes", "short", "link"}) {
        EXPECT_EQ(
            refusal(unfit),
            at(unfit).string() + " is there, is no poem, and is not overwritten / give another name, or remove it");
    }
    EXPECT_EQ(OutputFile("/dev/null").path(), "/dev/null");
    OutputFile("/dev/null").require_overwritable(poem);
    fs::permissions(at("notes"), fs::perms(0200));
    const test::PlainRights rights;
    EXPECT_THAT(refusal("notes"), HasSubstr("cannot be read to see if it is a poem (Permission denied)"));
}

TEST_F(Output, IsMadeWithItsFoldersWhereThatIsAskedFor) {
    const OutputFile output(at("a/b/file"), OutputFile::Folder::is_made);
    EXPECT_FALSE(fs::exists(at("a"))) << "nothing is changed before it is written";
    output.write("text", Context::with_clock(clock_));
    EXPECT_EQ(read_file(at("a/b/file")), "text");
}

TEST_F(Output, ToAFifoGoesToItsReaderAndTheFifoStays) {
    const auto fifo = at("fifo");
    ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
    const std::string text(200'000, 'x');  // more than a pipe holds
    std::string got;
    const UniqueFd reader(::open(fifo.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    std::thread reading([&] { got = drained(reader.get()); });
    write(fifo, text);
    reading.join();
    EXPECT_EQ(got.size(), text.size());
    EXPECT_TRUE(S_ISFIFO(status(fifo).st_mode));
    EXPECT_THAT(names(), testing::ElementsAre("fifo"));
}

TEST_F(Output, ToAFifoThatNobodyReadsEndsWithItsContext) {
    const auto fifo = at("fifo");
    ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
    std::stop_source stop;
    stop.request_stop();
    try {
        OutputFile(fifo).write("x", Context::with_clock(clock_).with_stop(stop.get_token()));
        FAIL() << "written";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::cancelled);
        EXPECT_THAT(error.what(), HasSubstr("waiting for somebody to read " + fifo.string()));
    }
}

TEST_F(Output, WhoseFolderTakesNoNewFileIsWrittenInPlace) {
    if (::geteuid() == 0) GTEST_SKIP() << "root may make files anywhere";
    fs::create_directory(at("closed"));
    const auto file = put("closed/file", "old");
    fs::permissions(at("closed"), fs::perms::owner_read | fs::perms::owner_exec);
    write(file, "new");
    EXPECT_EQ(read_file(file), "new");
    EXPECT_THAT(refusal(at("closed/other")), AllOf(HasSubstr("no file can be made in"), HasSubstr("closed")));
    fs::permissions(at("closed"), fs::perms::owner_all);
}

}  // namespace
}  // namespace crib
