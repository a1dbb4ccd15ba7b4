// scenarios/README.md: every key of the schema is in it, its scenarios are good, its commands do what they are there
// for.

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/text.h"
#include "harness/cli/command_line.h"
#include "harness/cli/commands.h"
#include "harness/cli/known_facts.h"
#include "harness/image/image_file.h"
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

// Blocks of the guide whose first line has `mark`, by what follows it there: " file=" of "```json file=NAME". Those of
// one name are one.
std::map<std::string, std::string> snippets(std::string_view mark) {
    std::map<std::string, std::string> found;
    std::string* text = nullptr;
    bool inside = false;
    for (const auto& line : split_lines(guide())) {
        if (!line.starts_with("```")) {
            if (text != nullptr) *text += line + "\n";
            continue;
        }
        inside = !inside;
        const auto name = line.find(mark);
        text = inside && name != std::string::npos ? &found[line.substr(name + mark.size())] : nullptr;
    }
    return found;
}

// What a shell makes of it: the guide quotes with ' only.
std::vector<std::string> words_of(const std::string& line) {
    std::vector<std::string> words(1);
    bool quoted = false;
    for (const char c : line) {
        if (c == '\'') {
            quoted = !quoted;
        } else if (c == ' ' && !quoted) {
            words.emplace_back();
        } else {
            words.back() += c;
        }
    }
    return words;
}

bool runs_nothing(const Command& command) {
    const auto* matrix = std::get_if<MatrixCommand>(&command);
    return std::holds_alternative<PlanCommand>(command) || std::holds_alternative<ValidateCommand>(command) ||
           (matrix != nullptr && matrix->list);
}

// The same without machines, builds and the network: what a run would do, which cells a matrix or its locks have, what
// is known of an image. What comes after that the VM tests do with the same flags: cluster_test (run, --keep),
// kill_test
// (--until runtime-ready), matrix_cells_test and whole_matrix_test (matrix), upstream_run_test (lock).
Command rehearsal_of(const Command& command) {
    if (const auto* run = std::get_if<RunCommand>(&command)) {
        return PlanCommand{run->file, run->sets, run->components, run->accel, {}, {}, false};
    }
    if (auto matrix = command; auto* found = std::get_if<MatrixCommand>(&matrix)) {
        found->list = true;
        return matrix;
    }
    if (const auto* lock = std::get_if<LockCommand>(&command); lock != nullptr && lock->cells) {
        MatrixCommand cells;
        cells.file = lock->file;
        cells.sets = lock->sets;
        cells.components = lock->components;
        cells.only = lock->only;
        cells.list = true;
        return cells;
    }
    if (const auto* images = std::get_if<ImagesCommand>(&command)) return ImagesCommand{false, images->names};
    return command;
}

// A checkout of crib's own, beside one of CRI-O, whose images/ has the guide's image too, and whose reader has put the
// guide's files into it.
class ScenarioGuide : public ::testing::Test {
protected:
    void SetUp() override {
        make_folder(here());
        fs::create_directory_symlink(kSource / "fixtures", here() / "fixtures");
        fs::create_directory_symlink(kSource / "scenarios", here() / "scenarios");
        fs::copy(kSource / "images", here() / "images", fs::copy_options::recursive);
        for (const auto& [name, text] : snippets(" image=")) write_file(here() / "images" / name, text);
        for (const auto& [name, text] : snippets(" file=")) write_file(here() / name, text);
        make_folder(folder.path() / "cri-o");
        write_file(folder.path() / "cri-o" / "go.mod", "module github.com/cri-o/cri-o\n\ngo 1.26.0\n");
        before = fs::current_path();
        fs::current_path(here());
    }
    void TearDown() override { fs::current_path(before); }

    [[nodiscard]] fs::path here() const { return folder.path() / "crib"; }

    TempFolder folder{fs::temp_directory_path(), "crib-test"};
    fs::path before;
};

