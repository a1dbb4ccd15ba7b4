// The shape of the code itself: who may include whom, and how long a file may be.

#include "harness/base/file.h"
#include "harness/base/text.h"
#include "tests/unit/structure/includes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

namespace crib::structure {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const fs::path kRoot = CRIB_SOURCE_DIR;

Rules rules() {
    return Rules::load(kRoot / "tests/data/modules.json");
}

std::vector<fs::path> files_under(const std::vector<std::string>& folders, const std::vector<std::string>& extensions) {
    std::vector<fs::path> files;
    for (const auto& folder : folders) {
        for (const auto& entry : fs::recursive_directory_iterator(kRoot / folder)) {
            if (entry.is_regular_file() && std::ranges::count(extensions, entry.path().extension().string()) > 0) {
                files.push_back(fs::relative(entry.path(), kRoot));
            }
        }
    }
    std::ranges::sort(files);
    return files;
}

TEST(Modules, IncludeOnlyLowerLevelsAndKeepThirdPartyHeadersToThemselves) {
    Sources sources;
    for (const auto& path : files_under({"harness"}, {".h", ".cpp"})) sources[path] = read_file(kRoot / path);
    EXPECT_THAT(violations(rules(), sources), IsEmpty());
}

TEST(Files, AreShortEnoughToRead) {
    constexpr std::size_t kLimit = 450;
    auto files = files_under({"harness", "tests", "fixtures"}, {".h", ".cpp", ".sh", ".cmake", ".txt"});
    files.emplace_back("crib");
    for (const auto& path : files) {
        if (*std::next(path.begin()) == "golden") continue;  // a whole recipe, rendered into one script
        EXPECT_LE(split_lines(read_file(kRoot / path)).size(), kLimit) << path;
    }
}

TEST(Files, ThatAreHeadersSayWhatTheyAre) {
    for (const auto& path : files_under({"harness", "tests"}, {".h"})) {
        const auto lines = split_lines(read_file(kRoot / path));
        ASSERT_GE(lines.size(), 2U) << path;
        EXPECT_EQ(lines[0], "#pragma once") << path;
        EXPECT_TRUE(lines[1].starts_with("//")) << path << ": a comment on the second line says what the header is";
    }
}

// What prints by itself would print foreign texts as they are, end in an exception where a disk is full, and not be
// seen by the exit code.
TEST(Files, PrintByNothingButTheOutputOfCommandsAndTheSwitchsLog) {
    const std::vector<std::string> ways{"fmt::print(", "std::cout",  "std::cerr",    " printf(",      "fprintf(",
                                        "fputs(",      "std::puts(", "std::perror(", "STDOUT_FILENO", "STDERR_FILENO"};
    const std::map<std::string, std::string> own{{"harness/cli/output.h", ""},
                                                 {"harness/cli/output.cpp", ""},
                                                 {"harness/network/switch_log.cpp", ""},
                                                 {"harness/cli/signals.cpp", "from a handler's thread, its own words"}};
    for (const auto& path : files_under({"harness"}, {".h", ".cpp"})) {
        if (own.contains(path.string())) continue;
        const auto lines = split_lines(read_file(kRoot / path));
        for (std::size_t i = 0; i < lines.size(); ++i) {
            for (const auto& way : ways) {
                const bool asks_only = lines[i].find("terminal_for(STD") != std::string::npos;
                EXPECT_TRUE(asks_only || lines[i].find(way) == std::string::npos)
                    << path << ":" << i + 1 << ": " << way << " (harness/cli/output.h prints)";
            }
        }
    }
}

TEST(Files, FindTheFolderForTemporaryFilesInOneWay) {
    for (const auto& path : files_under({"harness"}, {".h", ".cpp"})) {
        EXPECT_EQ(read_file(kRoot / path).find("temp_directory_path"), std::string::npos)
            << path << ": temporary_folder() says what is wrong with TMPDIR";
    }
}

// By its text LINK/.. is another file than the one that the kernel finds.
TEST(Files, AreNotNamedByThePathsTextAlone) {
    for (const auto& path : files_under({"harness"}, {".h", ".cpp"})) {
        if (path == "harness/engine/capsule_scenario.cpp") continue;  // in a capsule there are no links
        EXPECT_EQ(read_file(kRoot / path).find("lexically_normal"), std::string::npos)
            << path << ": plain_path() follows what links lead to";
    }
}

// Those of the JSON library are in the words of its source; words_of_json_error() and JsonFault have crib's.
TEST(Files, SayNothingInTheWordsOfTheJsonLibrary) {
    for (const auto& path : files_under({"harness"}, {".h", ".cpp"})) {
        const auto lines = split_lines(read_file(kRoot / path));
        if (path == "harness/scenario/source_file.cpp") continue;  // takes the reason out of them
        for (std::size_t i = 0; i < lines.size(); ++i) {
            const bool is_named = lines[i].find("son::exception& ") != std::string::npos ||
                                  lines[i].find("son::parse_error& ") != std::string::npos;
            if (!is_named || lines[i].find("catch") == std::string::npos) continue;
            for (std::size_t j = i + 1;
                 j < std::min(i + 5, lines.size()) && lines[j].find("} catch") == std::string::npos; ++j) {
                const bool tells = lines[j].find(".what()") != std::string::npos;
                EXPECT_TRUE(!tells || lines[j].find("words_of_json_error(") != std::string::npos)
                    << path << ":" << j + 1;
            }
        }
    }
}

// --- The rules themselves
// ---------------------------------------------------------------------------------------------

TEST(IncludeRules, FindEveryWayToWriteAnInclude) {
    const auto found = includes_of("#include <a.h>\n// #include <b.h>\n  #  include \"c/d.h\"  // why\n#define x\n");
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[0].header, "a.h");
    EXPECT_EQ(found[1].header, "c/d.h");
    EXPECT_EQ(found[1].line, 3U);
}

