// Scenarios, and the --set beside them, that chance has broken.

#include "harness/scenario/format.h"
#include "harness/scenario/matrix.h"
#include "harness/scenario/matrix_load.h"
#include "tests/support/chance/chance.h"
#include "tests/support/chance/trials.h"
#include "tests/unit/scenario/scenario_of_chance.h"

#include <gtest/gtest.h>

namespace crib::scenario {
namespace {

using test::Chance;

const std::vector<std::string> kPaths{"about",
                                      "nodes[0].memory",
                                      "nodes.w.count",
                                      "checks",
                                      "versions.kubernetes",
                                      "components.cri-o",
                                      "mutations[0].skip",
                                      "matrix.axes.os",
                                      "parameters.p.default"};

TEST(HostileScenarioOfChance, IsReadAndFormattedOrRefused) {
    const auto tokens = test::tokens_of(kAll);
    const auto trial = [&](unsigned seed) -> std::string {
        Chance chance(seed);
        const auto text = chance.pick(2) == 0 ? chance.text(tokens) : chance.bytes(chance.text(tokens), kAll);
        return test::read_or_refused({}, [&] {
            (void)to_string(load_text(text, "s.json", {}, known()).diagnostics);
            if (const auto formatted = format_text(text, "s.json").text) (void)format_text(*formatted, "s.json");
        });
    };
    EXPECT_EQ(test::problem_of(15'000, trial), "");
}

TEST(HostileScenarioOfChance, IsChangedBySetOrRefused) {
    const auto tokens = test::tokens_of(kAll);
    const auto trial = [&](unsigned seed) -> std::string {
        Chance chance(seed);
        const auto value = chance.bytes(tokens.at(chance.pick(tokens.size())) + " x", kAll);
        auto path = kPaths.at(chance.pick(kPaths.size()));
        if (chance.pick(3) == 0) path = chance.bytes(path, kAll);
        return test::read_or_refused({ErrorKind::usage}, [&] {
            (void)to_string(load_text(kAll, "s.json", {path + "=" + value}, known()).diagnostics);
        });
    };
    EXPECT_EQ(test::problem_of(15'000, trial), "");
}

TEST(HostileScenarioOfChance, HasAMatrixThatIsExpandedOrRefused) {
    const auto tokens = test::tokens_of(
        R"({"name":"a","matrix":{"limit":64,"axes":{"os":["debian-12","debian-13"],"nodes.w.count":[1,2,3],
        "versions.kubernetes":["1.36.2","1.36.3"]},"include":[{"os":"debian-12","nodes.w.count":9}],
        "exclude":[{"os":"debian-*","why":"x"}],"expect":[{"when":{"os":"debian-12"},"fails-at":"x","message":"m"}]}})");
    const auto trial = [&](unsigned seed) -> std::string {
        const auto text = Chance(seed).text(tokens);
        return test::read_or_refused({ErrorKind::usage}, [&] { (void)expand(matrix_of_text(text, "s.json", {})); });
    };
    EXPECT_EQ(test::problem_of(15'000, trial), "");
}

}  // namespace
}  // namespace crib::scenario
