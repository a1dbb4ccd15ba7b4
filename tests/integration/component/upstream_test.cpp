// The source `upstream`, end to end against servers on loopback that answer as upstream's do: an apt repository that
// somebody else signed and a real registry, with the faults that users meet.

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/component/deb.h"
#include "harness/component/store.h"
#include "harness/fetch/content.h"
#include "harness/process/boost_runner.h"
#include "tests/support/upstream_servers/faulty_server.h"
#include "tests/support/upstream_servers/image_registry.h"
#include "tests/support/upstream_servers/publisher.h"
#include "tests/support/upstream_servers/signer.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <nlohmann/json.hpp>
#include <thread>

namespace crib::component {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::Field;
using testing::HasSubstr;

const Source upstream{Source::Kind::upstream, {}};
const std::string stream = "core:/stable:/v1.36/deb";

// What all tests share, as making it takes seconds: the publishers' keys, repository and registry.
struct Publishers {
    Publishers() {
        const Context context = Context::with_clock(clock).with_timeout(std::chrono::seconds(200));
        write_file(folder.path() / "program", std::string(300000, 'x'));
        const fs::path root = folder.path() / "www";
        publish({"kubeadm", "kubelet", "kubectl"}, "1.36.3-1.1", {"kubernetes-cni", "iptables"}, context);
        publish({"kubernetes-cni"}, "1.8.0-1.1", {}, context);
        publish({"cri-tools"}, "1.36.0-1.1", {}, context);
        test::publish_repository(runner, debs, good, root / stream, context);
        for (const char* name : {"kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy"}) {
            registry.push(fmt::format("{}:v1.36.3", name), name, context);
        }
        registry.push("pause:3.10.2", "pause", context);
        registry.push("pause:3.10.3", std::string(3000000, 'p'), context);
    }
    void publish(const std::vector<std::string>& names, const std::string& version,
                 const std::vector<std::string>& depends, const Context& context) {
        for (const std::string& name : names) {
            DebContent content;
            content.name = name;
            content.version = version;
            content.description = "A test";
            content.depends = depends;
            content.files.push_back({"/usr/bin/" + name, folder.path() / "program", 0755});
            make_folder(folder.path() / "debs");
            debs.push_back(build_deb(runner, content, folder.path() / "debs", folder.path() / "scratch", context));
        }
    }

    SystemClock clock;
    process::BoostRunner runner;
    TempFolder folder{fs::temp_directory_path(), "crib-publishers"};
    std::vector<fs::path> debs;
    test::Signer good{runner, "isv:kubernetes OBS Project <isv@example.org>"};
    test::Signer expired{runner, "Old OBS Project <old@example.org>", true};
    test::ImageRegistry registry{runner, Context::with_clock(clock).with_timeout(std::chrono::seconds(60))};
};

class Upstream : public testing::Test {
protected:
    static void SetUpTestSuite() { publishers_ = std::make_unique<Publishers>(); }
    static void TearDownTestSuite() { publishers_.reset(); }

    Upstream() {
        fs::copy(publishers_->folder.path() / "www", folder_.path() / "www", fs::copy_options::recursive);
        name_mirrors(publishers_->registry.url());
    }

    void name_mirrors(const std::string& registry) { name_mirrors(registry, server_.url()); }
    void name_mirrors(const std::string& registry, const std::string& server) {
        const nlohmann::json mirrors{
            {"pkgs.k8s.io", server}, {"github.com", server}, {"registry.k8s.io", registry}, {"ghcr.io", registry}};
        write_file(folder_.path() / "mirrors.json", mirrors.dump());
    }
    [[nodiscard]] fs::path repository() const { return folder_.path() / "www" / stream; }
    [[nodiscard]] fs::path package(const std::string& file) const { return repository() / test::place_of(file); }

