// Whether crib notices what changed in a checkout.

#include "harness/component/source_tree.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/component/source_walk.h"
#include "tests/support/manual_clock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace crib::component {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

class Checkout : public testing::Test {
protected:
    Checkout() {
        put("go.mod", "module example.org/tool\n");
        put("main.go", "package main\n");
        put("vendor/example.org/other/other.go", "package other\n");
    }
    [[nodiscard]] fs::path path() const { return folder_.path() / "checkout"; }
    void put(const fs::path& name, const std::string& text) {
        make_folder((path() / name).parent_path());
        write_file(path() / name, text);
    }
    [[nodiscard]] std::string print(const fs::path& checkout) {
        return fingerprint(checkout, Context::with_clock(clock_));
    }
    [[nodiscard]] std::string print() { return print(path()); }

    // Why it is not read.
    [[nodiscard]] std::string refusal_to_read() {
        try {
            (void)print();
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::usage);
            return error.what();
        }
        return "it was read";
    }

    // Is it another one after the file has this content?
    bool notices(const fs::path& name, const std::string& text = "changed\n") {
        const auto before = print();
        put(name, text);
        return print() != before;
    }

    TempFolder folder_{fs::temp_directory_path()};
    test::ManualClock clock_;
};

TEST_F(Checkout, IsTheSameWhereverItLies) {
    const auto before = print();
    EXPECT_EQ(before.size(), 64U);
    fs::rename(path(), folder_.path() / "moved");
    EXPECT_EQ(print(folder_.path() / "moved"), before);
}

TEST_F(Checkout, HasChangedWithAnyOfItsFilesWhateverGitThinksOfThem) {
    put(".gitignore", "*.gen.go\n/go.work\n");
    put("sub/.git/HEAD", "ref: refs/heads/main\n");
    EXPECT_TRUE(notices("main.go"));
    EXPECT_TRUE(notices("new.go"));
    EXPECT_TRUE(notices("api.gen.go")) << "ignored";
    EXPECT_TRUE(notices("go.sum"));
    EXPECT_TRUE(notices("go.work", "go 1.26\n")) << "ignored as well";
    EXPECT_TRUE(notices("sub/nested.go")) << "in a repository of its own";
    EXPECT_TRUE(notices("vendor/example.org/other/other.go"));
    EXPECT_TRUE(notices("templates/page.html")) << "it may be embedded";
    fs::permissions(path() / "main.go", fs::perms::owner_exec, fs::perm_options::add);
    const auto executable = print();
    fs::remove(path() / "new.go");
    EXPECT_NE(print(), executable);
}

TEST_F(Checkout, HasNotChangedByWhatGitOrMakeWriteThere) {
    put("bin/tool", "program");
    const auto before = print();
    put(".git/index", "index");
    put("sub/.git/index", "index");
    fs::remove_all(path() / "sub");
    put("bin/tool", "another program");
    put("_output/local/tool", "program");
    put(".idea/workspace.xml", "<x/>");
    EXPECT_EQ(print(), before);
    EXPECT_TRUE(notices("bin/helper/main.go")) << "Go may compile it";
    EXPECT_TRUE(notices("cmd/bin/data.txt")) << "not what make writes";
}

TEST_F(Checkout, HasNotChangedByWhatMakeWritesOnAnotherDisk) {
    const auto disk = folder_.path() / "disk";
    make_folder(disk);
    fs::create_symlink(disk, path() / "_output");
    const auto before = print();
    write_file(disk / "tool", "program");
    EXPECT_EQ(print(), before);
    write_file(disk / "generated.go", "package main\n");
    EXPECT_NE(print(), before);
}

TEST_F(Checkout, HasChangedWithWhatItsLinksLeadTo) {
    const auto outside = folder_.path() / "outside";
    make_folder(outside / "package");
    write_file(outside / "package/a.go", "package a\n");
    write_file(outside / "b.go", "package b\n");
    fs::create_symlink("../outside/package", path() / "linked");
    fs::create_symlink("../outside/b.go", path() / "b.go");
    fs::create_symlink(".", path() / "itself");
    fs::create_symlink("nowhere", path() / "broken");
    const auto before = print();
    write_file(outside / "package/a.go", "package changed\n");
    const auto changed = print();
    EXPECT_NE(changed, before);
    write_file(outside / "b.go", "package changed\n");
    EXPECT_NE(print(), changed);
    fs::remove(path() / "broken");
    fs::create_symlink("elsewhere", path() / "broken");
    EXPECT_NE(print(), changed);
}

TEST_F(Checkout, HasChangedWithTheFoldersThatItsModulesAreReplacedWith) {
    const auto other = folder_.path() / "other";
    make_folder(other);
    write_file(other / "other.go", "package other\n");
    put("staging/a/go.mod", "module example.org/a\nreplace example.org/other => ../../../other\n");
    const auto unused = print();
    write_file(other / "other.go", "package another\n");
    EXPECT_EQ(print(), unused) << "nothing leads there";
    put("go.work", "go 1.26\nuse (\n\t.\n\t./staging/a\n)\n");
    const auto used = print();
    write_file(other / "other.go", "package other\n");
    EXPECT_NE(print(), used);
    fs::remove(path() / "go.work");
    put("go.mod", "module example.org/tool\nreplace example.org/other => ../other\n");
    const auto replaced = print();
    write_file(other / "other.go", "package another\n");
    EXPECT_NE(print(), replaced);
}

