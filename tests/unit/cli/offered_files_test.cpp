// What users add to a checkout: one broken file is no reason to refuse what does not name it.

#include "harness/cli/offered_files.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/cli/commands.h"
#include "tests/unit/cli/looked_at.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

namespace crib::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// A checkout with crib's own images, fixtures and scenarios, and what a test adds to them.
class Checkout : public ::testing::Test {
protected:
    Checkout() {
        make_folder(source());
        for (const auto* name : {"images", "fixtures", "scenarios"}) {
            fs::copy(fs::path(CRIB_SOURCE_DIR) / name, source() / name, fs::copy_options::recursive);
        }
    }

    [[nodiscard]] fs::path source() const { return folder.path() / "source"; }
    [[nodiscard]] Folders folders() const { return {folder.path() / "cache", folder.path() / "state", source()}; }

    void add_image(const std::string& name, const json& more) const {
        auto image = json::parse(read_file(source() / "images" / "debian-13.json"));
        image["name"] = name;
        image.update(more);
        write_file(source() / "images" / (name + ".json"), image.dump());
    }
    void break_a_recipe() const {
        make_folder(source() / "fixtures" / "recipes" / "bad");
        write_file(source() / "fixtures" / "recipes" / "bad" / "recipe.json", "{");
    }
    template <typename Command>
    int run(const Command& command) {
        Services services{source(), (folder.path() / "state").string(), "/nowhere/crib", output};
        auto said = test::said_by(services, command);
        out = std::move(said.out);
        err = std::move(said.err);
        return said.code;
    }

    TempFolder folder{fs::temp_directory_path(), "crib-test"};
    Output output;
    std::string out;
    std::string err;
};

TEST_F(Checkout, OfCribItselfHasNothingBroken) {
    const auto offered = offered_files(folders());
    EXPECT_THAT(offered.broken_images, IsEmpty());
    EXPECT_THAT(offered.broken_recipes, IsEmpty());
    EXPECT_EQ(offered.images.size(), offered.image_names.size());
    EXPECT_EQ(offered.recipes.size(), offered.recipe_names.size());
}

TEST_F(Checkout, RefusesAnInputOfAnImageThatNoRecipeHas) {
    add_image("my", {{"inputs", {{"RUNTIM", {{"value", "x"}, {"why", "y"}}}}}});
    const auto offered = offered_files(folders());
    ASSERT_TRUE(offered.broken_images.contains("my"));
    EXPECT_THAT(offered.broken_images.at("my").message,
                HasSubstr("my.json: inputs.RUNTIM: no recipe has such an input"));
    EXPECT_THAT(offered.broken_images.at("my").hint, HasSubstr("did you mean \"RUNTIME\"?"));
}

TEST_F(Checkout, ListsABrokenRecipeAsSuchBesideTheOthers) {
    break_a_recipe();
    EXPECT_EQ(run(RecipeListCommand{}), 2);
    EXPECT_THAT(out, AllOf(HasSubstr("bad "), HasSubstr("broken, see below"), HasSubstr("crio-kubeadm-flannel")));
    EXPECT_THAT(err, AllOf(HasSubstr("bad/recipe.json: line 1, column 2: the JSON is cut off"), HasSubstr("-> mend")));
}

TEST_F(Checkout, ValidatesWhatNamesNothingBroken) {
    break_a_recipe();
    add_image("my", {{"architecture", "arm64"}});
    ValidateCommand command;
    command.files = {(source() / "scenarios" / "two-node.json").string()};
    EXPECT_EQ(run(command), 0) << err;
    command.sets = {"os=my"};
    EXPECT_EQ(run(command), 2);
    EXPECT_THAT(err, AllOf(HasSubstr("--set os=my"), HasSubstr("my.json: \"architecture\": \"arm64\""),
                           HasSubstr("1 scenario: 1 mistake in 1 file")));
    command.sets = {"recipe=bad"};
    EXPECT_EQ(run(command), 2);
    EXPECT_THAT(err, HasSubstr("bad/recipe.json: line 1, column 2"));
}

}  // namespace
}  // namespace crib::cli