    Built ensure(const std::string& name = "kubernetes", const std::string& version = "1.36.3",
                 std::stop_token stop = {}) {
        Folders folders{folder_.path() / "cache", folder_.path() / "state", CRIB_SOURCE_DIR,
                        folder_.path() / "mirrors.json"};
        ComponentStore store(
            publishers_->runner, folders, [this](const Progress& progress) { progress_.push_back(progress); }, stall_);
        const Context context =
            Context::with_clock(publishers_->clock).with_timeout(std::chrono::seconds(100)).with_stop(stop);
        return store.ensure({name, version, upstream}, context);
    }

    // What a user reads; an empty hint fails the test.
    std::string failure(const std::string& name = "kubernetes", const std::string& version = "1.36.3") {
        try {
            ensure(name, version);
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::component);
            EXPECT_FALSE(error.hint().empty()) << error.what();
            return std::string(error.what()) + " | " + error.hint();
        }
        return "fetched";
    }

    static std::unique_ptr<Publishers> publishers_;
    TempFolder folder_{fs::temp_directory_path(), "crib-upstream"};
    test::FaultyServer server_{folder_.path() / "www"};
    fetch::StallLimit stall_{100000, std::chrono::seconds(20)};
    std::vector<Progress> progress_;
};
std::unique_ptr<Publishers> Upstream::publishers_;

TEST_F(Upstream, GivesThePackagesOfTheRepositoryAndTheImagesOfTheRegistry) {
    const Built built = ensure();
    EXPECT_EQ(built.source, "upstream");
    EXPECT_EQ(built.reported_version, "1.36.3");
    ASSERT_EQ(built.debs.size(), 5U);
    EXPECT_THAT(built.debs, Contains(Field(&DebFile::version, "1.8.0-1.1")));
    for (const DebFile& deb : built.debs) {
        EXPECT_EQ(read_file(deb.path), read_file(package(deb.path))) << deb.name;
    }
    ASSERT_EQ(built.images.size(), 4U);
    EXPECT_EQ(built.images[0].reference, "registry.k8s.io/kube-apiserver:v1.36.3");
    const auto index = nlohmann::json::parse(read_file(built.images[0].layout / "index.json"));
    EXPECT_EQ(index.at("manifests").size(), 1U);
    EXPECT_EQ(progress_.back().kind, Progress::Kind::finished);
    EXPECT_EQ(progress_.back().what, "fetched");
    EXPECT_EQ(progress_.back().step, progress_.back().steps);
}

TEST_F(Upstream, IsAskedOnce) {
    const Built first = ensure();
    const int requests = server_.requests();
    const Built again = ensure();
    EXPECT_TRUE(again.reused);
    EXPECT_EQ(again.digest, first.digest);
    EXPECT_EQ(server_.requests(), requests);
}

TEST_F(Upstream, HasADigestOfWhatItSent) {
    const Built first = ensure("pause", "3.10.2");
    const std::string record = read_file(first.images.at(0).layout.parent_path().parent_path() / "built.json");
    EXPECT_THAT(record, HasSubstr("sha256:"));
    EXPECT_NE(first.digest, ensure("pause", "3.10.3").digest);
}

TEST_F(Upstream, HasTheSameDigestFromAnotherMirror) {
    const Built first = ensure();
    const test::FaultyServer other(folder_.path() / "www");
    name_mirrors(publishers_->registry.url(), other.url());
    const Built again = ensure();
    EXPECT_FALSE(again.reused);
    EXPECT_EQ(again.digest, first.digest);
}

TEST_F(Upstream, SendsClientsOnToItsMirrors) {
    make_folder(folder_.path() / "www/cdn/isv:");
    fs::rename(folder_.path() / "www/core:", folder_.path() / "www/cdn/isv:/core:");
    EXPECT_THAT(failure(), HasSubstr("404 Not Found"));
    server_.redirect("/core:", server_.url("/cdn/isv:/core:"));
    EXPECT_EQ(ensure().debs.size(), 5U);
}

