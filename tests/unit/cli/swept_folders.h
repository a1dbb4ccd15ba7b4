#pragma once
// Folders of their own for what removes things: a cache, a state folder, and the temporary folder, which crib gc
// sweeps.

#include "harness/base/file.h"
#include "harness/checkpoint/store.h"
#include "harness/cli/cache_sweep.h"
#include "harness/cli/services.h"
#include "tests/unit/cli/looked_at.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace crib::cli {

class SweptFolders : public ::testing::Test {
protected:
    void SetUp() override {
        make_folder(tmp());
        ::setenv("TMPDIR", tmp().c_str(), 1);
    }
    void TearDown() override { ::unsetenv("TMPDIR"); }

    [[nodiscard]] std::filesystem::path tmp() const { return folder.path() / "tmp"; }

    // A run whose crib has ended in some way; without an outcome it was killed.
    std::string run(const std::string& outcome, bool kept) {
        auto created = services.runs.create("two-node", services.clock);
        created.info.outcome = outcome;
        created.info.kept = kept;
        services.runs.save(created.info);
        return created.info.id;
    }
    // The key of a checkpoint.
    std::string save(const std::string& state = "{}") {
        auto store = checkpoint_store(services);
        const auto chain = checkpoint::extend({}, "os-ready", {checkpoint::text("cpu model", "Nehalem")});
        auto begun = store.begin(chain, checkpoint::Store::IfBusy::leave, services.context());
        write_file(folder.path() / "raw", "memory");
        begun.draft.value().add_memory("master", folder.path() / "raw", services.context());
        return begun.draft->commit({"two-node", "", {"master"}, state}, services.context()).key();
    }
    template <typename C>
    std::string output_of(const C& command, int expected = 0) {
        return test::output_of(services, command, expected);
    }

    TempFolder folder{std::filesystem::temp_directory_path(), "crib-swept"};
    Output output;
    Services services{CRIB_SOURCE_DIR, (folder.path() / "state").string(), "/nowhere/crib", output};
};

}  // namespace crib::cli
