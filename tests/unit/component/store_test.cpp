// The component store: what it builds, what it reuses, what a failed build leaves behind.

#include "harness/component/store.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/component/companions.h"
#include "tests/support/manual_clock.h"
#include "tests/support/recording_runner/recording_runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace crib::component {
namespace {

namespace fs = std::filesystem;
using test::exited;
using testing::Contains;
using testing::HasSubstr;

constexpr const char* row = R"({
  "name": "tool", "version": "1.2.3", "source": "here", "local": true,
  "go": {"module": "example.org/tool", "ldflags": ["-X", "main.v=${stamp}"],
         "builds": [{"package": "example.org/tool/cmd/tool", "output": "tool"}]},
  "version_of": {"program": "tool", "args": ["version"], "prefix": "tool v"},
  "debs": [{"name": "tool", "version": "${version}-1.1", "description": "A tool",
            "files": [{"from": "bin:tool", "to": "/usr/bin/tool", "mode": "0755"},
                      {"from": "module:tool.service", "to": "/etc/tool.service",
                       "replace": [{"old": "/usr/local", "new": "/usr"}]}]}],
  "images": [{"reference": "registry.k8s.io/tool:v${version}", "files": [{"from": "bin:tool", "to": "/tool"}]}]
})";

// A checkout of crib with one component, and a machine whose `go` and `dpkg-deb` write what real ones would.
class Store : public testing::Test {
protected:
    Store() {
        make_folder(rows());
        make_folder(module());
        write_file(rows() / "component.json", row);
        write_file(rows() / "go.mod", "module x\ngo 1.26.0\n");
        write_file(module() / "go.mod", "module example.org/tool\ngo 1.26.0\n");
        write_file(module() / "tool.service", "ExecStart=/usr/local/bin/tool\n");
        runner_.on({"go", "version"}, exited(0, "go version go1.26.8 linux/amd64\n"));
        runner_.on({"go", "mod", "download"}, exited(0, R"({"Dir": ")" + module().string() + R"("})"));
        runner_.on({"go", "build"}, [this](const process::Command& command) { return compile(command); });
        runner_.on({"dpkg-deb"}, [this](const process::Command& command) { return pack(command); });
        runner_.on({}, [this](const process::Command&) { return exited(0, "tool v" + reported_ + "\n"); });
    }
    process::Result compile(const process::Command& command) {
        if (!go_build_says_.empty()) return exited(1, "", go_build_says_);
        const auto output = std::find(command.args.begin(), command.args.end(), "-o") + 1;
        write_file(fs::path(*output) / "tool", "program", 0755);
        return exited(0, "", "example.org/tool/pkg\n");
    }
    process::Result pack(const process::Command& command) {
        const fs::path staged = command.args.at(command.args.size() - 2);
        unit_ = read_file(staged / "etc/tool.service");
        conffiles_ = read_file(staged / "DEBIAN/conffiles");
        write_file(command.args.back(), "deb");
        return exited(0);
    }
    [[nodiscard]] fs::path rows() const { return folder_.path() / "source/fixtures/components/tool/1.2.3"; }
    [[nodiscard]] fs::path module() const { return folder_.path() / "module"; }
    [[nodiscard]] fs::path cache() const { return folder_.path() / "cache"; }
    Built ensure(const Source& source = {}) {
        ComponentStore store(runner_, {cache(), folder_.path() / "state", folder_.path() / "source"},
                             [this](const Progress& progress) { progress_.push_back(progress); });
        return store.ensure({"tool", "1.2.3", source}, Context::with_clock(clock_));
    }
    [[nodiscard]] std::size_t builds() const {
        std::size_t count = 0;
        for (const std::string& line : runner_.lines()) count += line.starts_with("go build") ? 1U : 0U;
        return count;
    }

    TempFolder folder_{fs::temp_directory_path()};
    test::RecordingRunner runner_;
    test::ManualClock clock_;
    std::vector<Progress> progress_;
    std::string reported_ = "1.2.3";
    std::string go_build_says_;
    std::string unit_;
    std::string conffiles_;
};

