// Machines saved while they run: they stop once, at one instant, and go on.
#include "tests/integration/hypervisor/saving.h"

#include <gmock/gmock.h>

#include <fstream>

namespace crib::hypervisor {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

TEST_F(Saving, TwoMachinesStopOnceAndGoOnUponNewDisks) {
    const auto specs = two_counting();
    const auto files = files_for(specs);
    const SaveResult result = hypervisor_->save(files, context_);
    std::printf("paused %s\n", to_short_string(result.paused).c_str());
    ASSERT_EQ(result.machines.size(), 2U);
    for (std::size_t i = 0; i < specs.size(); ++i) {
        const SavedMachine& saved = result.machines[i];
        EXPECT_EQ(saved.name, specs[i].name);
        std::printf("%s\n", saved.description.c_str());
        ASSERT_EQ(saved.frozen.size(), 1U);
        EXPECT_EQ(saved.frozen.at("vda").file, specs[i].disks[0].file);
        std::printf("memory %ju\n", (std::uintmax_t)fs::file_size(files[i].memory));
        const std::string then = read_file(saved.frozen.at("vda").file);
        wait_until_counted_on(specs[i], last_count(specs[i]));
        EXPECT_EQ(read_file(saved.frozen.at("vda").file), then);
    }
}

}  // namespace
}  // namespace crib::hypervisor
