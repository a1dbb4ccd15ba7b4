#include "harness/provision/recipe.h"

#include "harness/base/error.h"
#include "harness/base/file.h"

#include <gmock/gmock.h>

#include <cstdio>

namespace crib::provision {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const fs::path kFixtures = fs::path(CRIB_SOURCE_DIR) / "fixtures";

// A recipe folder with one step, whose recipe.json a test may spoil.
class RecipeFolder : public ::testing::Test {
protected:
    RecipeFolder() : folder_(fs::temp_directory_path(), "recipe") {
        write_file(folder_.path() / "one.sh", "#!/usr/bin/env bash\necho one\n");
    }

    std::string problem_with(const std::string& steps, const std::string& more = {}) {
        write_file(
            folder_.path() / "recipe.json",
            R"({"name": ")" + folder_.path().filename().string() +
                R"(", "title": "t", "components": ["cri-o"], "stages": ["ready"], "inputs": {}, "files": {}, "outputs": {},
                       "kubeadm_api": [], )" +
                more + R"("steps": )" + steps + "}");
        try {
            (void)load_recipe(folder_.path());
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::usage);
            return error.what();
        }
        return "";
    }

    TempFolder folder_;
};

TEST(Recipes, TheTutorialsRecipeIsOnOfferAndSound) {
    EXPECT_THAT(recipes_on_offer(kFixtures), Contains("crio-kubeadm-flannel"));
    const auto recipe = load_recipe(kFixtures / "recipes/crio-kubeadm-flannel");
    EXPECT_THAT(recipe.stages, ElementsAre("os-ready", "runtime-ready", "control-plane-ready", "joined",
                                           "network-ready", "workload-ready"));
    EXPECT_TRUE(recipe.outputs.at("JOIN_TOKEN").secret);
}

TEST(Recipes, TheEmulatedHostsProfileFitsTheRecipe) {
    const auto profile = load_profile(kFixtures / "profiles/emulated-host");
    const auto recipe = with_profile(load_recipe(kFixtures / "recipes/crio-kubeadm-flannel"), profile);
    EXPECT_EQ(recipe.inputs.at("RESTART_KUBELET_EARLY").value, "no");
    EXPECT_EQ(profile.cpu_model, "Nehalem");
    EXPECT_THAT(profile.kernel_arguments, Contains("maxcpus=1"));
    EXPECT_EQ(profile.kubeadm_key_algorithm, "ECDSA-P256");
    EXPECT_THAT(profile.kubeadm_ignored, Contains("NumCPU"));  // isolcpus leaves it one
    EXPECT_THAT(profile.kernel_arguments, Contains("isolcpus=1-N"));
    EXPECT_EQ(profile.etcd_arguments.at("unsafe-no-fsync"), "true");
    // It listens where the API server is told to find it.
    EXPECT_THAT(profile.etcd_arguments.at("listen-client-urls"),
                testing::HasSubstr(profile.api_server_arguments.at("etcd-servers")));
    EXPECT_FALSE(profile.departures.empty());
}

TEST(Recipes, AProfileForAnotherRecipeIsRefused) {
    Profile profile;
    profile.name = "p";
    profile.inputs["NO_SUCH_INPUT"] = "x";
    EXPECT_THROW((void)with_profile(Recipe{}, profile), Error);
}

TEST(Recipes, AProfileThatMakesAnUnknownStepWaitIsRefused) {
    Profile profile;
    profile.name = "p";
    profile.needs["no-such-step"] = {"kubeadm-init"};
    EXPECT_THROW((void)with_profile(Recipe{}, profile), Error);
}

TEST_F(RecipeFolder, AStepThatNeedsAnUnknownOneIsNamed) {
    EXPECT_THAT(problem_with(R"([{"id": "a", "title": "a", "script": "one.sh", "nodes": "all", "timeout_seconds": 1,
                                  "needs": ["b@all"], "inputs": ["X"], "outputs": ["Y"], "files": ["Z"], "stage": "q"}])"),
                AllOf(HasSubstr("step a: needs the unknown step \"b@all\""), HasSubstr("nothing gives its input X"),
                      HasSubstr("its output Y is not declared"), HasSubstr("its file Z is not declared"),
                      HasSubstr("ends the unknown stage \"q\"")));
}

TEST_F(RecipeFolder, UnknownStagesOfItsCheckpointsAreNamed) {
    EXPECT_THAT(problem_with("[]", R"("checkpoints": ["red"], "pods-run-after": "blue", )"),
                AllOf(HasSubstr("saves a checkpoint at the unknown stage \"red\""),
                      HasSubstr("pods run after the unknown stage \"blue\"")));
}

