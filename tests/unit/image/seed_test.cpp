#include "harness/image/seed.h"

#include "harness/base/file.h"

#include <archive.h>
#include <archive_entry.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <map>
#include <nlohmann/json.hpp>

namespace crib::image {
namespace {

using nlohmann::json;
using testing::HasSubstr;

SeedSpec worker() {
    SeedSpec spec;
    spec.run_id = "r1";
    spec.name = "worker1";
    spec.domain = "crib.test";
    spec.ip = "192.168.76.12";
    spec.mac = "52:54:00:76:00:0c";
    spec.gateway = "192.168.76.1";
    spec.authorized_key = "ssh-ed25519 AAAAuser crib";
    spec.host_key = "-----BEGIN OPENSSH PRIVATE KEY-----\nsecret\n-----END OPENSSH PRIVATE KEY-----\n";
    spec.host_key_public = "ssh-ed25519 AAAAhost crib";
    spec.hosts = {{"192.168.76.11", "master"}, {"192.168.76.12", "worker1"}};
    return spec;
}

std::map<std::string, std::string> read_iso(const std::filesystem::path& path) {
    std::map<std::string, std::string> files;
    archive* reader = archive_read_new();
    archive_read_support_format_iso9660(reader);
    EXPECT_EQ(archive_read_open_filename(reader, path.c_str(), 10240), ARCHIVE_OK);
    archive_entry* entry = nullptr;
    while (archive_read_next_header(reader, &entry) == ARCHIVE_OK) {
        if (archive_entry_filetype(entry) != AE_IFREG) continue;
        std::string content(static_cast<std::size_t>(archive_entry_size(entry)), '\0');
        EXPECT_EQ(archive_read_data(reader, content.data(), content.size()), static_cast<la_ssize_t>(content.size()));
        files[archive_entry_pathname(entry)] = content;
    }
    archive_read_free(reader);
    return files;
}

TEST(Seed, TellsANodeWhoItIsAndWhoElseIsThere) {
    const auto files = seed_files(worker());
    EXPECT_EQ(files.at("crib/hostname"), "worker1\n");
    EXPECT_EQ(files.at("crib/authorized_keys"), "ssh-ed25519 AAAAuser crib\n");
    EXPECT_THAT(files.at("crib/hosts"), HasSubstr("192.168.76.11 master.crib.test master\n"));
    EXPECT_EQ(files.at("crib/resolv.conf"), "nameserver 192.168.76.1\nsearch crib.test\n");
    EXPECT_EQ(json::parse(files.at("meta-data")).at("instance-id"), "r1-worker1");
}

TEST(Seed, CloudInitGetsTheSameIdentity) {
    const auto files = seed_files(worker());
    const std::string user_data = files.at("user-data");
    ASSERT_TRUE(user_data.starts_with("#cloud-config\n"));
    const json config = json::parse(user_data.substr(user_data.find('\n') + 1));
    EXPECT_EQ(config.at("ssh_keys").at("ed25519_private"), worker().host_key);
    EXPECT_EQ(config.at("users").at(0).at("ssh_authorized_keys").at(0), worker().authorized_key);
    EXPECT_EQ(config.at("disable_root"), false);
    const json network = json::parse(files.at("network-config"));
    EXPECT_EQ(network.at("version"), 2);
    EXPECT_EQ(network.at("ethernets").at("eth0").at("addresses").at(0), "192.168.76.12/24");
    EXPECT_EQ(network.at("ethernets").at("eth0").at("match").at("macaddress"), "52:54:00:76:00:0c");
}

TEST(Seed, IsAnIsoWithTheLabelCidataThatOnlyItsOwnerMayRead) {
    const TempFolder folder(std::filesystem::temp_directory_path());
    const auto iso = folder.path() / "seed.iso";
    write_seed(worker(), iso);
    EXPECT_EQ(read_iso(iso), seed_files(worker()));
    // What blkid and udev read: the Joliet volume's name, 16 big-endian characters at 40 in the descriptor after the
    // primary one, which is sector 16.
    EXPECT_EQ(read_file(iso).substr(17 * 2048 + 40, 14), std::string("\0c\0i\0d\0a\0t\0a\0 ", 14));
    struct stat facts {};
    ASSERT_EQ(stat(iso.c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 0777U, 0600U);
    EXPECT_FALSE(std::filesystem::exists(iso.string() + ".partial"));
}

}  // namespace
}  // namespace crib::image