TEST_F(Checkout, HasChangedWithAModuleThatLiesAmongWhatMakeWrites) {
    put("_output/tool", "program");
    put("_output/other/page.html", "<p>");
    put("bin/templates/page.html", "<p>");
    EXPECT_FALSE(notices("_output/other/page.html"));
    put("go.mod", "module example.org/tool\nreplace example.org/other => ./_output/other\n");
    EXPECT_TRUE(notices("_output/other/page.html", "<p>embedded")) << "Go may embed it";
    EXPECT_FALSE(notices("_output/tool", "another program"));
    fs::create_symlink("bin/templates", path() / "templates");
    EXPECT_TRUE(notices("bin/templates/page.html")) << "a link leads to it";
}

TEST_F(Checkout, IsBuiltWithItsOwnWorkspaceAndNoneOfAFolderAbove) {
    write_file(folder_.path() / "go.work", "go 1.26\nuse ./checkout\n");
    EXPECT_EQ(workspace_of(path()), "off");
    put("go.work", "go 1.26\nuse .\n");
    EXPECT_EQ(workspace_of(path()), (path() / "go.work").string());
}

TEST_F(Checkout, IsReadToItsEndWithAFifoAndAHugeFileInIt) {
    ASSERT_EQ(::mkfifo((path() / "fifo").c_str(), 0644), 0);
    put("disk.img", "");
    ASSERT_EQ(::truncate((path() / "disk.img").c_str(), off_t{1} << 40), 0);
    const auto before = print();
    ASSERT_EQ(::truncate((path() / "disk.img").c_str(), (off_t{1} << 40) - 1), 0);
    EXPECT_NE(print(), before);
}

TEST_F(Checkout, NamesTheFolderThatCannotBeRead) {
    if (::geteuid() == 0) GTEST_SKIP() << "root reads everything";
    put("closed/a.go", "package a\n");
    fs::permissions(path() / "closed", fs::perms::none);
    EXPECT_THAT(refusal_to_read(), HasSubstr((path() / "closed").string()));
    fs::permissions(path() / "closed", fs::perms::owner_all);
}

TEST_F(Checkout, NamesTheLinkThatLeadsToWhatCannotBeRead) {
    if (::geteuid() == 0) GTEST_SKIP() << "root reads everything";
    const auto outside = folder_.path() / "outside";
    make_folder(outside / "closed");
    write_file(folder_.path() / "secret", "text");
    fs::permissions(outside / "closed", fs::perms::none);
    fs::permissions(folder_.path() / "secret", fs::perms::none);
    fs::create_symlink(outside, path() / "linked");
    EXPECT_THAT(refusal_to_read(), AllOf(HasSubstr((outside / "closed").string()),
                                         HasSubstr("the link " + (path() / "linked").string() + " leads there")));
    fs::remove(path() / "linked");
    fs::create_symlink("../secret", path() / "a.go");
    EXPECT_THAT(refusal_to_read(), HasSubstr("the link " + (path() / "a.go").string() + " leads there"));
    fs::remove(path() / "a.go");
    put("go.mod", "module example.org/tool\nreplace example.org/other => ../outside\n");
    EXPECT_THAT(refusal_to_read(), HasSubstr("the go.mod or go.work of " + path().string() + " leads there"));
    fs::permissions(outside / "closed", fs::perms::owner_all);
}

TEST_F(Checkout, IsNotReadWithAFileThatHasNoEnd) {
    if (!fs::exists("/proc/self/pagemap")) GTEST_SKIP() << "no such file here";
    fs::create_symlink("/proc/self/pagemap", path() / "x");
    EXPECT_THAT(refusal_to_read(), AllOf(HasSubstr("pagemap: is no source"), HasSubstr((path() / "x").string())));
}

TEST_F(Checkout, SaysThatItsGoWorkIsAFolder) {
    make_folder(path() / "go.work");
    EXPECT_THAT(refusal_to_read(), HasSubstr("is a folder, not a go.work"));
}

TEST_F(Checkout, HasNoMoreFilesThanAreRead) {
    const auto context = Context::with_clock(clock_);
    SourceWalk all(context, 6);  // three files and three folders
    all.add(path());
    EXPECT_EQ(all.finish().size(), 64U);
    SourceWalk few(context, 5);
    few.add(path());
    EXPECT_THROW((void)few.finish(), Error);
}

TEST_F(Checkout, IsReadNoFurtherWhenTheUserHasHadEnough) {
    std::stop_source stop;
    stop.request_stop();
    EXPECT_THROW((void)fingerprint(path(), Context::with_clock(clock_).with_stop(stop.get_token())), Error);
}

class CheckoutOfAnother : public Checkout {
protected:
    CheckoutOfAnother() {
        row_.name = "tool";
        row_.local = true;
        row_.go = GoPart{};
        row_.go->module = "example.org/tool";
    }
    std::string refusal() {
        try {
            require_checkout_of(row_, {Source::Kind::local, path()});
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::usage);
            return error.what();
        }
        return "";
    }
    Row row_;
};

TEST_F(CheckoutOfAnother, IsRefusedBeforeItIsBuilt) {
    EXPECT_EQ(refusal(), "");
    put("go.mod", "module k8s.io/kubernetes\n");
    EXPECT_THAT(refusal(), HasSubstr("is of the module k8s.io/kubernetes"));
    put("go.mod", "go 1.26\n");
    EXPECT_THAT(refusal(), HasSubstr("names no module"));
    fs::remove(path() / "go.mod");
    ASSERT_EQ(::mkfifo((path() / "go.mod").c_str(), 0644), 0);
    EXPECT_THAT(refusal(), HasSubstr("is a FIFO"));
    row_.local = false;
    EXPECT_THAT(refusal(), HasSubstr("cannot be built from a checkout"));
}

}  // namespace
}  // namespace crib::component
