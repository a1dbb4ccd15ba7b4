// The step kubeadm-patches of emulated hosts in a real shell.

#include "tests/integration/provision/shell_script.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include <map>

namespace {

using namespace crib;

// CPUs in thousandths, by component.
std::map<std::string, int> requests_of(const std::filesystem::path& patches) {
    std::map<std::string, int> requests;
    for (const auto& entry : std::filesystem::directory_iterator(patches)) {
        const auto patch = nlohmann::json::parse(read_file(entry.path()));
        const auto& container = patch.at("spec").at("containers").at(0);
        const auto cpu = container.at("resources").at("requests").at("cpu").get<std::string>();
        EXPECT_TRUE(cpu.ends_with('m')) << cpu;
        requests[container.at("name")] = std::stoi(cpu);
    }
    return requests;
}

using KubeadmPatchesScript = test::ShellScript;

TEST_F(KubeadmPatchesScript, GivesTheApiServerAndEtcdMostOfOneCpu) {
    const auto patches = folder_.path() / "patches";
    const auto result = run("profiles/emulated-host/kubeadm-patches.sh", {{"KUBEADM_PATCHES", patches.string()}});
    ASSERT_TRUE(result.ok()) << result.err;

    const auto requests = requests_of(patches);
    ASSERT_EQ(requests.size(), 4U);
    int all = 0;
    for (const auto& [name, cpu] : requests) all += cpu;
    EXPECT_LE(all, 1000) << "a control plane may have one CPU";
    EXPECT_GE(requests.at("kube-apiserver") + requests.at("etcd"), 700);
}

}  // namespace
