// A change of a CRI-O checkout, seen on both nodes of a real cluster that was set up with another CRI-O.

#include "harness/base/file.h"
#include "tests/vm/cluster/real_runs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace crib::vm {
namespace {

namespace fs = std::filesystem;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

const std::string kScenario = std::string(CRIB_SOURCE_DIR) + "/scenarios/two-node.json";

class Swap : public RealRuns {
protected:
    // As somebody has it who works on CRI-O: the module's own tree, to be changed.
    void SetUp() override {
        const auto module = output_of("go", {"env", "GOMODCACHE"}) + "/github.com/cri-o/cri-o@v1.36.3";
        if (!fs::is_directory(module)) (void)program_.run({"components", "--build", "cri-o"});
        ASSERT_TRUE(fs::is_directory(module)) << module;
        fs::copy(module, checkout_, fs::copy_options::recursive);
        (void)output_of("chmod", {"-R", "u+w", checkout_.string()});
    }

    void change_one_line() {
        const auto file = checkout_ / "cmd" / "crio" / "main.go";
        auto text = read_file(file);
        const std::string usual = "app.Usage = \"OCI-based implementation of Kubernetes Container Runtime Interface\"";
        const auto at = text.find(usual);
        ASSERT_NE(at, std::string::npos);
        text.replace(at, usual.size(), "app.Usage = \"changed by a developer\"");
        write_file(file, text);
    }

    fs::path checkout_ = program_.folder() / "cri-o";
};

TEST_F(Swap, PutsAChangedCrioInThePlaceOfTheOneThatRuns) {
    ASSERT_EQ(program_.run({"run", kScenario}).exit_code, 0);
    change_one_line();
    const auto run = program_.run({"run", "--keep", "--swap", "cri-o=local:" + checkout_.string(), kScenario});
    EXPECT_EQ(run.exit_code, 0);
    EXPECT_THAT(run.text, HasSubstr("checkpoint of workload-ready restored in "));
    EXPECT_THAT(run.text, Not(HasSubstr("kubeadm-init")));
    EXPECT_THAT(run.text, ContainsRegex("cri-o under test is 1\\.36\\.3\\+local\\.[0-9a-f]+, built from local:"));
    const auto id = run_id_of(run.text);
    for (const auto* node : {"master", "worker"}) {
        const auto running = program_.run(
            {"ssh", id, node, "--", "sh", "-c", "grep -c 'changed by a developer' /proc/$(pidof crio)/exe"});
        EXPECT_EQ(running.exit_code, 0) << node << " runs another CRI-O than the changed one: " << running.text;
    }
    EXPECT_EQ(program_.run({"down", id}).exit_code, 0);
}

}  // namespace
}  // namespace crib::vm
