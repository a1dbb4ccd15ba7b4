#pragma once
// How a command's test sees what it printed, and that a folder is as it was.

#include "harness/base/file.h"
#include "harness/cli/commands.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <string>

namespace crib::test {

// What the command prints to standard output; it ends with `expected`.
template <typename Command>
std::string output_of(cli::Services& services, const Command& command, int expected = 0) {
    ::testing::internal::CaptureStdout();
    const int code = execute(services, command);
    auto out = ::testing::internal::GetCapturedStdout();
    EXPECT_EQ(code, expected) << out;
    return out;
}

// All that it says. When it throws, both streams are still captured.
struct Said {
    int code = 0;
    std::string out;
    std::string err;
};
template <typename Command>
Said said_by(cli::Services& services, const Command& command) {
    ::testing::internal::CaptureStdout();
    ::testing::internal::CaptureStderr();
    Said said;
    said.code = execute(services, command);
    said.out = ::testing::internal::GetCapturedStdout();
    said.err = ::testing::internal::GetCapturedStderr();
    return said;
}

// Every name below the folder, with its content and time of change. No link is followed.
inline std::map<std::string, std::string> tree_of(const std::filesystem::path& folder) {
    std::map<std::string, std::string> all;
    for (const auto& one : std::filesystem::recursive_directory_iterator(folder)) {
        const bool link = one.is_symlink();
        const auto when = link ? 0 : std::filesystem::last_write_time(one).time_since_epoch().count();
        all[one.path().string()] =
            std::to_string(when) + (!link && one.is_regular_file() ? read_file(one.path()) : std::string());
    }
    return all;
}

}  // namespace crib::test