TEST_F(Store, MakesThePackagesAndImagesThatTheRowSays) {
    const Built built = ensure();
    EXPECT_FALSE(built.reused);
    EXPECT_EQ(built.version_string, "1.2.3");
    ASSERT_EQ(built.debs.size(), 1U);
    EXPECT_EQ(built.debs[0].path.filename(), "tool_1.2.3-1.1_amd64.deb");
    ASSERT_EQ(built.images.size(), 1U);
    EXPECT_EQ(built.images[0].reference, "registry.k8s.io/tool:v1.2.3");
    EXPECT_TRUE(fs::exists(built.images[0].layout / "index.json"));
    EXPECT_EQ(unit_, "ExecStart=/usr/bin/tool\n");
    EXPECT_EQ(conffiles_, "/etc/tool.service\n");
}

TEST_F(Store, BuildsNothingTheSecondTimeAndSaysSo) {
    const Built first = ensure();
    progress_.clear();
    const Built second = ensure();
    EXPECT_TRUE(second.reused);
    EXPECT_EQ(second.digest, first.digest);
    EXPECT_EQ(builds(), 1U);
    ASSERT_EQ(progress_.size(), 1U);
    EXPECT_EQ(progress_[0].kind, Progress::Kind::reused);
}

TEST_F(Store, CompilesCOutOfTheUpstreamTreeWithTheRowsFlags) {
    write_file(rows() / "component.json", R"({
      "name": "tool", "version": "1.2.3", "source": "here", "go": {"module": "example.org/tool"},
      "cc": [{"sources": ["tool.c"], "flags": ["-static", "-DVERSION=v${version}"], "output": "tool"}],
      "images": [{"reference": "registry.k8s.io/tool:v${version}", "files": [{"from": "bin:tool", "to": "/tool"}]}]})");
    write_file(module() / "tool.c", "int main(void) { return 0; }\n");
    runner_.on({"cc", "-dumpfullversion"}, exited(0, "12.2.0\n"));
    runner_.on({"cc", "-static"}, [](const process::Command& command) {
        write_file(*(std::find(command.args.begin(), command.args.end(), "-o") + 1), "program", 0755);
        return exited(0);
    });
    EXPECT_EQ(ensure().images.size(), 1U);
    EXPECT_THAT(runner_.lines(), Contains(testing::MatchesRegex("cc -static -DVERSION=v1\\.2\\.3 -o [^ ]*/bin/tool " +
                                                                (module() / "tool.c").string())));
    EXPECT_EQ(builds(), 0U);
}

TEST_F(Store, NamesTheCFileThatTheUpstreamTreeDoesNotHave) {
    write_file(rows() / "component.json", R"({
      "name": "tool", "version": "1.2.3", "source": "here", "go": {"module": "example.org/tool"},
      "cc": [{"sources": ["gone.c"], "flags": [], "output": "tool"}]})");
    runner_.on({"cc", "-dumpfullversion"}, exited(0, "12.2.0\n"));
    try {
        ensure();
        FAIL() << "built without its source";
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("needs module:gone.c"));
    }
}

TEST_F(Store, BuildsAgainWhenAnInputChanged) {
    const Built first = ensure();
    write_file(rows() / "go.sum", "another\n");
    EXPECT_NE(ensure().digest, first.digest);
    EXPECT_EQ(builds(), 2U);
}

TEST_F(Store, BuildsAgainWhenAFileOfTheEntryIsGone) {
    fs::remove(ensure().debs[0].path);
    EXPECT_FALSE(ensure().reused);
    EXPECT_EQ(builds(), 2U);
}

TEST_F(Store, BuildsAgainWhenTheRecordOfAnEntryIsDamaged) {
    const fs::path entry = ensure().debs[0].path.parent_path().parent_path();
    for (const char* damage : {"{broken", "{}", "[]"}) {
        write_file(entry / "built.json", damage);
        EXPECT_FALSE(ensure().reused) << damage;
    }
}

TEST_F(Store, CompilesAndAsksForVersionsWithoutTheUsersGoAndCompilerVariables) {
    ensure();
    for (const auto& command : runner_.commands()) {
        ASSERT_TRUE(command.inherits) << process::to_string(command);
        EXPECT_TRUE(command.inherits->contains("PATH"));
        for (const char* name : {"GOOS", "GOARCH", "GOAMD64", "GOFLAGS", "CC", "CGO_CFLAGS", "GIT_DIR"}) {
            EXPECT_FALSE(command.inherits->contains(name)) << name << ": " << process::to_string(command);
        }
        EXPECT_EQ(command.env.at("GOENV"), "off") << process::to_string(command);
    }
}

