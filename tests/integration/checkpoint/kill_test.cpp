// Processes that use the store are killed at instants chosen by chance: what they leave is whole.

#include "harness/base/file.h"
#include "harness/base/text.h"
#include "tests/integration/checkpoint/worked_store.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <set>
#include <thread>

namespace crib::checkpoint {
namespace {

namespace fs = std::filesystem;

constexpr int kKills = 50;
constexpr unsigned kWorkers = 2;

unsigned seed() {
    const char* given = std::getenv("CRIB_TEST_SEED");
    return given != nullptr ? static_cast<unsigned>(std::strtoul(given, nullptr, 10)) : std::random_device()();
}

class Killed : public testing::Test {
protected:
    pid_t start_worker(std::mt19937::result_type number) {
        const auto words = std::to_string(number);
        const auto log = (folder_.path() / "log").string();
        const auto pid = ::fork();
        if (pid != 0) return pid;
        if (::freopen(log.c_str(), "a", stderr) == nullptr) ::_exit(3);
        ::execl(CRIB_CHECKPOINT_WORKER, CRIB_CHECKPOINT_WORKER, folder_.path().c_str(), words.c_str(), nullptr);
        ::_exit(3);
    }

    // True when it was still at work.
    static bool kill_worker(pid_t pid) {
        ::kill(pid, SIGKILL);
        int status = 0;
        ::waitpid(pid, &status, 0);
        return WIFSIGNALED(status);
    }

    std::set<std::string> files(const char* name) {
        std::set<std::string> found;
        for (const auto& one : fs::directory_iterator(worked_.store.folder() / name))
            found.insert(one.path().filename());
        return found;
    }

    void expect_whole() {
        for (const auto& dropped : worked_.store.verify(worked_.context())) {
            ADD_FAILURE() << "not whole: " << dropped.key << ": " << dropped.why;
        }
        for (const auto& one : worked_.store.list()) {
            EXPECT_FALSE(one.in_use);
            EXPECT_EQ(worked_.look_at(one.entry.key()), "");
        }
    }

    void expect_clean_after_collecting() {
        (void)worked_.store.collect(ByteSize::gib(1), worked_.context());
        std::set<std::string> entries;
        std::set<std::string> parts;
        std::set<std::string> locks;
        for (const auto& one : worked_.store.list()) {
            entries.insert(one.entry.key() + ".json");
            locks.insert(one.entry.key() + ".lock");
            for (const auto& part : one.entry.parts) parts.insert(part.id);
            for (const auto& layer : one.entry.layers) parts.insert(layer.id);
        }
        EXPECT_EQ(files("entries"), entries);
        EXPECT_EQ(files("parts"), parts);
        EXPECT_EQ(files("drafts"), std::set<std::string>());
        EXPECT_EQ(files("trash"), std::set<std::string>());
        for (const auto& lock : files("locks")) EXPECT_TRUE(locks.contains(lock)) << lock;
    }

    TempFolder folder_{fs::temp_directory_path(), "crib-kills"};
    WorkedStore worked_{folder_.path()};
};

TEST_F(Killed, AtAnyInstantTheStoreIsWhole) {
    const auto chosen = seed();
    RecordProperty("seed", std::to_string(chosen));
    fmt::print("CRIB_TEST_SEED={}\n", chosen);
    std::mt19937 random(chosen);
    int halfway = 0;  // kills that left a draft, and a whole entry
    int whole = 0;
    for (int kill = 0; kill < kKills && !HasFailure(); ++kill) {
        std::vector<pid_t> workers;
        for (unsigned i = 0; i < kWorkers; ++i) workers.push_back(start_worker(random()));
        std::this_thread::sleep_for(std::chrono::milliseconds{20 + random() % 230});
        for (const auto pid : workers) {
            EXPECT_TRUE(kill_worker(pid)) << "kill " << kill << ": " << read_tail(folder_.path() / "log", 2000);
        }
        if (!fs::exists(worked_.store.folder() / "locks")) continue;
        halfway += files("drafts").empty() ? 0 : 1;
        whole += worked_.store.list().empty() ? 0 : 1;
        expect_whole();
        if (kill % 2 == 0) expect_clean_after_collecting();
    }
    expect_clean_after_collecting();
    fmt::print("{} of {} kills left something half saved, {} a checkpoint\n", halfway, kKills, whole);
    EXPECT_GT(halfway, 0) << "no kill met anybody at work";
    EXPECT_GT(whole, 0);
}

}  // namespace
}  // namespace crib::checkpoint
