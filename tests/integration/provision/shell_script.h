#pragma once
// A script of crib's in a real shell, with made-up programs before those of the system.

#include "harness/base/file.h"
#include "harness/process/boost_runner.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace crib::test {

class ShellScript : public ::testing::Test {
protected:
    ShellScript() { make_folder(bin()); }

    [[nodiscard]] std::filesystem::path bin() const { return folder_.path() / "bin"; }

    void program(const std::string& name, const std::string& text) {
        write_file(bin() / name, "#!/bin/bash\n" + text + "\n", 0755);
    }

    // `script`: below fixtures/. As steps are run.
    process::Result run(const std::string& script, std::map<std::string, std::string> inputs) {
        process::Command command;
        command.program = "/bin/bash";
        command.args = {"-euo", "pipefail", CRIB_SOURCE_DIR "/fixtures/" + script};
        command.env["PATH"] = bin().string() + ":/usr/bin:/bin";
        for (auto& [name, value] : inputs) command.env[name] = std::move(value);
        return runner_.run(command, Context::with_clock(clock_).with_timeout(std::chrono::seconds{20}));
    }

    SystemClock clock_;
    process::BoostRunner runner_;
    TempFolder folder_{std::filesystem::temp_directory_path(), "crib-script-"};
};

}  // namespace crib::test