TEST_F(ScenarioGuide, HasSnippetsThatAreGoodScenariosInCanonicalForm) {
    const Folders folders{folder.path() / "cache", folder.path() / "state", here()};
    const auto known = known_facts(folders);
    const auto files = snippets(" file=");
    ASSERT_GE(files.size(), 7U);
    for (const auto& [name, text] : files) {
        if (!name.ends_with(".json")) continue;
        const auto result = scenario::load(here() / name, {}, known);
        EXPECT_TRUE(result.scenario) << to_string(result.diagnostics);
        EXPECT_EQ(scenario::format_text(text, name).text.value_or(""), text) << name;
    }
}

TEST_F(ScenarioGuide, HasAnImageThatCouldBeMade) {
    const auto images = snippets(" image=");
    ASSERT_EQ(images.size(), 1U);
    for (const auto& [name, text] : images) {
        const auto image = image::find_image_file(here() / "images", fs::path(name).stem().string());
        EXPECT_TRUE(std::holds_alternative<image::Bootstrap>(image.how));
    }
}

TEST_F(ScenarioGuide, HasCommandsThatCribUnderstands) {
    Output output;
    Services services{here(), (folder.path() / "own").string(), "/nowhere/crib", output};
    unsigned done = 0;
    unsigned rehearsed = 0;
    for (const auto& line : split_lines(snippets("```sh").at(""))) {
        ASSERT_TRUE(line.starts_with("crib ")) << line;
        auto words = words_of(line);
        words.erase(words.begin());
        const auto parsed = parse_command_line(words);
        ASSERT_TRUE(parsed.line) << line << "\n" << parsed.text;
        const bool runs = !runs_nothing(parsed.line->command);
        if (const auto* run = std::get_if<RunCommand>(&parsed.line->command); run != nullptr && !run->until.empty()) {
            const auto stages = read_knowledge(services.folders).recipes.at("crio-kubeadm-flannel").stages;
            EXPECT_THAT(stages, ::testing::Contains(run->until)) << line;
        }
        ::testing::internal::CaptureStdout();
        int code = -1;
        std::string problem;
        try {
            code = std::visit([&](const auto& command) { return execute(services, command); },
                              rehearsal_of(parsed.line->command));
        } catch (const Error& error) {
            problem = error.what();
        }
        EXPECT_FALSE(::testing::internal::GetCapturedStdout().empty()) << line << "\n" << problem;
        const bool compares = line.find("--diff") != std::string::npos;
        EXPECT_EQ(code, compares ? 1 : 0) << line;
        ++(runs ? rehearsed : done);
    }
    EXPECT_GE(done, 9U);
    EXPECT_GE(rehearsed, 7U);
}

// The crib of this test meets a machine's fault in the first matrix, and none in the one that goes on with it.
TEST_F(ScenarioGuide, HasAScriptForCiThatRunsTheMachinesFaultsAgain) {
    Output output;
    Services services{here(), (folder.path() / "own").string(), "/nowhere/crib", output};
    write_file(here() / "crib",
               "#!/bin/sh\necho \"$*\" >>asked\nmkdir -p ci/state/matrices/m\n"
               "echo x >ci/state/matrices/m/junit.xml\necho x >ci/state/matrices/m/grid.txt\n"
               "case $* in *--resume*) exit 0 ;; *) exit 3 ;; esac\n",
               0755);
    process::Command script;
    script.program = "sh";
    script.args = {"ci-matrix.sh", "2", "5"};
    script.cwd = here();
    const auto ended = services.runner.run(script, services.context().with_timeout(std::chrono::seconds{30}));
    EXPECT_TRUE(ended.ok()) << ended.how_it_ended() << "\n" << ended.err;
    EXPECT_EQ(read_file(here() / "asked"),
              "matrix scenarios/versions.json --shard 2/5 --state ci\n"
              "matrix scenarios/versions.json --resume m --state ci\n");
    EXPECT_TRUE(fs::exists(here() / "junit.xml"));
}

TEST_F(ScenarioGuide, NamesEveryKeyOfTheSchema) {
    const auto text = guide();
    for (const auto& field : scenario::Schema(kSource / "scenarios" / "scenario.schema.json").fields()) {
        const auto key = field.substr(field.rfind('.') + 1);
        if (key == "NAME") continue;
        EXPECT_THAT(text, HasSubstr("`" + key + "`")) << field;
    }
}

}  // namespace
}  // namespace crib::cli
