// Where components are published, by version; and what skopeo's words mean.

#include "harness/component/upstream_table.h"

#include "harness/base/error.h"
#include "harness/component/image_pull.h"
#include "harness/component/request.h"

#include <gmock/gmock.h>

namespace crib::component {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;

const fs::path shipped = fs::path(CRIB_SOURCE_DIR) / "fixtures/components";
const Source upstream{Source::Kind::upstream, {}};

UpstreamRow row(const std::string& name, const std::string& version, const std::string& os = "debian-13") {
    return UpstreamTable(shipped / "upstream.json").row(name, version, os);
}

std::string refusal(const std::string& name, const std::string& version, const std::string& os) {
    try {
        static_cast<void>(row(name, version, os));
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::usage);
        return std::string(error.what()) + " | " + error.hint();
    }
    return "accepted";
}

TEST(VersionRange, CountsAsFarAsABoundIsWritten) {
    EXPECT_TRUE(in_range("1.23.17", "-1.23"));
    EXPECT_FALSE(in_range("1.24.0", "-1.23"));
    EXPECT_TRUE(in_range("1.24.0", "1.24-"));
    EXPECT_TRUE(in_range("1.27.8", "1.16-1.27"));
    EXPECT_TRUE(in_range("1.36.3", "1.36"));
    EXPECT_FALSE(in_range("1.3.6", "1.36"));
    EXPECT_TRUE(in_range("debian", "debian"));
    EXPECT_FALSE(in_range("debian", "1.0-"));
}

TEST(UpstreamTable, GivesKubernetesItsOwnStreamAndImages) {
    const auto found = row("kubernetes", "1.36.3");
    ASSERT_EQ(found.repositories.size(), 1U);
    EXPECT_EQ(found.repositories[0].endpoint.url, "https://pkgs.k8s.io/core:/stable:/v1.36/deb/");
    EXPECT_EQ(found.repositories[0].endpoint.key, "https://pkgs.k8s.io/core:/stable:/v1.36/deb/Release.key");
    EXPECT_THAT(found.images, Contains(Field(&UpstreamImage::reference, "registry.k8s.io/kube-apiserver:v1.36.3")));
    EXPECT_EQ(found.requires_.at("etcd"), "3.6.8");
}

TEST(UpstreamTable, TakesTheRenewedKeyForStreamsWhoseOwnCopyExpired) {
    for (const char* version : {"1.24.17", "1.27.16"}) {
        EXPECT_THAT(row("kubernetes", version).repositories[0].endpoint.key, HasSubstr("/v1.31/deb/Release.key"));
    }
    EXPECT_THAT(row("kubernetes", "1.28.15").repositories[0].endpoint.key, HasSubstr("/v1.28/deb/Release.key"));
}

TEST(UpstreamTable, KnowsWhatChangedWithinAMinorVersion) {
    EXPECT_EQ(row("kubernetes", "1.34.1").requires_.at("etcd"), "3.6.4");
    EXPECT_EQ(row("kubernetes", "1.34.10").requires_.at("etcd"), "3.6.5");
    EXPECT_THAT(refusal("kubernetes", "1.99.0", ""), HasSubstr("does not say what kubernetes 1.99.0 needs"));
}

TEST(UpstreamTable, AgreesWithTheRowsThatAreBuiltFromModules) {
    const Table table(shipped);
    for (const char* name : {"kubernetes", "cri-o"}) {
        for (const std::string& version : table.versions(name)) {
            const auto built = table.row(name, version).requires_;
            for (const auto& [other, wanted] : row(name, version).requires_) {
                EXPECT_EQ(built.at(other), wanted) << name << " " << version << " " << other;
            }
        }
    }
}

TEST(UpstreamTable, NamesImagesAsTheRowsThatAreBuiltFromModulesDo) {
    const Table table(shipped);
    for (const char* name : {"kubernetes", "etcd", "coredns", "pause"}) {
        for (const std::string& version : table.versions(name)) {
            for (const ImageSpec& image : table.row(name, version).images) {
                EXPECT_THAT(row(name, version).images,
                            Contains(Field(&UpstreamImage::reference, expand(image.reference, version, version))));
            }
        }
    }
}