TEST_F(Upstream, GivesFlannelsManifestAndTheImagesThatItNames) {
    const fs::path release = folder_.path() / "www/flannel-io/flannel/releases/download/v0.28.9";
    make_folder(release);
    write_file(release / "kube-flannel.yml", "containers:\n- image: ghcr.io/pause:3.10.2\n");
    const Built built = ensure("flannel", "0.28.9");
    EXPECT_THAT(read_file(built.manifest.value()), HasSubstr("ghcr.io/pause"));
    ASSERT_EQ(built.images.size(), 1U);
    EXPECT_EQ(built.images[0].reference, "ghcr.io/pause:3.10.2");
}

TEST_F(Upstream, ReadsARepositoryWhoseSignatureIsBesideItsReleaseFile) {
    fs::remove(repository() / "InRelease");
    EXPECT_EQ(ensure().debs.size(), 5U);
}

TEST_F(Upstream, AnExpiredKeyIsNamedWithItsDate) {
    publishers_->expired.sign_repository(repository());
    const std::string reason = failure();
    EXPECT_THAT(reason, HasSubstr("the key Old OBS Project"));
    EXPECT_THAT(reason, HasSubstr(server_.url("/" + stream + "/Release.key")));
    EXPECT_THAT(reason, HasSubstr("expired on 2020-01-02"));
}

TEST_F(Upstream, AMissingReleaseFileIsSaidToBeMissing) {
    for (const char* file : {"InRelease", "Release", "Release.gpg"}) fs::remove(repository() / file);
    const std::string reason = failure();
    EXPECT_THAT(reason, HasSubstr("is no signed apt repository"));
    EXPECT_THAT(reason, HasSubstr(stream + "/Release: the server answered 404 Not Found"));
}

TEST_F(Upstream, ARefusalIsTheServersWordWithItsAddress) {
    server_.fail("Release.key", {.status = 403, .page = "<html>Forbidden</html>"});
    const std::string reason = failure();
    EXPECT_THAT(reason, HasSubstr(stream + "/Release.key: the server answered 403 Forbidden"));
    EXPECT_THAT(reason, HasSubstr("mirrors.json"));
}

TEST_F(Upstream, AKeyThatIsGoneIsNamedAndItsPageIsNoKey) {
    fs::remove(repository() / "Release.key");  // the page that says so is HTML
    EXPECT_THAT(failure(), HasSubstr(stream + "/Release.key: the server answered 404 Not Found"));
}

TEST_F(Upstream, APageInPlaceOfAKeyIsSaidToBeOne) {
    server_.fail("Release.key", {.page = "<!DOCTYPE html><h1>Resource is no longer available!</h1>"});
    EXPECT_THAT(failure(), HasSubstr("an HTML page came from " + server_.url("/" + stream + "/Release.key")));
}

TEST_F(Upstream, APageInPlaceOfTheReleaseFileIsSaidToBeOne) {
    server_.fail("/InRelease", {.page = "<!DOCTYPE html><h1>Sign in to this network</h1>"});
    EXPECT_THAT(failure(), HasSubstr("an HTML page came from " + server_.url("/" + stream + "/InRelease")));
}

TEST_F(Upstream, AStreamThatIsRefusedIsNotTakenForOneWithoutASignature) {
    server_.fail("/InRelease", {.status = 403});
    const std::string reason = failure();
    EXPECT_THAT(reason, HasSubstr(stream + "/InRelease: the server answered 403 Forbidden"));
    EXPECT_THAT(reason, HasSubstr("a stream that was moved answers so"));
}

TEST_F(Upstream, APackageThatIsListedAndNotThereIsNamed) {
    fs::remove(package("cri-tools_1.36.0-1.1_amd64.deb"));
    EXPECT_THAT(failure(), HasSubstr("cri-tools_1.36.0-1.1_amd64.deb: the server answered 404 Not Found"));
}

