// Whatever another command refuses about a scenario, crib validate refuses: every file in tests/data/scenarios/broken
// and tests/data/scenarios/refused goes through it, and through what plan, run, lock and matrix load scenarios by.
// Those in refused/ have what validate says beside them; CRIB_UPDATE_GOLDEN=1 writes that anew.

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/cli/cell_loader.h"
#include "harness/cli/commands.h"
#include "harness/cli/known_facts.h"
#include "harness/cli/matrix_inputs.h"
#include "harness/engine/cell_lock.h"
#include "harness/engine/real_stock.h"
#include "harness/scenario/matrix_load.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

namespace crib::cli {
namespace {

namespace fs = std::filesystem;

const fs::path kData = fs::path(CRIB_SOURCE_DIR) / "tests" / "data" / "scenarios";

std::vector<fs::path> files_in(const std::string& folder) {
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(kData / folder)) {
        if (entry.path().extension() == ".json") files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    return files;
}

class RefusedScenarios : public ::testing::Test {
protected:
    // What validate says; empty: that nothing is wrong.
    std::string validated(const fs::path& file) {
        ::testing::internal::CaptureStdout();
        ::testing::internal::CaptureStderr();
        const int code = execute(services, ValidateCommand{{file.string()}, {}});
        (void)::testing::internal::GetCapturedStdout();
        const auto said = ::testing::internal::GetCapturedStderr();
        EXPECT_EQ(code, said.find("mistake") == std::string::npos ? 0 : 2) << said;
        return code == 0 ? "" : said;
    }

    // The same of what matrix, matrix --list and lock --cells begin with.
    std::string refusal_of_matrix(const fs::path& file) {
        try {
            const engine::MatrixHistory history(services.folders.state / "history.jsonl");
            MatrixCommand matrix;
            matrix.file = file.string();
            (void)plan_matrix(matrix, matrix_inputs(services.folders, knowledge, matrix.file, {}, history));
            return "";
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::usage) << file << ": " << error.what();
            return error.what();
        }
    }

    // Why plan, run, lock or matrix does not go on with it; empty: it does.
    std::string refusal(const fs::path& file) {
        try {
            const auto cell = load_cell(services.folders, knowledge, file.string(), {});
            const component::Table table(services.folders.fixtures() / "components");
            const auto stock = engine::needed_stock(table, services.folders, cell.scenario);
            const auto nodes = engine::assign_addresses(cell.scenario, "test");
            (void)engine::make_lock(cell, stock.supply, nodes);
            return cell.scenario.matrix.empty() ? "" : refusal_of_matrix(file);
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::usage) << file << ": " << error.what();
            return error.what();
        }
    }

    TempFolder folder{fs::temp_directory_path(), "crib-test"};
    Output output;
    Services services{CRIB_SOURCE_DIR, (folder.path() / "state").string(), "/nowhere/crib", output};
    Knowledge knowledge = read_knowledge(services);
};

std::string without_folder(std::string text) {
    for (const auto& prefix : {(kData / "refused").string() + "/", fs::current_path().string() + "/"}) {
        for (auto at = text.find(prefix); at != std::string::npos; at = text.find(prefix))
            text.erase(at, prefix.size());
    }
    return text;
}

TEST_F(RefusedScenarios, AreRefusedByValidateWithTheMessageBesideThem) {
    for (const auto& file : files_in("refused")) {
        const auto said = without_folder(validated(file));
        auto expected = file;
        expected.replace_extension(".txt");
        if (std::getenv("CRIB_UPDATE_GOLDEN") != nullptr) write_file(expected, said);
        ASSERT_TRUE(fs::exists(expected)) << expected;
        EXPECT_EQ(said, read_file(expected)) << file;
        EXPECT_TRUE(said.starts_with(file.filename().string() + ":")) << "it has a place: " << said;
    }
}

TEST_F(RefusedScenarios, AreAllRefusedByValidate) {
    std::vector<std::string> files;
    for (const auto& file : files_in("broken")) files.push_back(file.string());
    ASSERT_GE(files.size(), 100U);
    ::testing::internal::CaptureStdout();
    ::testing::internal::CaptureStderr();
    EXPECT_EQ(execute(services, ValidateCommand{files, {}}), 2);
    (void)::testing::internal::GetCapturedStdout();
    EXPECT_THAT(::testing::internal::GetCapturedStderr(),
                ::testing::HasSubstr(std::to_string(files.size()) + " files\n"));
}

TEST_F(RefusedScenarios, AreNeverRefusedByAnotherCommandAlone) {
    for (const auto* name : {"broken", "refused"}) {
        for (const auto& file : files_in(name)) {
            const auto why = refusal(file);
            if (why.empty()) continue;
            EXPECT_NE(validated(file), "") << file << ": " << why;
        }
    }
}

// plan, run, lock and matrix took them, and a run began to build and boot.
TEST_F(RefusedScenarios, WhoseScriptsAreNoShellAreRefusedByAllCommands) {
    std::size_t count = 0;
    for (const auto& file : files_in("refused")) {
        const auto name = file.filename().string();
        if (!name.starts_with("shell-") && !name.starts_with("here-document-")) continue;
        ++count;
        EXPECT_THAT(refusal(file), ::testing::HasSubstr("$.mutations[0].")) << file;
    }
    EXPECT_GE(count, 4U);
    const auto matrix = folder.path() / "matrix.json";
    write_file(matrix, R"({"extends": ")" CRIB_SOURCE_DIR R"(/scenarios/two-node.json",
        "matrix": {"axes": {"mutations[0].run": ["true", "if true; then"]}},
        "mutations": [{"replace": "nginx", "run": "true"}]})");
    for (const auto& said : {validated(matrix), refusal_of_matrix(matrix)}) {
        EXPECT_THAT(said, ::testing::HasSubstr("is not shell: syntax error"));
    }
}

TEST_F(RefusedScenarios, WithAMatrixAreRefusedByMatrixToo) {
    std::size_t matrices = 0;
    for (const auto& file : files_in("refused")) {
        if (!file.filename().string().starts_with("matrix-")) continue;
        ++matrices;
        EXPECT_NE(refusal_of_matrix(file), "") << file;
    }
    EXPECT_GE(matrices, 15U);
}

// The other way round: what is shipped is good everywhere.
TEST_F(RefusedScenarios, AreNoneOfTheScenariosOfCrib) {
    for (const auto& entry : fs::directory_iterator(fs::path(CRIB_SOURCE_DIR) / "scenarios")) {
        const auto file = entry.path();
        if (file.extension() != ".json" || file.string().ends_with(".schema.json")) continue;
        EXPECT_EQ(validated(file), "");
        EXPECT_EQ(refusal(file), "");
    }
}

}  // namespace
}  // namespace crib::cli