// A compiler that is stopped does not remove its files: they are where the build's own are removed.
TEST_F(Store, LeavesNothingOfACompilerThatWasStopped) {
    fs::path temporary;
    runner_.on({"go", "build"}, [&](const process::Command& command) {
        temporary = command.env.at("GOTMPDIR").value_or("");
        EXPECT_EQ(command.env.at("TMPDIR"), temporary.string());
        EXPECT_TRUE(temporary.string().starts_with(cache().string()));
        write_file(temporary / "go-build123", "left");
        return exited(1, "", "stopped");
    });
    EXPECT_THROW(ensure(), Error);
    EXPECT_FALSE(temporary.empty());
    EXPECT_FALSE(fs::exists(temporary));
}

TEST_F(Store, TakesNothingFromABuildThatWasKilledHalfWay) {
    const Built first = ensure();
    const fs::path entry = first.debs[0].path.parent_path().parent_path();
    fs::rename(entry, entry.string() + ".partial");
    const Built again = ensure();
    EXPECT_FALSE(again.reused);
    EXPECT_FALSE(fs::exists(entry.string() + ".partial"));
}

TEST_F(Store, LeavesNoEntryAndNamesTheLogWhenABuildFails) {
    go_build_says_ = "tool.go:1: undefined: x";
    try {
        ensure();
        FAIL() << "a failed build was accepted";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::component);
        EXPECT_THAT(error.what(), HasSubstr("building tool 1.2.3: compile tool"));
        EXPECT_THAT(error.what(), HasSubstr("undefined: x"));
        const std::string hint = error.hint();
        EXPECT_THAT(read_file(hint.substr(hint.find('/'))), HasSubstr("undefined: x"));
    }
    go_build_says_.clear();
    EXPECT_FALSE(ensure().reused);
}

TEST_F(Store, SaysThatTheDiskIsFullWhenThatEndedABuild) {
    go_build_says_ = "compile: writing output: write $WORK/b001/_pkg_.a: no space left on device\n" +
                     std::string("one\ntwo\nthree\nfour\nfive\nsix\n");
    try {
        ensure();
        FAIL() << "a failed build was accepted";
    } catch (const Error& error) {
        EXPECT_THAT(error.hint(), HasSubstr("the disk is full: make room"));
        EXPECT_THAT(error.hint(), HasSubstr("full log: /"));
    }
}

TEST_F(Store, RefusesAProgramThatReportsAnotherVersion) {
    reported_ = "1.2.4";
    EXPECT_THROW(ensure(), Error);
}

TEST_F(Store, BuildsACheckoutUnderTestAndMarksItsVersion) {
    reported_ = "1.3.0-dev";
    const Source local{Source::Kind::local, module()};
    const Built built = ensure(local);
    EXPECT_THAT(built.version_string, HasSubstr("1.3.0-dev+local."));
    EXPECT_EQ(built.reported_version, "1.3.0-dev");
    EXPECT_THAT(built.source, HasSubstr("local:"));
    write_file(module() / "new.go", "package tool\n");
    EXPECT_NE(ensure(local).digest, built.digest);
}

TEST_F(Store, KeepsNothingOfACheckoutThatChangedWhileItWasBuilt) {
    const Source local{Source::Kind::local, module()};
    runner_.on({"go", "build"}, [this](const process::Command& command) {
        if (builds() == 1) write_file(module() / "edited.go", "package tool\n");
        return compile(command);
    });
    const Built built = ensure(local);
    EXPECT_EQ(builds(), 2U);
    EXPECT_TRUE(ensure(local).reused);
    fs::remove(module() / "edited.go");
    EXPECT_NE(ensure(local).digest, built.digest);
    EXPECT_EQ(builds(), 3U) << "what was built of it first was of neither";
}

TEST_F(Store, BuildsNoCheckoutThatChangesAllTheTime) {
    runner_.on({"go", "build"}, [this](const process::Command& command) {
        write_file(module() / "log.txt", std::to_string(builds()));
        return compile(command);
    });
    try {
        ensure({Source::Kind::local, module()});
        FAIL() << "it was built";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::usage);
        EXPECT_THAT(error.what(), HasSubstr(module().string() + " changed each time"));
    }
}

