// What a recipe of a user's own may not say: each value is judged where the file is read.

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/provision/recipe.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

namespace crib::provision {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// A good recipe called "two" for a test to spoil.
class RecipeOfAUser : public ::testing::Test {
protected:
    RecipeOfAUser() {
        make_folder(folder() / "sub");
        write_file(folder() / "one.sh", "#!/usr/bin/env bash\necho one\n");
        write_file(folder() / "zero.sh", std::string("echo \0\n", 7));
        write_file(folder() / "large.sh", std::string(300U << 10U, '#'));
    }

    [[nodiscard]] fs::path folder() const { return temporary_.path() / "recipes" / "two"; }

    static json good() {
        return json::parse(R"({"name": "two", "title": "t", "components": ["cri-o"], "stages": ["ready"],
            "inputs": {"RUNTIME": {"value": "crun", "about": "a",
                                   "cases": [{"when": {"os": "debian-*"}, "value": "runc", "source": "s"}]}},
            "files": {"KUBEADM_CONFIG": {"path": "/etc/k.yaml", "mode": "0600"}}, "outputs": {"TOKEN": {"secret": true}},
            "kubeadm_api": [{"kubernetes": "1.31", "api": "kubeadm.k8s.io/v1beta4", "arguments": "list"}],
            "steps": [{"id": "a", "title": "t", "script": "one.sh", "nodes": "all", "timeout_seconds": 1,
                       "stage": "ready", "inputs": ["RUNTIME"], "when": {"versions.cri-o": [">=1.24 <1.27", "1.36.*"]},
                       "variants": [{"when": {"os": "rocky-9"}, "script": "one.sh"}]}]})");
    }

    // "accepted", or what is wrong; "" at the pointer is the whole.
    std::string answer_with(const char* pointer, const json& value) {
        auto recipe = good();
        recipe[json::json_pointer(pointer)] = value;
        write_file(folder() / "recipe.json", recipe.dump());
        return answer();
    }
    [[nodiscard]] std::string answer() const {
        try {
            (void)load_recipe(folder());
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::usage);
            EXPECT_NE(error.hint(), "") << error.what();
            EXPECT_THAT(error.what(), HasSubstr("two/recipe.json: "));
            return error.what();
        }
        return "accepted";
    }

private:
    TempFolder temporary_{fs::temp_directory_path(), "crib-test"};
};

TEST_F(RecipeOfAUser, IsTakenWhenNothingIsWrong) {
    EXPECT_EQ(answer_with("", good()), "accepted");
    EXPECT_EQ(answer_with("/steps/0/when", {{"cluster.labels", ""}}), "accepted");
    EXPECT_EQ(answer_with("/steps/0/timeout_seconds", 86400), "accepted");
    EXPECT_EQ(answer_with("/inputs/RUNTIME/value", "two\nlines"), "accepted");
}

