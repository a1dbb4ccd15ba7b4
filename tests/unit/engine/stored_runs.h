#pragma once
// Runs in a state folder of their own, as the tests of what finds and ends them make them.

#include "harness/base/file.h"
#include "harness/engine/run_store.h"
#include "tests/support/manual_clock.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <optional>
#include <string>

namespace crib::engine {

class StoredRuns : public ::testing::Test {
protected:
    TempFolder folder{std::filesystem::temp_directory_path(), "crib-runs"};
    test::ManualClock clock;
    RunStore runs{Folders{folder.path() / "cache", folder.path() / "state", folder.path()}};

    // A run whose crib has ended in some way; `owner` keeps it owned.
    std::string make(const std::string& outcome, bool kept, std::optional<FileLock>* owner = nullptr) {
        auto created = runs.create("two-node", clock);
        created.info.outcome = outcome;
        created.info.kept = kept;
        created.info.nodes = {
            {"master", "control-plane", "192.168.76.11", "crib-" + created.info.id + "-master", 4022}};
        runs.save(created.info);
        if (owner != nullptr) *owner = std::move(created.owner);
        return created.info.id;
    }
};

}  // namespace crib::engine