TEST_F(Store, RefusesACheckoutOfAnotherModule) {
    write_file(module() / "go.mod", "module k8s.io/kubernetes\ngo 1.26.0\n");
    try {
        ensure({Source::Kind::local, module()});
        FAIL() << "it was built";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::usage);
        EXPECT_THAT(error.what(), HasSubstr("is of the module k8s.io/kubernetes"));
    }
}

TEST_F(Store, BuildsACheckoutWithItsOwnWorkspaceOrNone) {
    std::vector<std::string> workspaces;
    runner_.on({"go", "build"}, [&](const process::Command& command) {
        workspaces.push_back(command.env.at("GOWORK").value_or("inherited"));
        return compile(command);
    });
    write_file(folder_.path() / "go.work", "go 1.26.0\n");
    const Source local{Source::Kind::local, module()};
    ensure(local);
    write_file(module() / "go.work", "go 1.26.0\nuse .\n");
    ensure(local);
    EXPECT_EQ(workspaces, (std::vector<std::string>{"off", (module() / "go.work").string()}));
}

TEST_F(Store, RefusesACheckoutOfAComponentThatIsNotBuiltFromOne) {
    std::string fixed = row;
    fixed.replace(fixed.find(R"("local": true)"), 13, R"("local": false)");
    write_file(rows() / "component.json", fixed);
    try {
        ensure({Source::Kind::local, module()});
        FAIL() << "it was built";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::usage);
    }
}

TEST_F(Store, BuildsACheckoutOfAVersionWithoutARowAsTheNearestOne) {
    reported_ = "1.1.7";
    ComponentStore store(runner_, {cache(), folder_.path() / "state", folder_.path() / "source"});
    const Source local{Source::Kind::local, module()};
    const Built built = store.ensure({"tool", "1.1.7", local}, Context::with_clock(clock_));
    EXPECT_EQ(built.debs.at(0).path.filename(), "tool_1.1.7-1.1_amd64.deb");
    EXPECT_EQ(built.images.at(0).reference, "registry.k8s.io/tool:v1.1.7");
    EXPECT_NE(built.digest, store.ensure({"tool", "1.1.8", local}, Context::with_clock(clock_)).digest);
}

TEST_F(Store, BuildsARowAgainWhenTheOneThatItIsLikeChanges) {
    write_file(rows() / "component.json", R"({"name": "tool", "version": "1.2.3", "source": "here", "like": "1.3.0"})");
    std::string other = row;
    other.replace(other.find("1.2.3"), 5, "1.3.0");
    make_folder(rows().parent_path() / "1.3.0");
    write_file(rows().parent_path() / "1.3.0/component.json", other);
    const Built first = ensure();
    EXPECT_EQ(first.images.at(0).reference, "registry.k8s.io/tool:v1.2.3");
    EXPECT_TRUE(ensure().reused);
    write_file(rows().parent_path() / "1.3.0/component.json", other + "\n");
    EXPECT_NE(ensure().digest, first.digest);
}

// kubeadm of a checkout may want an etcd that its version's row does not bring: found out here, not by a cluster
// whose pods wait for an image.
class StoreOfCompanions : public Store {
protected:
    StoreOfCompanions() {
        add("1.2.3", "3.6.8");
        add("1.1.0", "3.6.5");
        runner_.on({}, [this](const process::Command& command) {
            const bool asks_for_images = !command.args.empty() && command.args.front() == "images";
            return exited(0, asks_for_images ? wanted_ : "tool v" + reported_ + "\n");
        });
    }
    // A version of the tool, and the etcd that it requires.
    void add(const std::string& version, const std::string& etcd) {
        std::string text = row;
        text.replace(text.find("1.2.3"), 5, version);
        text.insert(1, R"("requires": {"etcd": ")" + etcd + R"("},
            "images_wanted": {"program": "tool", "args": ["images", "v${version}"], "prefix": "registry"},)");
        const fs::path tool = rows().parent_path() / version;
        const fs::path other = rows().parent_path().parent_path() / "etcd" / etcd;
        make_folder(tool);
        make_folder(other);
        write_file(tool / "component.json", text);
        write_file(tool / "go.mod", "module x\ngo 1.26.0\n");
        write_file(other / "component.json",
                   R"({"name": "etcd", "version": ")" + etcd +
                       R"(", "source": "s", "images": [{"reference": "registry/etcd:${version}-0"}]})");
    }
    std::string wanted_ = "a warning\nregistry.k8s.io/tool:v1.2.3\nregistry/etcd:3.6.8-0\n";
};

