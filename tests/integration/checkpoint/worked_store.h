#pragma once
// WorkedStore: a store whose entries are known by a number, so that another process can tell whether they are whole.

#include "harness/base/clock.h"
#include "harness/checkpoint/store.h"
#include "tests/support/recording_runner/recording_runner.h"

#include <filesystem>
#include <random>
#include <string>

namespace crib::checkpoint {

class WorkedStore {
public:
    static constexpr unsigned kNumbers = 8;

    // Below `folder`: the store, and the files that are saved. qemu-img only copies.
    explicit WorkedStore(std::filesystem::path folder);

    [[nodiscard]] Context context() { return Context::with_clock(clock).with_timeout(std::chrono::seconds{60}); }

    // Some number's memory, and a disk layer that stands on the number before it, if that is there.
    void save(unsigned number);

    // Reads all of it. An Error (Damage among them) or a difference: a text saying which; else nothing.
    [[nodiscard]] std::string look_at(const std::string& key);

    // One thing of those that a store is used for, by chance.
    void do_something(std::mt19937& random);

    SystemClock clock;
    test::RecordingRunner runner;
    std::filesystem::path folder;
    Store store;

private:
    [[nodiscard]] KeyChain chain(unsigned number) const;
    [[nodiscard]] std::filesystem::path file(const std::string& name, const std::string& content) const;
};

}  // namespace crib::checkpoint
