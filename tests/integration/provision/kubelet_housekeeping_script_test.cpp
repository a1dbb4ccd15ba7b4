// The step kubelet-housekeeping of emulated hosts in a real shell.

#include "tests/integration/provision/shell_script.h"

#include <gtest/gtest.h>

namespace {

using namespace crib;

class KubeletHousekeepingScript : public test::ShellScript {
protected:
    std::string file_after(const std::string& before) {
        const auto file = folder_.path() / "kubelet";
        write_file(file, before);
        const auto result =
            run("profiles/emulated-host/kubelet-housekeeping.sh", {{"KUBELET_ENVIRONMENT_FILE", file.string()}});
        EXPECT_TRUE(result.ok()) << result.err;
        return read_file(file);
    }
};

TEST_F(KubeletHousekeepingScript, LeavesTheOtherArgumentsAsTheyAre) {
    EXPECT_EQ(file_after("KUBELET_EXTRA_ARGS=--config-dir=/etc/x --node-labels=a=b\n"),
              "KUBELET_EXTRA_ARGS=--config-dir=/etc/x --node-labels=a=b --housekeeping-interval=60s\n");
}

TEST_F(KubeletHousekeepingScript, TakesArgumentsInQuotes) {
    EXPECT_EQ(file_after("KUBELET_EXTRA_ARGS=\"--a --b=c\"\nOTHER=\"x\"\n"),
              "KUBELET_EXTRA_ARGS=\"--a --b=c --housekeeping-interval=60s\"\nOTHER=\"x\"\n");
}

// A bug that is reproduced is to show where it is, not here.
TEST_F(KubeletHousekeepingScript, LeavesAloneWhatAScenarioHasChanged) {
    EXPECT_EQ(file_after("# none\n"), "# none\n");
    EXPECT_TRUE(run("profiles/emulated-host/kubelet-housekeeping.sh",
                    {{"KUBELET_ENVIRONMENT_FILE", (folder_.path() / "not-there").string()}})
                    .ok());
}

}  // namespace
