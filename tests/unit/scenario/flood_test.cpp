// Scenarios of a megabyte, whatever is in them: eight times as much is read in about eight times the time, and no more
// is told than people read.

#include "tests/unit/scenario/scenario_text.h"

#include "harness/base/text.h"
#include "harness/scenario/matrix_load.h"
#include "tests/support/flood.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

namespace crib::scenario {
namespace {

using ::testing::HasSubstr;

// "ITEM, ITEM", each with its number in place of {}.
std::string many(std::size_t count, const std::string& item) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) {
        text += (i == 0 ? "" : ", ") + fmt::format(fmt::runtime(item), i);
    }
    return text;
}

struct Flood {
    const char* name;
    std::function<std::string(std::size_t)> text;
};

std::string in_matrix(const std::string& members) {
    return with(R"("matrix": {"axes": {"os": ["debian-12", "debian-13"]}, )" + members + "}");
}

const std::vector<Flood> kFloods = {
    {"UnknownKeys", [](std::size_t n) { return with(many(n, "\"key{}\": 1")); }},
    {"UnknownKeysOnALineEach", [](std::size_t n) { return with(many(n, "\n\"key{}\": 1")); }},
    {"KeysGivenTwice", [](std::size_t n) { return with(many(n, "\"k{0}\": 1, \"k{0}\": 2")); }},
    {"Checks", [](std::size_t n) { return with("\"check\": 1, \"expect\": [" + many(n, "{{\"k{}\": {{}}}}") + "]"); }},
    {"UnknownChecks",
     [](std::size_t n) { return spoilt("{\"nodes-ready\": {}}", many(n, "{{\"nodes-redy{}\": {{}}}}")); }},
    {"UnknownMutations",
     [](std::size_t n) { return with("\"mutations\": [" + many(n, "{{\"skip\": \"nope{}\"}}") + "]"); }},
    {"InputsThatAreNone",
     [](std::size_t n) { return with("\"mutations\": [{\"set\": {" + many(n, "\"N{}\": 1") + "}}]"); }},
    {"ReferencesToNothing",
     [](std::size_t n) {
         return with("\"parameters\": {" + many(n, "\"p{}\": {{\"default\": 1}}") + "}, \"mutations\": [{\"set\": {" +
                     many(n, "\"N{0}\": \"${{q{0}}}\"") + "}}]");
     }},
    {"UnknownVersions", [](std::size_t n) { return spoilt("\"cri-o\"", many(n, "\"v{}\": \"1\"") + ", \"cri-o\""); }},
    {"UnknownComponents", [](std::size_t n) { return with("\"components\": {" + many(n, "\"v{}\": \"x\"") + "}"); }},
    {"NodesWithoutNames",
     [](std::size_t n) {
         return spoilt("{\"name\": \"worker\"", many(n, "{{\"nme\": \"n{}\"}}") + ", {\"name\": \"worker\"");
     }},
    {"LabelsOfManyNodes",
     [](std::size_t n) {
         return spoilt("\"count\": 1", "\"count\": 199, \"labels\": {" + many(n, "\"l{}\": 1") + "}");
     }},
    {"ExclusionsOfNothing",
     [](std::size_t n) { return in_matrix("\"exclude\": [" + many(n, "{{\"os\": \"x{}\"}}") + "]"); }},
    {"ExclusionsOfNoAxis",
     [](std::size_t n) { return in_matrix("\"exclude\": [" + many(n, "{{\"o{}\": \"x\"}}") + "]"); }},
    {"ExpectationsOfNoStep",
     [](std::size_t n) { return in_matrix("\"expect\": [" + many(n, "{{\"fails-at\": \"x{}\"}}") + "]"); }},
    {"ValuesOfAnAxis",
     [](std::size_t n) { return with("\"matrix\": {\"axes\": {\"os\": [" + many(n, "\"x{}\"") + "]}}"); }},
    {"Axes",
     [](std::size_t n) {
         return with("\"matrix\": {\"axes\": {" + many(n, "\"nodes.worker.labels.x{}\": [\"a\", \"b\"]") + "}}");
     }},
    {"FilesThatAreExtended", [](std::size_t n) { return "{\"extends\": [" + many(n, "\"f{}.json\"") + "]}"; }},
    {"ALongKey",
     [](std::size_t n) { return with("\"" + std::string(n * 16, 'k') + "\": {" + many(n, "\"a{}\": 1") + "}"); }},
    {"ALongReference",
     [](std::size_t n) {
         return with("\"parameters\": {\"" + std::string(n * 16, 'p') + "\": {\"default\": 1}}, \"about\": \"${" +
                     std::string(n * 16, 'q') + "}\"");
     }},
    {"ValuesInOneLine", [](std::size_t n) { return with("\"x\": [" + many(n, "{{}}") + "]"); }},
};

