#include "harness/ssh/keys.h"

#include "harness/base/file.h"
#include "harness/ssh/openssh.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

namespace crib::ssh {
namespace {

using testing::Contains;
using testing::EndsWith;
using testing::StartsWith;

TEST(KeyPairs, AreInOpensshsFormats) {
    const auto pair = make_key_pair("crib run 1");
    EXPECT_THAT(pair.private_pem, StartsWith("-----BEGIN OPENSSH PRIVATE KEY-----\n"));
    EXPECT_THAT(pair.private_pem, EndsWith("-----END OPENSSH PRIVATE KEY-----\n"));
    EXPECT_THAT(pair.public_line, testing::MatchesRegex("ssh-ed25519 AAAAC3[A-Za-z0-9+/]+ crib run 1"));
}

TEST(KeyPairs, AreNeverTheSame) {
    EXPECT_NE(make_key_pair("").public_line, make_key_pair("").public_line);
}

TEST(KeyPairs, AreReadableByTheirOwnerOnly) {
    const TempFolder folder(std::filesystem::temp_directory_path());
    write_key_pair(make_key_pair("x"), folder.path() / "key");
    struct stat status {};
    ASSERT_EQ(stat((folder.path() / "key").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST(KeyPairs, LoseTheirCommentForComparing) {
    EXPECT_EQ(without_comment("ssh-ed25519 AAAA root@node1\n"), "ssh-ed25519 AAAA");
}

TEST(OpensshCommand, TrustsOnlyThePinnedKeyAndReadsNoConfiguration) {
    const TempFolder folder(std::filesystem::temp_directory_path());
    const Target target{"n", "127.0.0.1", 2222, "root", "/keys/user", "ssh-ed25519 AAAA host"};
    const auto argv = openssh_command(target, folder.path());
    EXPECT_EQ(read_file(folder.path() / "known_hosts-n"), "[127.0.0.1]:2222 ssh-ed25519 AAAA\n");
    EXPECT_EQ(argv.front(), "ssh");
    EXPECT_EQ(argv.back(), "root@127.0.0.1");
    EXPECT_THAT(argv, testing::IsSupersetOf({"-F", "/dev/null", "-i", "/keys/user", "2222", "IdentitiesOnly=yes",
                                             "StrictHostKeyChecking=yes", "-t"}));
}

TEST(OpensshCommand, GivesUpOnANodeThatHangsAndAsksNothing) {
    const TempFolder folder(std::filesystem::temp_directory_path());
    const auto argv = openssh_command({"n", "h", 22, "root", "/k", "ssh-ed25519 AAAA"}, folder.path(), {"true"});
    EXPECT_THAT(argv, testing::IsSupersetOf({"ConnectTimeout=30", "ServerAliveInterval=15", "BatchMode=yes"}));
}

TEST(OpensshCommand, LeavesOtherNodesKeysAlone) {
    const TempFolder folder(std::filesystem::temp_directory_path());
    static_cast<void>(openssh_command({"master", "h", 2222, "root", "/k", "ssh-ed25519 AAAA"}, folder.path()));
    static_cast<void>(openssh_command({"worker", "h", 2223, "root", "/k", "ssh-ed25519 AAAA"}, folder.path()));
    EXPECT_EQ(read_file(folder.path() / "known_hosts-master"), "[h]:2222 ssh-ed25519 AAAA\n");
}

TEST(OpensshCommand, QuotesTheRemoteCommandsWords) {
    const TempFolder folder(std::filesystem::temp_directory_path());
    const Target target{"n", "h", 22, "root", "/k", "ssh-ed25519 AAAA"};
    const auto argv = openssh_command(target, folder.path(), {"echo", "a b"});
    EXPECT_EQ(argv.back(), "echo 'a b'");
    EXPECT_THAT(argv, testing::Not(Contains("-t")));
    EXPECT_THAT(openssh_command(target, folder.path(), {"bash"}, Terminal::yes), Contains("-t"));
    EXPECT_EQ(read_file(folder.path() / "known_hosts-n"), "h ssh-ed25519 AAAA\n");
}

}  // namespace
}  // namespace crib::ssh