TEST(IncludeRules, AllowLowerLevelsAndTheModuleItself) {
    EXPECT_THAT(violations(rules(), {{"harness/guest/guest.cpp",
                                      "#include \"harness/guest/guest.h\"\n"
                                      "#include \"harness/ssh/session.h\"\n#include <vector>\n"}}),
                IsEmpty());
}

TEST(IncludeRules, RefuseAHigherLevelAndOneBeside) {
    EXPECT_THAT(violations(rules(), {{"harness/ssh/a.cpp", "#include \"harness/cli/app.h\"\n"}}),
                ElementsAre("harness/ssh/a.cpp:1: ssh includes harness/cli/app.h, which is not of a lower level"));
    EXPECT_THAT(violations(rules(), {{"harness/ssh/a.cpp", "#include \"harness/network/switch.h\"\n"}}),
                ElementsAre(HasSubstr("not of a lower level")));
}

TEST(IncludeRules, RefuseAModuleThatNobodyPlaced) {
    EXPECT_THAT(violations(rules(), {{"harness/odd/a.cpp", ""}}), ElementsAre(HasSubstr("modules.json")));
}

TEST(IncludeRules, KeepThirdPartyHeadersFromOtherModulesSight) {
    const std::string raw = "#include <libssh/libssh.h>\n";
    Sources sources{{"harness/ssh/raw.h", raw}, {"harness/ssh/session.cpp", "#include \"harness/ssh/raw.h\"\n" + raw}};
    EXPECT_THAT(violations(rules(), sources), IsEmpty());
    sources["harness/ssh/session.h"] = "#include \"harness/ssh/raw.h\"\n";
    sources["harness/guest/guest.cpp"] = "#include \"harness/ssh/session.h\"\n";
    EXPECT_THAT(violations(rules(), sources),
                ElementsAre("harness/ssh/raw.h:1: a public header includes the third-party header libssh/libssh.h"));
}

TEST(IncludeRules, KeepALibraryInItsModule) {
    EXPECT_THAT(violations(rules(), {{"harness/engine/run.cpp", "#include <libvirt/libvirt.h>\n"}}),
                ElementsAre(HasSubstr("private to other modules")));
    EXPECT_THAT(violations(rules(), {{"harness/engine/run.cpp", "#include <fmt/format.h>\n"}}), IsEmpty());
}

}  // namespace
}  // namespace crib::structure