class AFlood : public ::testing::TestWithParam<Flood> {};

double seconds_of(const std::string& text) {
    return test::cpu_seconds([&] { (void)to_string(load_text(text, "s.json", {}, known()).diagnostics); });
}

// A quadratic search takes 64 times as long.
TEST_P(AFlood, OfEightTimesTheSizeTakesAboutEightTimesTheTime) {
    const auto small = seconds_of(GetParam().text(2'000));
    const auto large = seconds_of(GetParam().text(16'000));
    EXPECT_LT(large, 24 * small + 0.1) << small << " s, then " << large << " s";
}

TEST_P(AFlood, IsAnsweredWithNoMoreThanPeopleRead) {
    const auto text = to_string(load_text(GetParam().text(16'000), "s.json", {}, known()).diagnostics);
    EXPECT_NE(text, "");
    EXPECT_LT(text.size(), 50'000U) << text.substr(0, 2000);
    EXPECT_LE(split_lines(text).size(), 101U);
}

INSTANTIATE_TEST_SUITE_P(Of, AFlood, ::testing::ValuesIn(kFloods), [](const auto& one) { return one.param.name; });

TEST(ManyMistakes, AreToldUpToTheFiftiethAndThenCounted) {
    const auto text = complaints(with(many(60, "\"key{}\": 1")));
    EXPECT_THAT(text, HasSubstr("\"key49\""));
    EXPECT_THAT(text, ::testing::EndsWith("\nand 10 more"));
    EXPECT_THAT(complaints(with(many(50, "\"key{}\": 1"))), ::testing::Not(HasSubstr("more")));
}

TEST(ReferencesThatMultiply, AreCutOffBeforeTheyFillTheMemory) {
    const std::string big(4000, 'x');
    std::string references;
    for (int i = 0; i < 20'000; ++i) references += "${parameters.p}";
    const auto text =
        with("\"parameters\": {\"p\": {\"default\": \"" + big + "\"}}, \"about\": \"" + references + "\"");
    EXPECT_THAT(complaints(text), HasSubstr("$.about: is far too long with its references replaced"));
}

TEST(ReferencesThatMultiply, AreCutOffInAllTextsTogether) {
    const std::string big(4000, 'x');
    const auto text =
        with("\"parameters\": {\"p\": {\"default\": \"" + big + "\"}}, \"mutations\": [" +
             many(180, "{{\"insert-before\": \"kubeadm-init\", \"id\": \"i{}\", \"run\": \"true\", \"nodes\": [" +
                           many(150, "\"${{{{parameters.p}}}}\"") + "]}}") +
             "]");
    EXPECT_THAT(to_string(load_it(text).diagnostics.back()).size(), ::testing::Lt(3000U));
}

TEST(ATextOfAMegabyte, IsNotRepeatedToWhoeverWroteIt) {
    EXPECT_LT(complaints(spoilt("debian-13", std::string(900'000, 'x'))).size(), 3000U);
    EXPECT_LT(complaints(with("\"" + std::string(900'000, 'x') + "\": 1")).size(), 3000U);
}

}  // namespace
}  // namespace crib::scenario
