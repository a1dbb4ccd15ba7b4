#include "harness/cli/cell_loader.h"

#include "harness/base/error.h"
#include "harness/base/file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace crib::cli {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

struct Swapping : testing::Test {
    TempFolder checkout{fs::temp_directory_path(), "crib-checkout"};
    engine::Cell cell;
    Folders folders;

    Swapping() {
        folders.source = CRIB_SOURCE_DIR;
        write_file(checkout.path() / "go.mod", "module github.com/cri-o/cri-o\n");
        cell.recipe = provision::load_recipe(CRIB_SOURCE_DIR "/fixtures/recipes/crio-kubeadm-flannel");
    }

    std::string refusal(const std::vector<std::string>& swaps) {
        try {
            add_swaps(cell, folders, swaps);
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::usage);
            return error.what();
        }
        return "";
    }
};

TEST_F(Swapping, TakesACheckoutForWhatWasSetUp) {
    const auto source = "local:" + checkout.path().string();
    add_swaps(cell, folders, {"cri-o=" + source});
    EXPECT_EQ(cell.scenario.swaps.at("cri-o"), source);
    EXPECT_EQ(cell.recipe.steps.back().id, "swap-crio");
    EXPECT_TRUE(cell.scenario.components.empty()) << "the cluster is set up as always";
}

TEST_F(Swapping, RefusesWhatIsNoCheckout) {
    EXPECT_THAT(refusal({"cri-o=upstream"}), HasSubstr("--swap cri-o=upstream: no checkout"));
    EXPECT_THAT(refusal({"cri-o"}), HasSubstr("--swap cri-o: no checkout"));
    for (const std::string nameless : {"=", "=x", "=local:/", "=upstream"}) {
        EXPECT_EQ(refusal({nameless}), "--swap " + nameless + ": it names no component");
    }
    EXPECT_THAT(refusal({"cri-o=local:/nowhere/cri-o"}), HasSubstr("there is no folder /nowhere/cri-o"));
}

TEST_F(Swapping, RefusesAFolderThatIsNoCheckoutOfTheComponent) {
    const auto swap = "cri-o=local:" + checkout.path().string();
    const auto go_mod = checkout.path() / "go.mod";
    write_file(go_mod, "module k8s.io/kubernetes\n");
    EXPECT_THAT(refusal({swap}), HasSubstr("--swap " + swap + ": " + go_mod.string() + " is of the module k8s.io"));
    cell.scenario.swaps.clear();
    fs::remove(go_mod);
    EXPECT_THAT(refusal({swap}), HasSubstr("is not a checkout of a Go module"));
}

TEST_F(Swapping, RefusesTwoOfOneComponent) {
    const auto swap = "cri-o=local:" + checkout.path().string();
    EXPECT_THAT(refusal({swap, swap}), HasSubstr("cri-o is swapped twice"));
}

TEST_F(Swapping, RefusesTheCheckoutThatItIsSetUpFrom) {
    const auto source = "local:" + checkout.path().string();
    cell.scenario.components["cri-o"] = source;
    EXPECT_THAT(refusal({"cri-o=" + source + "/."}), HasSubstr("cri-o is set up from that checkout already"));
    cell.scenario.swaps.clear();
    const TempFolder other(fs::temp_directory_path(), "crib-checkout");
    cell.scenario.components["cri-o"] = "local:" + other.path().string();
    EXPECT_EQ(refusal({"cri-o=" + source}), "") << "set up from one, swapped for another";
}

TEST(Components, MayBeGivenOnce) {
    const auto refusal = [](const std::vector<std::string>& sets, const std::vector<std::string>& components) {
        try {
            (void)with_components(sets, components);
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::usage);
            return std::string(error.what());
        }
        return std::string();
    };
    EXPECT_EQ(refusal({}, {"cri-o=local:a", "cri-o=local:b"}),
              "--component cri-o=local:b: cri-o is given twice, also by --component cri-o=local:a");
    EXPECT_EQ(refusal({}, {"=local:b"}), "--component =local:b: it names no component");
    EXPECT_EQ(refusal({"internet=true", "components.cri-o=upstream"}, {"cri-o=local:b"}),
              "--component cri-o=local:b: cri-o is given twice, also by --set components.cri-o=upstream");
    EXPECT_EQ(refusal({"components.cri=upstream"}, {"cri-o=local:b", "kubernetes=upstream"}), "");
}

TEST(Components, AreNamedByTheFlagThatGaveThem) {
    const std::vector<std::string> given{"cri-o=local:"};
    EXPECT_EQ(as_given("--set components.cri-o=local:: no checkout", given), "--component cri-o=local:: no checkout");
    EXPECT_EQ(as_given("a\n--set components.cri-o=local:: b", given), "a\n--component cri-o=local:: b");
    EXPECT_EQ(as_given("--set components.cri-o=local:x: of another", given),
              "--set components.cri-o=local:x: of another");
    engine::Cell cell;
    cell.scenario.notes = {"--set components.cri-o=local:: not used"};
    EXPECT_EQ(with_notes_as_given(cell, given).scenario.notes.at(0), "--component cri-o=local:: not used");
    EXPECT_EQ(as_given("--set components.cri-o=local:: of a --set", {}), "--set components.cri-o=local:: of a --set");
}

}  // namespace
}  // namespace crib::cli
