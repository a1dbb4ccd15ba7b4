// What is read in a go.mod and a go.work.

#include "harness/component/go_mod.h"

#include <gmock/gmock.h>

namespace crib::component {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(GoMod, NamesItsModule) {
    EXPECT_EQ(module_of("// of CRI-O\nmodule github.com/cri-o/cri-o // the one\n\ngo 1.26.0\n"),
              "github.com/cri-o/cri-o");
    EXPECT_EQ(module_of("module \"x\"\r\n"), "x");
    EXPECT_EQ(module_of("module (\n\tx\n)\n"), "x");
    EXPECT_EQ(module_of("go 1.26.0\n"), "");
    EXPECT_EQ(module_of("module\n"), "");
    EXPECT_EQ(module_of(""), "");
}

TEST(GoMod, NamesTheOldestGoThatWillDo) {
    EXPECT_EQ(go_line_of("module x\n\ngo 1.26.3\n"), "1.26.3");
    EXPECT_EQ(go_line_of("module x\ngo\t1.26.3 // as in CI\r\n"), "1.26.3");
    EXPECT_EQ(go_line_of("module x\n"), "0");
}

TEST(GoMod, NamesTheFoldersThatTakeThePlaceOfModules) {
    EXPECT_THAT(folders_replaced_with_in("replace a => ../a\nreplace b v1.0.0 => \"/b c\" // mine\n"
                                         "require (\n\td v1.0.0\n)\n"
                                         "replace (\n\te => ./e\n\tf => example.org/f v1.2.3\n\t// g => ../g\n)\n"),
                ElementsAre("../a", "/b c", "./e"));
    EXPECT_THAT(folders_replaced_with_in("replace a =>\nreplace\n=> ../x\nreplace ("), IsEmpty());
}

TEST(GoMod, IsReadWithoutBlanksWhereGoNeedsNone) {
    EXPECT_THAT(folders_replaced_with_in("replace(// those next door\n\ta => ../a// mine\n)\nreplace b => ../b//c\n"),
                ElementsAre("../a", "../b"));
    EXPECT_THAT(folders_replaced_with_in("replace a => \"../\\\"a\\\"\""), ElementsAre("../\"a\""));
    EXPECT_THAT(folders_used_in("use(\n\t.\n)\nuse()\nuse ./a"), ElementsAre(".", "./a"));
    EXPECT_EQ(module_of("module(\n\tx\n)"), "x");
}

TEST(GoWork, NamesTheFoldersThatItUses) {
    EXPECT_THAT(folders_used_in("go 1.26.0\nuse .\nuse (\n\t./staging/a\n\t`../b` // another\n)\n"),
                ElementsAre(".", "./staging/a", "../b"));
}

}  // namespace
}  // namespace crib::component
