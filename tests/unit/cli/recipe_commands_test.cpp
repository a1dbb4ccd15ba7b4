// crib recipe show: what it refuses with the reason, and what it says before it begins.

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/cli/commands.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

namespace crib::cli {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class RecipeShow : public ::testing::Test {
protected:
    // What is printed, or why nothing is.
    std::string show(const std::string& os, const std::string& kubernetes, const std::string& format = "tutorial",
                     const std::string& recipe = "crio-kubeadm-flannel", const std::string& source = "upstream") {
        RecipeShowCommand command;
        command.name = recipe;
        command.os = os;
        command.sets = {"versions.kubernetes=" + kubernetes};
        command.source = source;
        command.format = format;
        ::testing::internal::CaptureStdout();
        try {
            EXPECT_EQ(execute(services, command), 0);
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::usage);
            EXPECT_EQ(::testing::internal::GetCapturedStdout(), "") << "nothing is printed that cannot work";
            return error.what();
        }
        return ::testing::internal::GetCapturedStdout();
    }

    TempFolder folder{fs::temp_directory_path(), "crib-test"};
    Output output;
    Services services{CRIB_SOURCE_DIR, (folder.path() / "state").string(), "/nowhere/crib", output};
};

TEST_F(RecipeShow, RefusesWhatPlanRefuses) {
    EXPECT_THAT(show("ubuntu-18.04", "1.36"), AllOf(HasSubstr("crio-kubeadm-flannel on ubuntu-18.04: this cannot work"),
                                                    HasSubstr("cgroup v1, which kubelet 1.36.3 refuses")));
    EXPECT_THAT(show("ubuntu-22.04", "1.20"), HasSubstr("not for xUbuntu_22.04"));
    EXPECT_THAT(show("rocky-9", "1.20", "script"), HasSubstr("not for CentOS_9_Stream"));
}

TEST_F(RecipeShow, TellsInPlainWordsThatASystemNeverHadThatVersion) {
    EXPECT_THAT(show("ubuntu-24.04", "1.24"), HasSubstr("kubic has nothing for ubuntu-24.04"));
    for (const auto* kubernetes : {"1.20", "1.24"}) {
        EXPECT_THAT(show("fedora", kubernetes), AllOf(HasSubstr("Fedora has had no modules since 39"),
                                                      Not(HasSubstr("${")), Not(HasSubstr("CRIO_REPOSITORY_URL"))));
    }
}

TEST_F(RecipeShow, ShowsTheTutorialsOwnCellWithWhatHasGoneSince) {
    const auto tutorial = show("ubuntu-18.04", "1.20");
    EXPECT_THAT(tutorial, HasSubstr("Before you begin:"));
    EXPECT_THAT(tutorial, HasSubstr("- there is no package repository with kubernetes 1.20.15 for ubuntu-18.04: "
                                    "apt.kubernetes.io is gone since 2024-03-04; its programs come from dl.k8s.io"));
    EXPECT_THAT(tutorial, HasSubstr("not maintained any more"));
    EXPECT_THAT(tutorial, HasSubstr("metacopy=on"));
    EXPECT_THAT(show("ubuntu-18.04", "1.20", "script"), HasSubstr("\n# Note: there is no package repository"));
}

TEST_F(RecipeShow, ShowsEachOfTheOthersThatPeopleHadAtTheirTime) {
    const std::vector<std::pair<std::string, std::string>> cells = {
        {"ubuntu-20.04", "1.24"}, {"ubuntu-22.04", "1.28"}, {"rocky-9", "1.28"},   {"rocky-9", "1.30"},
        {"debian-12", "1.32"},    {"ubuntu-24.04", "1.34"}, {"debian-13", "1.36"}, {"fedora", "1.36"}};
    for (const auto& [os, kubernetes] : cells) {
        EXPECT_THAT(show(os, kubernetes), HasSubstr("kubeadm init")) << os << ' ' << kubernetes;
    }
    EXPECT_THAT(show("debian-13", "1.36"), Not(HasSubstr("Before you begin"))) << "there is nothing to be warned of";
}

TEST_F(RecipeShow, WarnsOfWhatUpstreamDoesNotPromise) {
    EXPECT_THAT(show("ubuntu-18.04", "1.34"),
                HasSubstr("- ubuntu-18.04 boots with cgroup v1, which is in maintenance"));
}

TEST_F(RecipeShow, AsksNothingOfARuntimeThatTheRecipeDoesNotInstall) {
    EXPECT_THAT(show("ubuntu-24.04", "1.31", "tutorial", "containerd-kubeadm-flannel"), HasSubstr("kubeadm init"));
}

TEST_F(RecipeShow, OfCribsOwnGatewayShowsAnyVersionThatACheckoutMayHave) {
    EXPECT_THAT(show("debian-13", "1.33", "tutorial", "crio-kubeadm-flannel", "crib"), HasSubstr("packages.crib.test"));
}

TEST_F(RecipeShow, TakesNoVersionThatPlanWouldNotTake) {
    for (const auto* version : {"1.36.99", "1.36.3x", "1.36.3; rm -rf /", "1.36.3\nrm -rf /"}) {
        EXPECT_THAT(show("debian-13", version, "script"), HasSubstr("kubernetes has no version")) << version;
    }
    EXPECT_THAT(show("debian-13", "latest\", \"x"), HasSubstr("kubernetes has no version"));
}

TEST_F(RecipeShow, SaysWhatIsWrongWithASet) {
    const auto refusal = [&](const std::vector<std::string>& sets) -> std::string {
        RecipeShowCommand command;
        command.name = "crio-kubeadm-flannel";
        command.os = "debian-13";
        command.source = "upstream";
        command.format = "tutorial";
        command.sets = sets;
        try {
            (void)execute(services, command);
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::usage);
            return error.what();
        }
        return "none";
    };
    EXPECT_EQ(refusal({"versions.kubernetes="}), "--set versions.kubernetes=: it gives no version");
    EXPECT_EQ(refusal({"versions.=1.36"}), "--set versions.=1.36: it names no component");
    EXPECT_EQ(refusal({"versions.kubernetes"}), "--set versions.kubernetes: is not PATH=VALUE");
    EXPECT_EQ(refusal({"os=debian-13"}), "--set os=debian-13: only versions can be set here");
    EXPECT_EQ(refusal({"versions.kubernetes=1.36", "versions.kubernetes=1.35"}),
              "--set versions.kubernetes=1.35: versions.kubernetes is set twice");
}

}  // namespace
}  // namespace crib::cli
