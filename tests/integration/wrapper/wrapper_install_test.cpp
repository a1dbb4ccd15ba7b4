// What ./crib does about Debian packages that are missing.

#include "tests/integration/wrapper/checkout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace crib::wrapper {
namespace {

using testing::HasSubstr;
using testing::Not;

class Installing : public testing::Test {
protected:
    void SetUp() override { checkout_.install_everything(); }
    Checkout checkout_;
};

TEST_F(Installing, NamesTheExactCommandWhenToldToInstallNothing) {
    checkout_.uninstall("skopeo");
    checkout_.uninstall("zstd");
    const auto run = checkout_.crib({"version"}, {{"CRIB_NO_INSTALL", "1"}});
    EXPECT_EQ(run.exit_code, 2);
    EXPECT_THAT(run.err, HasSubstr("\napt-get install --no-install-recommends skopeo zstd\n"));
    EXPECT_THAT(checkout_.calls(), Not(HasSubstr("apt-get")));
    EXPECT_THAT(checkout_.calls(), Not(HasSubstr("\nninja")));
}

TEST_F(Installing, InstallsWhatIsMissingAndNothingElseAsRoot) {
    checkout_.uninstall("skopeo");
    const auto run = checkout_.crib({"version"});
    EXPECT_THAT(run.err, HasSubstr("missing: skopeo"));
    EXPECT_THAT(checkout_.calls(), HasSubstr("install --no-install-recommends skopeo\n"));
    EXPECT_THAT(checkout_.calls(), Not(HasSubstr("sudo")));
    EXPECT_EQ(run.exit_code, 7);  // the program's own
}

TEST_F(Installing, DoesNotUseSudoWithoutAnAnswer) {
    checkout_.be_user("1000");
    checkout_.uninstall("skopeo");
    const auto run = checkout_.crib({"version"});
    EXPECT_EQ(run.exit_code, 2);
    EXPECT_THAT(run.err, HasSubstr("As root, run: apt-get install --no-install-recommends skopeo"));
    EXPECT_THAT(checkout_.calls(), Not(HasSubstr("sudo")));
}

TEST_F(Installing, TakesYesForAnAnswerAndKeepsItFromTheProgram) {
    checkout_.be_user("1000");
    checkout_.uninstall("skopeo");
    const auto run = checkout_.crib({"run", "--yes", "a file", "--", "--yes"});
    EXPECT_THAT(checkout_.calls(), HasSubstr("sudo env DEBIAN_FRONTEND=noninteractive apt-get"));
    EXPECT_THAT(run.out, HasSubstr("[run][a file][--][--yes] "));
}

TEST_F(Installing, TakesContinuousIntegrationForAnAnswer) {
    checkout_.be_user("1000");
    checkout_.uninstall("skopeo");
    EXPECT_EQ(checkout_.crib({"version"}, {{"CI", "true"}}).exit_code, 7);
    EXPECT_THAT(checkout_.calls(), HasSubstr("sudo"));
}

TEST_F(Installing, TakesTheAlternativeThatTheMachineCanGet) {
    checkout_.uninstall("libboost1.81-dev");
    write_file(checkout_.path() / "fakes/candidates", "libboost1.83-dev\n");
    const auto run = checkout_.crib({"version"});
    EXPECT_THAT(checkout_.calls(), HasSubstr("install --no-install-recommends libboost1.83-dev\n"));
    EXPECT_EQ(run.exit_code, 7);
}

// Debian testing has Boost in a package that is named for no version.
TEST_F(Installing, TakesTheLastAlternativeWhereTheMachineCanGetNoOther) {
    checkout_.uninstall("libboost1.81-dev");
    write_file(checkout_.path() / "fakes/candidates", "libboost-process-dev\n");
    EXPECT_EQ(checkout_.crib({"version"}).exit_code, 7);
    EXPECT_THAT(checkout_.calls(), HasSubstr("install --no-install-recommends libboost-process-dev\n"));
}

TEST_F(Installing, IsContentWithAnyAlternativeThatIsThere) {
    checkout_.uninstall("libboost1.81-dev");
    write_file(checkout_.path() / "fakes/installed",
               read_file(checkout_.path() / "fakes/installed") + "libboost1.83-dev:amd64\n");
    EXPECT_EQ(checkout_.crib({"version"}).exit_code, 7);
    EXPECT_THAT(checkout_.calls(), Not(HasSubstr("apt-get")));
}

TEST_F(Installing, LooksAgainAfterFreshListsWhenAptCannotInstall) {
    checkout_.uninstall("skopeo");
    checkout_.tool("apt-get",
                   "case $* in *update*) : >\"$FAKES/fresh\" ;; *) [ -e \"$FAKES/fresh\" ] && echo skopeo "
                   ">>\"$FAKES/installed\" ;; esac\n");
    EXPECT_EQ(checkout_.crib({"version"}).exit_code, 7);
}

TEST_F(Installing, ShowsWhatAptSaidWhenItFails) {
    checkout_.uninstall("skopeo");
    write_file(checkout_.path() / "fakes/apt-fails", "");
    const auto run = checkout_.crib({"version"});
    EXPECT_EQ(run.exit_code, 3);
    EXPECT_THAT(run.err, HasSubstr("E: no network"));
    EXPECT_THAT(run.err, HasSubstr("install.log"));
}

TEST_F(Installing, WantsTheTestsToolsForTheTestsOnly) {
    checkout_.uninstall("openssh-server");
    EXPECT_EQ(checkout_.crib({"version"}, {{"CRIB_NO_INSTALL", "1"}}).exit_code, 7);
    const auto run = checkout_.crib({"test"}, {{"CRIB_NO_INSTALL", "1"}});
    EXPECT_EQ(run.exit_code, 2);
    EXPECT_THAT(run.err, HasSubstr("recommends openssh-server\n"));
}

}  // namespace
}  // namespace crib::wrapper
