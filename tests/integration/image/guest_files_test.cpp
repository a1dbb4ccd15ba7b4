#include "harness/process/boost_runner.h"

#include <gmock/gmock.h>
#include <filesystem>

namespace crib::image {
namespace {

namespace fs = std::filesystem;

const fs::path kGuestFiles = fs::path(CRIB_SOURCE_DIR) / "fixtures" / "image";

process::Result run(const std::string& program, const std::vector<std::string>& args) {
    SystemClock clock;
    process::BoostRunner runner;
    process::Command command;
    command.program = program;
    command.args = args;
    return runner.run(command, Context::with_clock(clock).with_timeout(std::chrono::minutes(1)));
}

TEST(GuestFiles, EveryScriptOfANodeIsCleanByShellcheck) {
    // Those whose names do not end in .sh: nothing else checks them.
    const auto result = run("shellcheck", {(kGuestFiles / "initrd-init").string(),
                                           (kGuestFiles / "root" / "usr" / "lib" / "crib" / "first-boot").string()});
    EXPECT_TRUE(result.ok()) << result.out;
}

TEST(GuestFiles, EveryUnitIsOneThatSystemdAccepts) {
    const fs::path unit = kGuestFiles / "root" / "etc" / "systemd" / "system" / "crib-first-boot.service";
    const auto result = run("systemd-analyze", {"verify", "--man=no", "--recursive-errors=no", unit.string()});
    EXPECT_EQ((result.out + result.err).find("Unknown"), std::string::npos) << result.err;
    EXPECT_EQ((result.out + result.err).find("Failed to parse"), std::string::npos) << result.err;
}

}  // namespace
}  // namespace crib::image
