#include "harness/component/build_files.h"

#include "harness/base/file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace crib::component {
namespace {

namespace fs = std::filesystem;
using testing::UnorderedElementsAre;

class FilesOfABuild : public testing::Test {
protected:
    FilesOfABuild() {
        write(table.folder() / "shared" / "x.postinst", "true\n");
        write(table.folder() / "tool" / "1.3.0" / "component.json",
              R"({"name": "tool", "version": "1.3.0", "source": "here", "local": true})");
        write(table.folder() / "tool" / "1.3.0" / "files" / "fix.patch", "-a\n+b\n");
        write(table.folder() / "tool" / "1.2.3" / "component.json",
              R"({"name": "tool", "version": "1.2.3", "source": "here", "like": "1.3.0"})");
    }

    static void write(const fs::path& file, const std::string& text) {
        make_folder(file.parent_path());
        write_file(file, text);
    }

    [[nodiscard]] std::string digest(const Request& request = {"tool", "1.2.3", {}}) const {
        return build_files(table, request).digest;
    }

    // Does the digest of tool 1.2.3 change with the file?
    [[nodiscard]] bool counts(const fs::path& file, const std::string& text) const {
        const auto before = digest();
        write(table.folder() / file, text);
        return digest() != before;
    }

    TempFolder folder{fs::temp_directory_path()};
    Table table{folder.path()};
};

TEST_F(FilesOfABuild, AreThoseOfTheRowOfTheOneThatItIsLikeAndTheSharedOnes) {
    std::vector<std::string> files;
    for (const auto& [file, digest] : build_files(table, {"tool", "1.2.3", {}}).files) {
        files.push_back(fs::path(file).lexically_relative(table.folder()).string());
    }
    EXPECT_THAT(files, UnorderedElementsAre("shared/x.postinst", "tool/1.2.3/component.json",
                                            "tool/1.3.0/component.json", "tool/1.3.0/files/fix.patch"));
}

TEST_F(FilesOfABuild, CountWithAllThatIsInThem) {
    EXPECT_TRUE(counts("tool/1.3.0/files/fix.patch", "-a\n+c\n"));
    EXPECT_TRUE(counts("tool/1.3.0/files/more.patch", "-a\n+c\n"));
    EXPECT_TRUE(counts("shared/x.postinst", "false\n"));
    EXPECT_FALSE(counts("tool/1.3.0/files/fix.patch", "-a\n+c\n")) << "it is so already";
    EXPECT_FALSE(counts("other/1/component.json", "{}"));
    EXPECT_FALSE(counts("tool/1.3.0/go.mod", "module x\n")) << "a row has its own";
}

TEST_F(FilesOfABuild, OfACheckoutAreThoseOfTheRowThatItIsBuiltBy) {
    const Request checkout{"tool", "1.3.5", {Source::Kind::local, "/co"}};
    EXPECT_EQ(digest(checkout), digest({"tool", "1.3.0", {}}));
}

TEST_F(FilesOfABuild, OfWhatIsFetchedAreTheRowOfItsPublisher) {
    const auto publish = [&](const std::string& tool, const std::string& other) {
        write(table.folder() / "upstream.json", R"({"os-labels": {}, "requires": {}, "components": {
  "tool": [{"versions": "1.2-1.3", "source": "there", "images": [{"reference": ")" +
                                                    tool + R"("}]}],
  "other": [{"versions": "1.2-1.3", "source": "there", "images": [{"reference": ")" +
                                                    other + R"("}]}]}})");
    };
    const Request fetched{"tool", "1.2.3", {Source::Kind::upstream, {}}};
    publish("example.org/tool:v${version}", "example.org/other:v${version}");
    const auto before = digest(fetched);
    write(table.folder() / "tool" / "1.2.3" / "component.json", "{}");
    publish("example.org/tool:v${version}", "example.org/elsewhere:v${version}");
    EXPECT_EQ(digest(fetched), before) << "nothing is built, and it is the same row";
    publish("example.org/elsewhere:v${version}", "example.org/other:v${version}");
    EXPECT_NE(digest(fetched), before);
}

}  // namespace
}  // namespace crib::component
