// A repository that crib makes, read by the machine's real apt: accepted when signed, refused when touched.

#include "harness/component/apt_repository.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/component/deb.h"
#include "harness/process/boost_runner.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace crib::component {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

class AptRepository : public testing::Test {
protected:
    // One signing key for all tests: making one takes seconds.
    static void SetUpTestSuite() { signing_ = std::make_unique<TempFolder>(fs::temp_directory_path(), "crib-signing"); }
    static void TearDownTestSuite() { signing_.reset(); }

    AptRepository() {
        // apt's own user must be able to read it.
        fs::permissions(folder_.path(), static_cast<fs::perms>(0755));
        write_file(folder_.path() / "program", "#!/bin/sh\n");
        make_folder(folder_.path() / "debs");
        for (const char* name : {"kubelet", "cri-o"}) spec_.debs.push_back(deb(name));
        spec_.label = "test";
        make_repository(runner_, spec_, home(), repository(), context_);
    }
    fs::path deb(const std::string& name) {
        DebContent content;
        content.name = name;
        content.version = "1.36.3-1.1";
        content.description = "A test";
        content.files.push_back({"/usr/bin/" + name, folder_.path() / "program", 0755});
        content.files.push_back({"/etc/" + name + ".conf", folder_.path() / "program", 0644});
        return build_deb(runner_, content, folder_.path() / "debs", folder_.path() / "scratch", context_);
    }
    [[nodiscard]] static fs::path home() { return signing_->path() / "signing"; }
    [[nodiscard]] fs::path repository() const { return folder_.path() / "repository"; }

    // apt with lists, cache and status of its own, which knows only this repository.
    process::Result apt(const std::vector<std::string>& words) {
        const fs::path root = folder_.path() / "apt";
        for (const char* part :
             {"lists/partial", "cache/archives/partial", "etc/sources.list.d", "etc/preferences.d"}) {
            make_folder(root / part);
        }
        write_file(root / "status", "");
        write_file(root / "etc/sources.list.d/crib.list",
                   fmt::format("deb [signed-by={}] file:{} /\n", (repository() / "Release.key").string(),
                               repository().string()));
        process::Command command;
        command.program = words.front();
        command.args = {"-o", "APT::Sandbox::User=root",
                        "-o", "Dir::Etc=" + (root / "etc").string(),
                        "-o", "Dir::Etc::sourcelist=/dev/null",
                        "-o", "Dir::Etc::sourceparts=" + (root / "etc/sources.list.d").string(),
                        "-o", "Dir::State::lists=" + (root / "lists").string(),
                        "-o", "Dir::State::status=" + (root / "status").string(),
                        "-o", "Dir::Cache=" + (root / "cache").string()};
        command.args.insert(command.args.end(), words.begin() + 1, words.end());
        return runner_.run(command, context_);
    }

    static std::unique_ptr<TempFolder> signing_;
    SystemClock clock_;
    Context context_ = Context::with_clock(clock_).with_timeout(std::chrono::seconds(200));
    process::BoostRunner runner_;
    TempFolder folder_{fs::temp_directory_path(), "crib-apt"};
    RepositorySpec spec_;
};
std::unique_ptr<TempFolder> AptRepository::signing_;

TEST_F(AptRepository, IsAcceptedByARealAptThatThenFindsThePackages) {
    const process::Result update = apt({"apt-get", "update"});
    EXPECT_TRUE(update.ok()) << update.out << update.err;
    EXPECT_THAT(update.err, Not(HasSubstr("W:")));
    EXPECT_THAT(apt({"apt-cache", "policy", "cri-o"}).out, HasSubstr("Candidate: 1.36.3-1.1"));
    EXPECT_THAT(apt({"apt-get", "install", "--simulate", "kubelet"}).out, HasSubstr("Inst kubelet (1.36.3-1.1"));
}

TEST_F(AptRepository, IsRefusedByAptWhenItsIndexWasTouchedAfterSigning) {
    std::string index = read_file(repository() / "Packages");
    index.replace(index.find("1.36.3"), 6, "1.36.4");
    write_file(repository() / "Packages", index);
    fs::remove(repository() / "Packages.gz");
    const process::Result update = apt({"apt-get", "update", "-o", "APT::Update::Error-Mode=any"});
    EXPECT_FALSE(update.ok());
    EXPECT_THAT(update.err, HasSubstr("Hash Sum mismatch"));
}

TEST_F(AptRepository, IsRefusedByAptUnderAnotherKey) {
    write_file(repository() / "Release.key", ensure_signing_key(runner_, folder_.path() / "other", context_));
    const process::Result update = apt({"apt-get", "update", "-o", "APT::Update::Error-Mode=any"});
    EXPECT_FALSE(update.ok());
}

TEST_F(AptRepository, IsReplacedWholeWhenItIsMadeAgain) {
    spec_.debs.resize(1);
    make_repository(runner_, spec_, home(), repository(), context_);
    EXPECT_FALSE(fs::exists(repository() / "cri-o_1.36.3-1.1_amd64.deb"));
    EXPECT_FALSE(fs::exists(repository().string() + ".partial"));
    EXPECT_TRUE(apt({"apt-get", "update"}).ok());
}

TEST_F(AptRepository, KeepsItsSigningKeyAndKeepsItPrivate) {
    EXPECT_EQ(ensure_signing_key(runner_, home(), context_), read_file(repository() / "Release.key"));
    EXPECT_EQ(fs::status(home() / "secret.asc").permissions(), fs::perms::owner_read | fs::perms::owner_write);
    EXPECT_THAT(read_file(repository() / "Release.key"), Not(HasSubstr("PRIVATE")));
}

TEST_F(AptRepository, RefusesTwoPackagesOfOneName) {
    spec_.debs.push_back(spec_.debs.front());
    EXPECT_THROW(make_repository(runner_, spec_, home(), repository(), context_), Error);
}

}  // namespace
}  // namespace crib::component
