// pin.sh with the real Go and a module proxy that is a folder: what it writes for a row.

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/process/boost_runner.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace crib::component {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class Pin : public testing::Test {
protected:
    Pin() {
        fs::copy_file(fs::path(CRIB_SOURCE_DIR) / "fixtures/components/pin.sh", folder_.path() / "pin.sh");
        make_folder(row("1.30.2"));
        make_folder(row("1.31.0"));
        write_file(row("1.31.0") / "component.json", R"({"name": "tool", "version": "1.31.0", "go": {
            "module": "upstream.test/tool", "builds": [{"package": "upstream.test/tool/cmd/tool", "output": "tool"}]}})");
        write_file(row("1.30.2") / "component.json", R"({"name": "tool", "version": "1.30.2", "like": "1.31.0",
            "go": {"replace": {"upstream.test/absent": "v1.0.0"}}})");
        // As kubernetes: a staging folder that is published as a module of its own, and an older language.
        publish(
            "upstream.test/tool", "v1.30.2", R"(module upstream.test/tool

go 1.21

require (
    upstream.test/staged v0.0.0
    upstream.test/absent v1.0.1
)

replace upstream.test/staged => ./staging/src/upstream.test/staged
)",
            "package main\n\nimport _ \"upstream.test/staged\"\nimport _ \"upstream.test/absent\"\n\nfunc main() {}\n",
            "cmd/tool");
        publish("upstream.test/staged", "v0.30.2", "module upstream.test/staged\n\ngo 1.21\n", "package staged\n", ".");
        publish("upstream.test/absent", "v1.0.0", "module upstream.test/absent\n\ngo 1.21\n", "package absent\n", ".");
        // Its go.mod alone: a proxy that refuses the module itself.
        write_file(proxy("upstream.test/absent") / "v1.0.1.mod", "module upstream.test/absent\n\ngo 1.21\n");
    }
    ~Pin() override {
        try {
            run("go", {"clean", "-modcache"});  // it is read-only
        } catch (const Error& error) {
            ADD_FAILURE() << error.what();
        }
    }
    [[nodiscard]] fs::path row(const std::string& version) const { return folder_.path() / "tool" / version; }
    [[nodiscard]] fs::path proxy(const std::string& module) const { return folder_.path() / "proxy" / module / "@v"; }

    void publish(const std::string& module, const std::string& version, const std::string& go_mod,
                 const std::string& source, const std::string& package) {
        const fs::path tree = folder_.path() / "trees" / module;
        make_folder(tree / package);
        make_folder(proxy(module));
        write_file(tree / "go.mod", go_mod);
        write_file(tree / package / "source.go", source);
        const auto git = [&](std::vector<std::string> words) {
            words.insert(words.begin(),
                         {"-C", tree.string(), "-c", "user.name=t", "-c", "user.email=t@localhost", "-c", "gc.auto=0"});
            run("git", words);
        };
        git({"init", "-q"});
        git({"add", "."});
        git({"commit", "-q", "-m", "Release"});
        git({"archive", "--format=zip", fmt::format("--prefix={}@{}/", module, version), "-o",
             (proxy(module) / (version + ".zip")).string(), "HEAD"});
        write_file(proxy(module) / (version + ".mod"), go_mod);
        write_file(proxy(module) / (version + ".info"), fmt::format(R"({{"Version": "{}"}})", version));
    }
    std::string run(const std::string& program, std::vector<std::string> args) {
        process::Command command;
        command.program = program;
        command.args = std::move(args);
        command.env = {{"GOPROXY", "file://" + (folder_.path() / "proxy").string()},
                       {"GOMODCACHE", (folder_.path() / "cache").string()},
                       {"GONOSUMDB", "upstream.test"},
                       {"GOTOOLCHAIN", "local"}};
        return output_of(runner_, command, context_);
    }
    [[nodiscard]] bool has_jq() {
        try {
            run("jq", {"--version"});
            return true;
        } catch (const Error&) {
            return false;
        }
    }

    SystemClock clock_;
    Context context_ = Context::with_clock(clock_).with_timeout(std::chrono::seconds(100));
    process::BoostRunner runner_;
    TempFolder folder_{fs::temp_directory_path(), "crib-pin"};
};

TEST_F(Pin, WritesUpstreamsLanguageStagingModulesAndTheReplacementsOfTheRow) {
    if (!has_jq()) GTEST_SKIP() << "jq is not installed";
    run((folder_.path() / "pin.sh").string(), {"tool", "1.30.2"});
    const std::string go_mod = read_file(row("1.30.2") / "go.mod");
    EXPECT_THAT(go_mod, HasSubstr("module crib.test/components/tool\n"));
    EXPECT_THAT(go_mod, HasSubstr("\ngo 1.24.0\n"));  // the oldest with `tool` lines
    EXPECT_THAT(go_mod, HasSubstr("\ngodebug default=go1.21\n"));
    EXPECT_THAT(go_mod, HasSubstr("replace upstream.test/staged => upstream.test/staged v0.30.2\n"));
    EXPECT_THAT(go_mod, HasSubstr("replace upstream.test/absent => upstream.test/absent v1.0.0\n"));
    EXPECT_THAT(go_mod, HasSubstr("tool upstream.test/tool/cmd/tool\n"));
    EXPECT_THAT(read_file(row("1.30.2") / "go.sum"), HasSubstr("upstream.test/tool v1.30.2 h1:"));
}

TEST_F(Pin, LeavesTheRowAloneWhenAModuleIsNotOffered) {
    if (!has_jq()) GTEST_SKIP() << "jq is not installed";
    write_file(row("1.30.2") / "component.json", R"({"name": "tool", "version": "1.30.2", "like": "1.31.0"})");
    EXPECT_THROW(run((folder_.path() / "pin.sh").string(), {"tool", "1.30.2"}), Error);
    EXPECT_FALSE(fs::exists(row("1.30.2") / "go.mod"));
}

}  // namespace
}  // namespace crib::component
