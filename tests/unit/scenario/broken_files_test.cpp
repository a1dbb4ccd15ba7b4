// Every file in tests/data/scenarios/broken is refused with the message beside it. CRIB_UPDATE_GOLDEN=1 writes these
// anew.

#include "harness/base/file.h"
#include "harness/scenario/merge.h"
#include "harness/scenario/source_file.h"
#include "tests/unit/scenario/scenario_text.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <set>

namespace crib::scenario {
namespace {

namespace fs = std::filesystem;

const fs::path kFolder = fs::path(CRIB_SOURCE_DIR) / "tests" / "data" / "scenarios" / "broken";

std::vector<std::string> broken_files() {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(kFolder)) {
        if (entry.path().extension() == ".json") names.push_back(entry.path().stem().string());
    }
    std::sort(names.begin(), names.end());
    return names;
}

Known known_with_checks() {
    auto offered = known();
    offered.check_problems = [](const Check& check, const auto&) -> std::vector<CheckProblem> {
        if (check.kind == "nodes-ready" || check.kind == "dns") return {};
        return {{"", "unknown check \"" + check.kind + "\"", "did you mean \"nodes-ready\"?"}};
    };
    offered.versions["kubernetes"].insert(offered.versions["kubernetes"].end(), {"1.32.0", "1.37.0"});
    return offered;
}

// In messages, files are named as from the folder.
std::string without_folder(std::string text) {
    for (const auto& folder : {kFolder.string() + "/", fs::current_path().string() + "/"}) {
        for (auto at = text.find(folder); at != std::string::npos; at = text.find(folder))
            text.erase(at, folder.size());
    }
    return text;
}

class BrokenScenario : public ::testing::TestWithParam<std::string> {};

TEST_P(BrokenScenario, IsRefusedWithTheMessageBesideIt) {
    const auto result = load(kFolder / (GetParam() + ".json"), {}, known_with_checks());
    EXPECT_FALSE(result.scenario);
    const auto text = without_folder(to_string(result.diagnostics)) + "\n";
    const auto expected = kFolder / (GetParam() + ".txt");
    if (std::getenv("CRIB_UPDATE_GOLDEN") != nullptr) write_file(expected, text);
    EXPECT_EQ(text, read_file(expected));
}

TEST_P(BrokenScenario, IsToldOfEachMistakeOnceAndWhere) {
    std::set<std::string> told;
    for (const auto& diagnostic : load(kFolder / (GetParam() + ".json"), {}, known_with_checks()).diagnostics) {
        EXPECT_GT(diagnostic.line, 0U) << to_string(diagnostic);
        EXPECT_GT(diagnostic.column, 0U) << to_string(diagnostic);
        EXPECT_TRUE(told.insert(diagnostic.path + ": " + diagnostic.message).second) << to_string(diagnostic);
    }
}

// What the schema finds in a file, the reader has found too: at the same value, or in or around it.
TEST_P(BrokenScenario, IsToldOfWhateverTheSchemaFindsToo) {
    const Schema schema(fs::path(CRIB_SOURCE_DIR) / "scenarios" / "scenario.schema.json");
    const SourceFile file(GetParam(), read_file(kFolder / (GetParam() + ".json")));
    if (!file.is_sound() || file.root().contains("extends")) return;  // paths in a merged scenario are others
    const auto told = load(kFolder / (GetParam() + ".json"), {}, known_with_checks()).diagnostics;
    for (const auto& finding : schema.findings(file.root().dump())) {
        const bool is_told = std::any_of(told.begin(), told.end(), [&](const Diagnostic& diagnostic) {
            return is_at_or_below(diagnostic.path, finding.path) || is_at_or_below(finding.path, diagnostic.path);
        });
        EXPECT_TRUE(is_told) << finding.path << ": " << finding.message;
    }
}

INSTANTIATE_TEST_SUITE_P(Files, BrokenScenario, ::testing::ValuesIn(broken_files()), [](const auto& one) {
    std::string name = one.param;
    std::replace(name.begin(), name.end(), '-', '_');
    return name;
});

TEST(BrokenScenarios, AreMany) {
    EXPECT_GE(broken_files().size(), 60U);
}

}  // namespace
}  // namespace crib::scenario
