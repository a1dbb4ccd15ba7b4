#pragma once
// Starts crib and kills it at a chosen instant.

#include "harness/base/file.h"
#include "harness/process/boost_runner.h"
#include "tests/vm/cluster/program.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <thread>

namespace crib::vm {

// Gone, or a zombie that its new parent has not asked for yet. The first thread is one before the others have ended,
// and they hold the process's files and locks until then.
inline bool ends(int pid) {
    namespace fs = std::filesystem;
    const fs::path process = "/proc/" + std::to_string(pid);
    for (int i = 0; i < 500; ++i) {
        const auto stat = read_tail(process / "stat", 4096);
        std::error_code gone;
        const auto threads = std::distance(fs::directory_iterator(process / "task", gone), fs::directory_iterator());
        if (stat.empty() || (stat.find(") Z ") != std::string::npos && threads <= 1)) return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
}

inline void start_and_kill(process::BoostRunner& runner, const Program& program, const std::vector<std::string>& words,
                           std::chrono::milliseconds after) {
    const int crib = runner.start_daemon(program.command(words), program.runs().parent_path() / "killed.log");
    std::this_thread::sleep_for(after);
    ::kill(crib, SIGKILL);
    EXPECT_TRUE(ends(crib));
}

}  // namespace crib::vm