TEST(UpstreamTable, RefusesAKubernetesThatNobodyPublishesAnyMore) {
    EXPECT_THAT(refusal("kubernetes", "1.20.15", "debian-12"), HasSubstr("went away on 2024-03-04"));
}

TEST(UpstreamTable, TakesAnOldCrioFromTheFolderOfItsOperatingSystem) {
    const auto found = row("cri-o", "1.20.0", "ubuntu-18.04");
    EXPECT_THAT(found.repositories[0].endpoint.url, HasSubstr("cri-o:/1.20/xUbuntu_18.04/"));
    EXPECT_THAT(refusal("cri-o", "1.20.0", "debian-13"), HasSubstr("no packages for debian-13"));
    EXPECT_THAT(row("cri-o", "1.36.3", "debian-13").repositories[0].endpoint.url,
                HasSubstr("isv:/cri-o:/stable:/v1.36"));
}

TEST(UpstreamBill, TakesWhatUpstreamRequiresFromUpstreamAndLeavesOutWhatItsPackagesBring) {
    const auto bill =
        bill_of_materials(Table(shipped), {{"kubernetes", "1.34.10"}, {"cri-o", "1.36.3"}, {"flannel", "0.28.10"}},
                          {{"kubernetes", upstream}});
    EXPECT_THAT(bill, Contains(Request{"kubernetes", "1.34.10", upstream}));
    EXPECT_THAT(bill, Contains(Request{"etcd", "3.6.5", upstream}));
    EXPECT_THAT(bill, Contains(Request{"cri-o", "1.36.3", {}}));
    for (const char* brought : {"cri-tools", "cni-plugins"}) {
        EXPECT_THAT(bill, testing::Not(Contains(Field(&Request::name, brought))));
    }
}

TEST(UpstreamBill, LeavesARequirementWhereTheUserPutIt) {
    const auto bill =
        bill_of_materials(Table(shipped), {{"kubernetes", "1.36.3"}, {"cri-o", "1.36.3"}, {"flannel", "0.28.10"}},
                          {{"kubernetes", upstream}, {"etcd", Source{}}});
    EXPECT_THAT(bill, Contains(Request{"etcd", "3.6.8", {}}));
}

TEST(ManifestImages, AreThoseOfItsContainersEachOnce) {
    EXPECT_THAT(
        images_in_manifest("  - image: a/b:1\n    name: x\n    image: \"c/d:2\"\n  - image: a/b:1\nimagePull: z\n"),
        ElementsAre("a/b:1", "c/d:2"));
}

TEST(PullTrouble, SaysWhatSkopeosWordsMean) {
    const auto reason = [](const std::string& message) {
        return explain_pull("time=\"2026\" level=fatal msg=\"" + message + "\"\n").reason;
    };
    EXPECT_THAT(reason("reading manifest v9 in r/pause: manifest unknown"), HasSubstr("no such image"));
    EXPECT_THAT(reason("pinging: dial tcp 127.0.0.1:1: connect: connection refused"), HasSubstr("cannot be reached"));
    EXPECT_EQ(reason("reading manifest 9 in r/pause: StatusCode: 404, <html>no such page</html>"),
              "the registry has no such image (reading manifest 9 in r/pause: StatusCode: 404)");
    EXPECT_THAT(reason("reading manifest 9 in r/pause: StatusCode: 403, <html>"), HasSubstr("refuses"));
    EXPECT_THAT(reason("toomanyrequests: You have reached your pull rate limit."), HasSubstr("enough"));
    EXPECT_THAT(reason("received unexpected HTTP status: 503 Service Unavailable"), HasSubstr("trouble of its own"));
    EXPECT_THAT(reason("unauthorized: access to the resource is denied"), HasSubstr("refuses"));
    EXPECT_THAT(reason("http: server gave HTTP response to HTTPS client"), HasSubstr("plain HTTP"));
    EXPECT_THAT(reason("writing blob: Digest did not match, expected a, got b"), HasSubstr("came damaged"));
    EXPECT_EQ(reason("something else"), "something else");
    EXPECT_FALSE(explain_pull("").reason.empty());
}

}  // namespace
}  // namespace crib::component