TEST_F(RecipeFolder, ASwapOfWhatIsNoComponentOfItsIsNamed) {
    EXPECT_THAT(problem_with("[]", R"("swaps": [{"component": "crio", "id": "s", "title": "t", "script": "one.sh",
                                                  "nodes": "all", "timeout_seconds": 1}], )"),
                HasSubstr("swaps crio, which is none of its components"));
}

TEST(Recipes, NameTheComponentsThatTheySetUp) {
    const auto components = [](const char* name) { return load_recipe(kFixtures / "recipes" / name).components; };
    EXPECT_THAT(components("crio-kubeadm-flannel"), ElementsAre("kubernetes", "cri-o", "flannel"));
    EXPECT_THAT(components("containerd-kubeadm-flannel"), ElementsAre("kubernetes", "flannel"));
}

TEST_F(RecipeFolder, AMissingScriptIsNamed) {
    EXPECT_THAT(
        problem_with(R"([{"id": "a", "title": "a", "script": "two.sh", "nodes": "all", "timeout_seconds": 1}])"),
        AllOf(HasSubstr("step a"), HasSubstr("two.sh")));
}

TEST_F(RecipeFolder, TwoStepsOfOneNameAreRefused) {
    const std::string step = R"({"id": "a", "title": "a", "script": "one.sh", "nodes": "all", "timeout_seconds": 1})";
    EXPECT_THAT(problem_with("[" + step + "," + step + "]"), HasSubstr("two steps are called a"));
}

TEST_F(RecipeFolder, NodesThatNobodyKnowsAreRefused) {
    EXPECT_THAT(
        problem_with(R"([{"id": "a", "title": "a", "script": "one.sh", "nodes": "some", "timeout_seconds": 1}])"),
        HasSubstr("nodes \"some\""));
}

TEST_F(RecipeFolder, BrokenJsonIsToldWithTheFile) {
    EXPECT_THAT(problem_with("[,]"), AllOf(HasSubstr("recipe.json"), HasSubstr("line 2, column 53: this is not JSON")));
}

TEST(SwappedComponents, AreAStageAfterAllOthersThatChangesNothingBefore) {
    const auto usual = load_recipe(kFixtures / "recipes/crio-kubeadm-flannel");
    const auto swapped = with_swaps(usual, {"cri-o"});
    ASSERT_EQ(swapped.steps.size(), usual.steps.size() + 1);
    for (std::size_t i = 0; i < usual.steps.size(); ++i) {
        EXPECT_EQ(swapped.steps[i].id, usual.steps[i].id);
        EXPECT_EQ(swapped.steps[i].needs, usual.steps[i].needs);
    }
    EXPECT_EQ(swapped.steps.back().id, "swap-crio");
    EXPECT_THAT(swapped.steps.back().needs, Contains("nginx-service@all"));
    EXPECT_EQ(swapped.stages.back(), kSwapStage);
    EXPECT_EQ(with_swaps(usual, {}).stages, usual.stages);
}

TEST(SwappedComponents, AreThoseThatTheRecipeHasAStepFor) {
    const auto recipe = load_recipe(kFixtures / "recipes/crio-kubeadm-flannel");
    try {
        (void)with_swaps(recipe, {"flannel"});
        FAIL() << "it was taken";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::usage);
        EXPECT_THAT(error.what(), HasSubstr("does not say how to put another flannel in its place"));
        EXPECT_EQ(error.hint(), "it can swap cri-o");
    }
}

TEST(RecipeScripts, PassShellcheck) {
    std::string files;
    for (const auto& entry : fs::recursive_directory_iterator(kFixtures)) {
        if (entry.path().extension() == ".sh") files += " '" + entry.path().string() + "'";
    }
    ASSERT_FALSE(files.empty());
    const std::string command = "shellcheck" + files + " 2>&1";
    FILE* pipe = popen(command.c_str(), "r");  // NOLINT(cert-env33-c): our own file names
    ASSERT_NE(pipe, nullptr);
    std::string output;
    for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) output += static_cast<char>(c);
    EXPECT_EQ(pclose(pipe), 0) << output;
}

TEST(RecipeScripts, BeginWithACommentThatSaysWhatAndWhy) {
    for (const auto& step : load_recipe(kFixtures / "recipes/crio-kubeadm-flannel").steps) {
        EXPECT_THAT(step.script, ::testing::StartsWith("#!/usr/bin/env bash\n# ")) << step.script_name;
    }
}

}  // namespace
}  // namespace crib::provision
