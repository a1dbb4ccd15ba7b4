// scenarios/README.md: every key of the schema is in it, and its snippets are good scenarios.

#include "harness/base/file.h"
#include "harness/base/text.h"
#include "harness/cli/known_facts.h"
#include "harness/scenario/format.h"
#include "harness/scenario/load.h"
#include "harness/scenario/schema.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>

namespace crib::cli {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

const fs::path kSource = CRIB_SOURCE_DIR;

std::string guide() {
    return read_file(kSource / "scenarios" / "README.md");
}

// Blocks that begin with "```json file=NAME", by name.
std::map<std::string, std::string> snippets() {
    constexpr std::string_view mark = " file=";
    std::map<std::string, std::string> found;
    std::string* text = nullptr;
    for (const auto& line : split_lines(guide())) {
        const auto name = line.find(mark);
        if (line.starts_with("```")) {
            text = name == std::string::npos ? nullptr : &found[line.substr(name + mark.size())];
        } else if (text != nullptr) {
            *text += line + "\n";
        }
    }
    return found;
}

TEST(ScenarioGuide, HasSnippetsThatAreGoodScenariosInCanonicalForm) {
    const TempFolder folder(fs::temp_directory_path(), "crib-test");
    const Folders folders{folder.path() / "cache", folder.path() / "state", kSource};
    const auto known = known_facts(folders);
    const auto files = snippets();
    ASSERT_GE(files.size(), 4U);
    for (const auto& [name, text] : files) write_file(folder.path() / name, text);
    for (const auto& [name, text] : files) {
        if (!name.ends_with(".json")) continue;
        const auto result = scenario::load(folder.path() / name, {}, known);
        EXPECT_TRUE(result.scenario) << to_string(result.diagnostics);
        EXPECT_EQ(scenario::format_text(text, name).text.value_or(""), text) << name;
    }
}

TEST(ScenarioGuide, NamesEveryKeyOfTheSchema) {
    const auto text = guide();
    for (const auto& field : scenario::Schema(kSource / "scenarios" / "scenario.schema.json").fields()) {
        const auto key = field.substr(field.rfind('.') + 1);
        if (key == "NAME") continue;
        EXPECT_THAT(text, HasSubstr("`" + key + "`")) << field;
    }
}

}  // namespace
}  // namespace crib::cli
