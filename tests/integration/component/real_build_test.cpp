// A component built for real, by Go and dpkg-deb: crib's own tiny module, so that no network is needed.

#include "harness/component/store.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/process/boost_runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace crib::component {
namespace {

namespace fs = std::filesystem;

using testing::HasSubstr;
using testing::Not;

constexpr const char* row = R"({
  "name": "tool", "version": "1.2.3", "source": "here", "local": true,
  "go": {"module": "example.test/tool", "ldflags": ["-s", "-w", "-X", "main.version=${stamp}"],
         "builds": [{"package": "example.test/tool/cmd/tool", "output": "tool"}]},
  "version_of": {"program": "tool", "args": [], "prefix": "tool v"},
  "debs": [{"name": "tool", "version": "${version}-1.1", "description": "A tool",
            "files": [{"from": "bin:tool", "to": "/usr/bin/tool", "mode": "0755"},
                      {"from": "module:tool.conf", "to": "/etc/tool.conf"}],
            "links": [{"to": "/usr/libexec/tool/runc", "target": "/usr/sbin/runc"}],
            "folders": ["/var/lib/tool"]}],
  "images": [{"reference": "registry.k8s.io/tool:v${version}", "entrypoint": ["/tool"],
              "files": [{"from": "bin:tool", "to": "/tool", "mode": "0755"}]}]
})";

constexpr const char* program = R"(package main

import "fmt"

var version string

func main() { fmt.Println("tool v" + version) }
)";

class RealBuild : public testing::Test {
protected:
    RealBuild() {
        const fs::path rows = folder_.path() / "source/fixtures/components/tool/1.2.3";
        make_folder(rows);
        make_folder(checkout() / "cmd/tool");
        write_file(rows / "component.json", row);
        write_file(checkout() / "go.mod", "module example.test/tool\n\ngo 1.21\n");
        write_file(checkout() / "cmd/tool/main.go", program);
        write_file(checkout() / "tool.conf", "key = 1\n");
    }
    [[nodiscard]] fs::path checkout() const { return folder_.path() / "checkout"; }
    [[nodiscard]] fs::path deb_of(const Built& built) const { return built.debs.at(0).path; }

    Built ensure(const std::string& cache) {
        ComponentStore store(runner_, {folder_.path() / cache, folder_.path() / "state", folder_.path() / "source"});
        return store.ensure({"tool", "1.2.3", {Source::Kind::local, checkout()}}, context_);
    }
    // What the builds said that filled this cache.
    [[nodiscard]] std::string logs_of(const std::string& cache) const {
        std::string text;
        for (const auto& log : fs::directory_iterator(folder_.path() / cache / "components" / "logs"))
            text += read_file(log.path());
        return text;
    }
    std::string run(const std::string& name, std::vector<std::string> args) {
        process::Command command;
        command.program = name;
        command.args = std::move(args);
        return output_of(runner_, command, context_);
    }

    SystemClock clock_;
    Context context_ = Context::with_clock(clock_).with_timeout(std::chrono::seconds(280));
    process::BoostRunner runner_;
    TempFolder folder_{fs::temp_directory_path(), "crib-build"};
};

TEST_F(RealBuild, MakesAPackageThatInstallsTheProgramWithItsVersion) {
    const Built built = ensure("cache");
    EXPECT_THAT(built.version_string, HasSubstr("1.2.3+local."));
    const fs::path unpacked = folder_.path() / "unpacked";
    run("dpkg-deb", {"--raw-extract", deb_of(built).string(), unpacked.string()});
    EXPECT_EQ(run((unpacked / "usr/bin/tool").string(), {}), "tool v" + built.version_string + "\n");
    EXPECT_EQ(read_file(unpacked / "DEBIAN/conffiles"), "/etc/tool.conf\n");
    EXPECT_EQ(fs::read_symlink(unpacked / "usr/libexec/tool/runc"), "/usr/sbin/runc");
    EXPECT_TRUE(fs::is_directory(unpacked / "var/lib/tool"));
    EXPECT_THAT(run("dpkg-deb", {"--contents", deb_of(built).string()}), HasSubstr("-rwxr-xr-x root/root"));
}

TEST_F(RealBuild, CompilesNoDebugInformationForAProgramThatIsStripped) {
    (void)ensure("cache");
    EXPECT_THAT(logs_of("cache"), HasSubstr("-dwarf=false"));
    std::string unstripped = row;
    unstripped.replace(unstripped.find(R"("-s", "-w", )"), 12, "");
    write_file(folder_.path() / "source/fixtures/components/tool/1.2.3/component.json", unstripped);
    (void)ensure("another-cache");
    EXPECT_THAT(logs_of("another-cache"), Not(HasSubstr("-dwarf=false")));
}

TEST_F(RealBuild, GivesTheSameBytesInAnotherCache) {
    const Built first = ensure("cache");
    const Built second = ensure("another-cache");
    EXPECT_FALSE(second.reused);
    EXPECT_EQ(read_file(deb_of(first)), read_file(deb_of(second)));
    EXPECT_EQ(read_file(first.images.at(0).layout / "index.json"),
              read_file(second.images.at(0).layout / "index.json"));
}

TEST_F(RealBuild, IsForThisMachineWhateverTheUsersGoVariablesSay) {
    const Built plain = ensure("cache");
    for (const char* name : {"GOOS", "GOARCH", "GOAMD64", "CC", "GOENV"}) ::setenv(name, "nonsense", 1);
    const Built built = ensure("another-cache");
    for (const char* name : {"GOOS", "GOARCH", "GOAMD64", "CC", "GOENV"}) ::unsetenv(name);
    EXPECT_EQ(read_file(deb_of(built)), read_file(deb_of(plain)));
}

TEST_F(RealBuild, MakesAnImageThatOtherToolsRead) {
    const Built built = ensure("cache");
    const std::string layout = built.images.at(0).layout.string();
    const std::string seen = run("skopeo", {"inspect", "--config", "oci:" + layout});
    EXPECT_THAT(seen, HasSubstr("/tool"));
    EXPECT_EQ(built.images.at(0).reference, "registry.k8s.io/tool:v1.2.3");
}

TEST_F(RealBuild, ShowsTheCompilersOwnWordsWhenTheCheckoutDoesNotCompile) {
    write_file(checkout() / "cmd/tool/main.go", "package main\n\nfunc main() { undefined_name() }\n");
    try {
        ensure("cache");
        FAIL() << "it was built";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::component);
        EXPECT_THAT(error.what(), HasSubstr("undefined_name"));
        EXPECT_THAT(error.hint(), HasSubstr("full log: "));
    }
}

TEST_F(RealBuild, NoticesAChangeAndANewFileInAGitCheckout) {
    const auto git = [&](std::vector<std::string> words) {
        words.insert(words.begin(), {"-C", checkout().string(), "-c", "user.name=t", "-c", "user.email=t@localhost"});
        run("git", words);
    };
    git({"init", "-q"});
    git({"add", "."});
    git({"commit", "-q", "-m", "First"});
    const std::string committed = ensure("cache").digest;
    EXPECT_TRUE(ensure("cache").reused);
    write_file(checkout() / "tool.conf", "key = 2\n");
    const std::string changed = ensure("cache").digest;
    write_file(checkout() / "new.conf", "");
    const std::string added = ensure("cache").digest;
    EXPECT_NE(committed, changed);
    EXPECT_NE(changed, added);
}

}  // namespace
}  // namespace crib::component
