#include "harness/cli/checkout_sets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

namespace crib::cli {
namespace {

using testing::ElementsAre;

class CheckoutsOfSets : public testing::Test {
protected:
    const std::string here = std::filesystem::current_path().string();
};

TEST_F(CheckoutsOfSets, AreRecordedByTheirAbsolutePaths) {
    EXPECT_THAT(with_absolute_checkouts({"components.cri-o=local:cri-o", "components[cri-o]=local:cri-o",
                                         "components.cri-o=local:/src/cri-o"}),
                ElementsAre("components.cri-o=local:" + here + "/cri-o", "components[cri-o]=local:" + here + "/cri-o",
                            "components.cri-o=local:/src/cri-o"));
}

TEST_F(CheckoutsOfSets, AreRecordedByTheirAbsolutePathsInJsonToo) {
    EXPECT_THAT(
        with_absolute_checkouts({R"(components={"flannel": "local:f", "cri-o": "local:/src/cri-o", "a": "upstream"})",
                                 R"(components.cri-o="local:cri-o")"}),
        ElementsAre(R"(components={"flannel":"local:)" + here + R"(/f","cri-o":"local:/src/cri-o","a":"upstream"})",
                    R"(components.cri-o="local:)" + here + R"(/cri-o")"));
}

TEST_F(CheckoutsOfSets, LeaveAloneWhatIsNone) {
    const std::string deep = R"(components={"cri-o": "local:x", "y": )" + std::string(100'000, '[');
    const std::vector<std::string> sets{"components.cri-o=upstream",
                                        "about=local:x",
                                        "components.cri-o=local:",
                                        "components",
                                        "componentsx=local:x",
                                        R"(components={"cri-o": "local:")",
                                        R"(components={"cri-o": "local:"})",
                                        R"(components={"cri-o": "upstream"})",
                                        R"(components=["local:x"])",
                                        R"(parameters={"cri-o": "local:x"})",
                                        deep,
                                        deep + std::string(100'000, ']') + "}"};
    EXPECT_EQ(with_absolute_checkouts(sets), sets);
}

TEST_F(CheckoutsOfSets, AreRecordedWhereTheScenarioHasFoundThem) {
    scenario::Scenario scenario;
    scenario.components = {{"cri-o", "local:/src/cri-o"}};
    EXPECT_THAT(with_found_checkouts({"components.cri-o=local:../${where}", R"(components={"cri-o":"local:../cri-o"})"},
                                     scenario),
                ElementsAre("components.cri-o=local:/src/cri-o", R"(components={"cri-o":"local:/src/cri-o"})"));
}

}  // namespace
}  // namespace crib::cli
