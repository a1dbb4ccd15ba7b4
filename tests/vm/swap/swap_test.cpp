// A change of a CRI-O checkout, seen on both nodes of a real cluster that was set up with another CRI-O.

#include "harness/base/file.h"
#include "tests/vm/cluster/real_runs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stop_token>
#include <thread>
#include <vector>

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

    void change(const fs::path& file, const std::string& usual, const std::string& now) {
        auto text = read_file(checkout_ / file);
        const auto at = text.find(usual);
        ASSERT_NE(at, std::string::npos) << file;
        text.replace(at, usual.size(), now);
        write_file(checkout_ / file, text);
    }
    void change_one_line() {
        change("cmd/crio/main.go", "app.Usage = \"OCI-based implementation of Kubernetes Container Runtime Interface\"",
               "app.Usage = \"changed by a developer\"");
    }
    // CRI-O ends all containers when its minor version is not that of before.
    void become_another_minor_version() {
        change("internal/version/version.go", "const Version = \"1.36.3\"", "const Version = \"1.37.0\"");
    }
    void make_no_containers() {
        const std::string begin =
            "func (s *Server) CreateContainer(ctx context.Context, req *types.CreateContainerRequest) (res "
            "*types.CreateContainerResponse, retErr error) {\n";
        change("server/container_create.go", begin,
               begin + "\tif req != nil {\n\t\treturn nil, errors.New(\"no containers today\")\n\t}\n");
    }
    Output swap() {
        return program_.run({"run", "--no-save-at-failure", "--swap", "cri-o=local:" + checkout_.string(), kScenario});
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

// Two loops that do nothing, beside whatever else the machine does.
class Hog {
public:
    Hog() {
        for (int i = 0; i < 2; ++i) {
            threads_.emplace_back([](const std::stop_token& stop) {
                while (!stop.stop_requested()) continue;
            });
        }
    }

private:
    std::vector<std::jthread> threads_;
};

TEST_F(Swap, IsJudgedWhenTheClusterHasSettledAlsoOnABusyMachine) {
    ASSERT_EQ(program_.run({"run", kScenario}).exit_code, 0);
    become_another_minor_version();
    const Hog hog;
    const auto run = swap();
    EXPECT_EQ(run.exit_code, 0);
    EXPECT_THAT(run.text,
                ContainsRegex("the runtime is 1\\.37\\.0.* now, 1\\.36\\.3 before, and ended all [0-9]+ containers"));
    EXPECT_THAT(run.text, HasSubstr("stage swapped passed"));
}

TEST_F(Swap, OfACrioThatMakesNoContainersFailsAndSaysWhy) {
    ASSERT_EQ(program_.run({"run", kScenario}).exit_code, 0);
    become_another_minor_version();
    make_no_containers();
    const auto run = swap();
    EXPECT_EQ(run.exit_code, 1);
    EXPECT_THAT(run.text, HasSubstr("the cluster did not settle after the swap"));
    EXPECT_THAT(run.text, HasSubstr("no containers today"));
}

}  // namespace
}  // namespace crib::vm