TEST_F(Upstream, AKeyOfSomebodyElseVerifiesNothing) {
    write_file(repository() / "Release.key", publishers_->expired.public_key());
    EXPECT_THAT(failure(), HasSubstr("which is not among the keys from"));
}

TEST_F(Upstream, AnIndexThatWasChangedAfterSigningIsRefused) {
    std::string index = read_file(repository() / "Packages");
    index.replace(index.find("1.36.3"), 6, "1.36.4");
    write_file(repository() / "Packages", index);
    EXPECT_THAT(failure(), HasSubstr("Packages does not verify: its SHA-256 is"));
    std::string release = read_file(repository() / "InRelease");
    release.replace(release.find("Date: "), 6, "date: ");
    write_file(repository() / "InRelease", release);
    EXPECT_THAT(failure(), HasSubstr("changed after it was signed"));
}

TEST_F(Upstream, HalfADownloadSaysHowMuchCameAndGoesOnThere) {
    server_.fail("kubelet_1.36.3-1.1_amd64.deb", {.cut_after = 100});
    const auto whole = fs::file_size(package("kubelet_1.36.3-1.1_amd64.deb"));
    EXPECT_THAT(failure(), HasSubstr(fmt::format("100 of {} bytes came", fetch::grouped(whole))));
    EXPECT_EQ(server_.continued(), 0);
    server_.mend();
    EXPECT_EQ(ensure().debs.size(), 5U);
    EXPECT_EQ(server_.continued(), 1);
}

TEST_F(Upstream, APackageWithAnotherSumIsRefusedWithBothSums) {
    const fs::path deb = package("kubectl_1.36.3-1.1_amd64.deb");
    std::string bytes = read_file(deb);
    bytes.back() = static_cast<char>(bytes.back() ^ 1);
    write_file(deb, bytes);
    const std::string reason = failure();
    EXPECT_THAT(reason, HasSubstr("kubectl_1.36.3-1.1_amd64.deb does not verify: its SHA-256 is"));
    EXPECT_FALSE(fs::exists(deb.string() + ".partial"));
}

TEST_F(Upstream, ASlowServerIsGivenUpWithItsRate) {
    server_.fail("kubeadm_1.36.3-1.1_amd64.deb", {.slow = true});
    stall_ = {50000, std::chrono::seconds(2)};
    EXPECT_THAT(failure(), HasSubstr("too slow: less than 50 000 bytes in 2 s"));
    EXPECT_THAT(progress_, Contains(Field(&Progress::kind, Progress::Kind::detail)));
}

TEST_F(Upstream, AStopEndsASlowDownloadAtOnce) {
    server_.fail("kubeadm_1.36.3-1.1_amd64.deb", {.slow = true});
    std::stop_source stop;
    std::jthread stopper([&] {
        while (server_.requests() < 4) std::this_thread::yield();  // key, InRelease, Packages, package
        stop.request_stop();
    });
    const auto before = std::chrono::steady_clock::now();
    try {
        ensure("kubernetes", "1.36.3", stop.get_token());
        FAIL() << "it went on";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::cancelled);
    }
    EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(5));
}

TEST_F(Upstream, AVersionThatIsNotPublishedIsAnsweredWithThoseThatAre) {
    const std::string reason = failure("kubernetes", "1.36.9");
    EXPECT_THAT(reason, HasSubstr("has no kubeadm 1.36.9"));
    EXPECT_THAT(reason, HasSubstr("it has 1.36.3-1.1"));
}

TEST_F(Upstream, AnImageThatIsNotPublishedIsNamed) {
    const std::string reason = failure("pause", "3.99");
    EXPECT_THAT(reason, HasSubstr("/pause:3.99: the registry has no such image"));
    EXPECT_THAT(reason, HasSubstr("mirrors.json"));
}

TEST_F(Upstream, ARegistryThatIsNotThereIsSaidToBeOutOfReach) {
    name_mirrors("http://127.0.0.1:1");
    EXPECT_THAT(failure("pause", "3.10.2"), HasSubstr("the registry cannot be reached"));
}