TEST_F(RecipeOfAUser, IsRefusedForAValueThatCannotWorkWithItsKey) {
    struct Case {
        const char* pointer;
        json value;
        const char* said;
    };
    const std::vector<Case> cases = {
        {"/name", "crio-kubeadm-flannel", "/name: is \"crio-kubeadm-flannel\": it must be the folder's, \"two\""},
        {"/need", "x", "it has the unknown key \"need\""},
        {"/title", "a\nb", "/title: has more than one line"},
        {"/stages", {"x\x1b[2K/../y"}, "/stages/0: "},
        {"/stages", json::array(), "/stages: has no stage"},
        {"/stages", {"ready", "ready"}, "/stages: has \"ready\" twice"},
        {"/components", {"a b"}, "/components/0: "},
        {"/programs", {"nope"}, "installs nope as programs"},
        {"/images", "nope", "none of store, archives"},
        {"/inputs/A;touch pwned;B", {{"value", "x"}, {"about", "y"}}, "/inputs: \"A;touch pwned;B\" is no name of a"},
        {"/inputs/RUNTIME/value", "\x1b[2K", "/inputs/RUNTIME/value: "},
        {"/inputs/RUNTIME/abuot", "x", "did you mean \"about\"?"},
        {"/inputs/RUNTIME/cases/0/when/os", {">=x"}, "\">=x\" compares with no version"},
        {"/files/KUBEADM_CONFIG/mode", "0999", "/files/KUBEADM_CONFIG/mode: "},
        {"/files/KUBEADM_CONFIG/path", "/etc/../x", "/files/KUBEADM_CONFIG/path: "},
        {"/files/OTHER", {{"path", "/x"}}, "known are FLANNEL_MANIFEST, KUBEADM_CONFIG, KUBELET_CONFIG"},
        {"/outputs/TOKEN/secret", "yes", "/outputs/TOKEN/secret: must be true or false"},
        {"/kubeadm_api/0/kubernetes", "latest", "no minor version"},
        {"/kubeadm_api/0/api", "v1beta4", "no API of kubeadm"},
        {"/kubeadm_api/0/arguments", "maps", "must be list or map"},
        {"/steps/0/id", "a b", "/steps/0/id: "},
        {"/steps/0/title", "x\ny; touch /tmp/z", "step a: /steps/0/title: has more than one line"},
        {"/steps/0/timeout", 5, "step a: /steps/0: has the unknown key \"timeout\""},
        {"/steps/0/need", json::array(), "did you mean \"needs\"?"},
        {"/steps/0/before", "b", "has the unknown key \"before\""},
        {"/steps/0/timeout_seconds", -1, "/steps/0/timeout_seconds: must be from 1 to 86400, not -1"},
        {"/steps/0/timeout_seconds", 0, "must be from 1 to 86400, not 0"},
        {"/steps/0/timeout_seconds", 86401, "must be from 1 to 86400, not 86401"},
        {"/steps/0/timeout_seconds", 1.5, "must be a whole number"},
        {"/steps/0/timeout_seconds", 1e30, "must be a whole number"},
        {"/steps/0/needs", {"a@some"}, "neither STEP nor STEP@all"},
        {"/steps/0/inputs", {"A;touch pwned;B"}, "/steps/0/inputs/0: "},
        {"/steps/0/stage", "x/../y", "/steps/0/stage: "},
        {"/steps/0/when", {{"versions.kubernetes", ">=x"}}, "compares with no version"},
        {"/steps/0/when", {{"os", json::array()}}, "has no pattern"},
        {"/steps/0/when", {{"a b", "x"}}, "\"a b\" is no fact"},
        {"/steps/0/script", "/etc/passwd", "is neither a file of this folder nor another recipe's"},
        {"/steps/0/script", "../../../etc/passwd", "is neither a file of this folder"},
        {"/steps/0/script", "..", "is neither a file of this folder"},
        {"/steps/0/script", "sub", "sub: is a folder"},
        {"/steps/0/script", "zero.sh", "is no text in UTF-8"},
        {"/steps/0/script", "large.sh", "is too large for a step's script"},
        {"/steps/0/variants/0/script", "../x", "step a: /steps/0/variants/0/script: "},
        {"/steps/0/variants/0/wehn", "x", "did you mean \"when\"?"},
        {"/swaps", {{{"component", "../x"}}}, "/swaps/0/component: "},
    };
    for (const auto& [pointer, value, said] : cases) {
        EXPECT_THAT(answer_with(pointer, value), HasSubstr(said)) << pointer << ' ' << value;
    }
}

TEST_F(RecipeOfAUser, IsRefusedWhenItsFileCannotBeRead) {
    EXPECT_THAT(answer(), HasSubstr("there is no such file"));
    make_folder(folder() / "recipe.json");
    EXPECT_THAT(answer(), HasSubstr("is a folder"));
}

TEST_F(RecipeOfAUser, IsOnOfferUnlessItsFolderIsHidden) {
    const auto fixtures = folder().parent_path().parent_path();
    EXPECT_THAT(recipes_on_offer(fixtures), ElementsAre()) << "there is no recipe.json";
    write_file(folder() / "recipe.json", "{");
    make_folder(fixtures / "recipes" / ".two");
    write_file(fixtures / "recipes" / ".two" / "recipe.json", "{");
    write_file(fixtures / "recipes" / "recipe.json", "{");
    EXPECT_THAT(recipes_on_offer(fixtures), ElementsAre("two"));
}

TEST(ProfileOfAUser, IsJudgedLikeARecipe) {
    const TempFolder folder(fs::temp_directory_path(), "crib-test");
    const auto answer_to = [&](const json& more) -> std::string {
        json profile = {{"name", folder.path().filename().string()}, {"title", "t"}, {"departures", json::array()}};
        profile.update(more);
        write_file(folder.path() / "profile.json", profile.dump());
        try {
            (void)load_profile(folder.path());
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::usage);
            return error.what();
        }
        return "accepted";
    };
    EXPECT_EQ(answer_to(json::object()), "accepted");
    EXPECT_THAT(answer_to({{"name", "x"}}), HasSubstr("it must be the folder's"));
    EXPECT_THAT(answer_to({{"timeout_scale", 0}}), HasSubstr("/timeout_scale: must be from 1 to 100, not 0"));
    EXPECT_THAT(answer_to({{"kernel_arguments", {"a b"}}}), HasSubstr("/kernel_arguments/0: "));
    EXPECT_THAT(answer_to({{"kubeadm", {{"timeoutscale", 2}}}}), HasSubstr("did you mean \"timeout_scale\"?"));
}

}  // namespace
}  // namespace crib::provision