TEST_F(StoreOfCompanions, AreContentWhenTheRowBringsWhatTheProgramWants) {
    EXPECT_FALSE(ensure().reused);
    EXPECT_THAT(runner_.lines(), Contains(HasSubstr("tool images v1.2.3")));
}

TEST_F(StoreOfCompanions, NameTheImagesThatACheckoutWantsAndTheVersionThatBringsThem) {
    wanted_ = "registry.k8s.io/tool:v1.2.3\nregistry/etcd:3.6.5-0\n";
    try {
        ensure({Source::Kind::local, module()});
        FAIL() << "it was built";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::component);
        EXPECT_THAT(error.what(),
                    HasSubstr("tool wants registry/etcd:3.6.5-0; what tool 1.2.3 requires does not make"));
        EXPECT_EQ(error.hint(), "they come with versions.tool: 1.1.0");
    }
}

TEST_F(StoreOfCompanions, SayWhatToWriteWhenNoVersionBringsWhatIsWanted) {
    wanted_ = "registry/etcd:3.9.9-0\n";
    try {
        ensure({Source::Kind::local, module()});
        FAIL() << "it was built";
    } catch (const Error& error) {
        EXPECT_THAT(error.hint(), HasSubstr("fixtures/components/README.md"));
    }
}

TEST_F(StoreOfCompanions, RefuseAProgramThatNamesNoImage) {
    wanted_ = "a warning\n";
    EXPECT_THROW(ensure(), Error);
}

TEST_F(StoreOfCompanions, MakeTheImagesThatAManifestNames) {
    std::string text = read_file(rows() / "component.json");
    text.insert(1, R"("manifest": {"from": "module:tool.yml", "output": "tool.yml"},)");
    write_file(rows() / "component.json", text);
    write_file(module() / "tool.yml", "image: registry.k8s.io/tool:v1.2.3\nimage: registry/etcd:3.6.5-0\n");
    try {
        ensure();
        FAIL() << "it was built";
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("tool.yml wants registry/etcd:3.6.5-0;"));
    }
    write_file(module() / "tool.yml", "image: registry.k8s.io/tool:v1.2.3\nimage: registry/etcd:3.6.8-0\n");
    EXPECT_TRUE(ensure().manifest);
}

TEST(ImagesInAManifest, AreEachListedOnce) {
    const char* manifest = R"(spec:
  containers:
  - image: a.io/x:v1
    name: x
  - name: y
    image: "b.io/y:v2"
  initContainers:
  - image: a.io/x:v1
    imagePullPolicy: Always
)";
    EXPECT_EQ(images_in_manifest(manifest), (std::vector<std::string>{"a.io/x:v1", "b.io/y:v2"}));
}

TEST_F(Store, AsksAProgramThatDoesNotAnswerOnlyOnce) {
    runner_.on({"go", "version"}, process::Result{process::TimedOut{}, {}, {}, {}});
    ComponentStore store(runner_, {cache(), folder_.path() / "state", folder_.path() / "source"});
    for (int time = 0; time < 2; ++time) {
        EXPECT_THROW((void)store.find({"tool", "1.2.3", {}}, Context::with_clock(clock_)), Error);
    }
    EXPECT_EQ(runner_.lines().size(), 1U);
}

TEST_F(Store, ShowsHowFarItIs) {
    ensure();
    ASSERT_GE(progress_.size(), 3U);
    EXPECT_EQ(progress_[0].step, 1);
    EXPECT_EQ(progress_[0].steps, 5);
    EXPECT_EQ(progress_[0].component, "tool 1.2.3");
    EXPECT_EQ(progress_.back().kind, Progress::Kind::finished);
}

TEST_F(Store, StopsWhenTheUserAsksTo) {
    std::stop_source stop;
    stop.request_stop();
    ComponentStore store(runner_, {cache(), folder_.path() / "state", folder_.path() / "source"});
    EXPECT_THROW(store.ensure({"tool", "1.2.3", {}}, Context::with_clock(clock_).with_stop(stop.get_token())), Error);
}

}  // namespace
}  // namespace crib::component