// The blob of the registry that has most bytes: a layer of pause 3.10.3.
fs::path largest_blob(const test::ImageRegistry& registry) {
    fs::path largest;
    for (const auto& entry : fs::recursive_directory_iterator(registry.storage() / "docker/registry/v2/blobs/sha256")) {
        if (!entry.is_regular_file()) continue;
        if (largest.empty() || entry.file_size() > fs::file_size(largest)) largest = entry.path();
    }
    return largest;
}

TEST_F(Upstream, AnImageWhoseBytesWereChangedIsRefusedAndNothingIsKept) {
    const fs::path largest = largest_blob(publishers_->registry);
    const std::string whole = read_file(largest);
    std::string changed = whole;
    changed[changed.size() / 2] = static_cast<char>(changed[changed.size() / 2] ^ 1);
    write_file(largest, changed);
    EXPECT_THAT(failure("pause", "3.10.3"), HasSubstr("broke off or came damaged"));
    write_file(largest, whole);
    EXPECT_EQ(ensure("pause", "3.10.3").images.size(), 1U);
}

// The registry behind a server that has faults.
class UpstreamRegistry : public Upstream {
protected:
    UpstreamRegistry() {
        server_.forward(publishers_->registry.url());
        name_mirrors(server_.url());
        layer_ = "sha256:" + largest_blob(publishers_->registry).parent_path().filename().string();
    }
    std::string layer_;
};

TEST_F(UpstreamRegistry, BehindAnotherServerGivesItsImages) {
    EXPECT_EQ(ensure("pause", "3.10.3").images.size(), 1U);
}

TEST_F(UpstreamRegistry, ThatRefusesIsSaidToRefuse) {
    server_.fail("manifests/3.10.3", {.status = 403, .page = "<html>no</html>"});
    const std::string reason = failure("pause", "3.10.3");
    EXPECT_THAT(reason, HasSubstr("/pause:3.10.3: the registry refuses"));
    EXPECT_THAT(reason, HasSubstr("skopeo login"));
}

TEST_F(UpstreamRegistry, ThatGivesHalfALayerIsAskedAgain) {
    server_.fail(layer_, {.cut_after = 1000});
    EXPECT_THAT(failure("pause", "3.10.3"), HasSubstr("broke off or came damaged"));
    server_.mend();
    EXPECT_EQ(ensure("pause", "3.10.3").images.size(), 1U);
}

TEST_F(UpstreamRegistry, WhoseLayerComesTooSlowlyIsGivenUpWithWhatCame) {
    server_.fail(layer_, {.slow = true});
    stall_ = {50000, std::chrono::seconds(2)};
    EXPECT_THAT(failure("pause", "3.10.3"), HasSubstr("the registry is too slow: less than 50 000 bytes in 2 s"));
}

TEST_F(UpstreamRegistry, ThatLacksALayerOfItsImageIsNamed) {
    server_.fail(layer_, {.status = 404, .page = "{}"});
    EXPECT_THAT(failure("pause", "3.10.3"), HasSubstr(layer_));
}

TEST_F(UpstreamRegistry, ThatAnswersWithAPageIsSaidToDoSo) {
    server_.fail("manifests/3.10.3", {.page = "<!DOCTYPE html><h1>Sign in to this network</h1>"});
    EXPECT_THAT(failure("pause", "3.10.3"), HasSubstr("an HTML page came"));
}

TEST_F(UpstreamRegistry, ThatSaysNothingIsGivenUp) {
    server_.fail("manifests/3.10.2", {.slow = true});
    stall_ = {50000, std::chrono::seconds(2)};
    EXPECT_THAT(failure("pause", "3.10.2"), HasSubstr("the registry is too slow: less than 50 000 bytes in 2 s"));
}

}  // namespace
}  // namespace crib::component
