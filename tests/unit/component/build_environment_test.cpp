// What a user has set, in the environment or with `go env -w`, and what of it gets to a compiler.

#include "harness/component/build_environment.h"

#include "harness/base/file.h"

#include <gtest/gtest.h>
#include <stdlib.h>

namespace crib::component {
namespace {

namespace fs = std::filesystem;

class BuildEnvironment : public testing::Test {
protected:
    BuildEnvironment() {
        ::setenv("GOENV", file().c_str(), 1);
        ::unsetenv("GOPROXY");
    }
    ~BuildEnvironment() override {
        ::unsetenv("GOENV");
        ::unsetenv("GOPROXY");
    }
    BuildEnvironment(const BuildEnvironment&) = delete;
    BuildEnvironment& operator=(const BuildEnvironment&) = delete;

    [[nodiscard]] fs::path file() const { return folder_.path() / "env"; }
    static process::Command command() {
        process::Command command;
        command.program = "go";
        command.env["GOFLAGS"] = "-trimpath";
        use_build_environment(command);
        return command;
    }

private:
    TempFolder folder_{fs::temp_directory_path()};
};

TEST_F(BuildEnvironment, IsWhereThingsAreAndHowToGetAtModules) {
    const auto made = command();
    for (const char* name : {"PATH", "HOME", "TMPDIR", "https_proxy", "GOPROXY", "GOMODCACHE", "SSL_CERT_FILE"}) {
        EXPECT_TRUE(made.inherits->contains(name)) << name;
    }
    for (const char* name : {"GOOS", "GOARCH", "GOEXPERIMENT", "GOROOT", "CC", "CXX", "AR", "CFLAGS", "MAKEFLAGS",
                             "CGO_LDFLAGS", "PKG_CONFIG_PATH", "GIT_EXTERNAL_DIFF", "LD_PRELOAD", "CPATH"}) {
        EXPECT_FALSE(made.inherits->contains(name)) << name;
    }
    EXPECT_EQ(made.env.at("GOFLAGS"), "-trimpath");
}

TEST_F(BuildEnvironment, TakesAProxyFromTheFileOfGoEnvAndNothingThatChangesWhatIsBuilt) {
    write_file(file(), "GOPROXY=https://proxy.test\nGOARCH=arm64\nCC=/bin/false\nGOFLAGS=-race\n# GOSUMDB=off\nno\n");
    const auto made = command();
    EXPECT_EQ(made.env.at("GOPROXY"), "https://proxy.test");
    EXPECT_EQ(made.env.at("GOENV"), "off");
    EXPECT_EQ(made.env.at("GOFLAGS"), "-trimpath");
    EXPECT_EQ(made.env.size(), 3U);
}

TEST_F(BuildEnvironment, TakesTheLastOfTwoSettingsAsGoDoes) {
    write_file(file(), "GOPROXY=https://old.test\nGOPROXY=https://proxy.test\n");
    EXPECT_EQ(command().env.at("GOPROXY"), "https://proxy.test");
}

TEST_F(BuildEnvironment, PrefersTheUsersVariableToTheFile) {
    write_file(file(), "GOPROXY=https://proxy.test\n");
    ::setenv("GOPROXY", "https://other.test", 1);
    EXPECT_FALSE(command().env.contains("GOPROXY"));
}

TEST_F(BuildEnvironment, DoesNotMindAFileOfGoEnvThatCannotBeRead) {
    make_folder(file());
    EXPECT_EQ(command().env.at("GOENV"), "off");
}

}  // namespace
}  // namespace crib::component
