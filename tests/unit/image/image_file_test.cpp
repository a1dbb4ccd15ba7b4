#include "harness/image/image_file.h"

#include "harness/image/checksums.h"

#include "harness/base/error.h"

#include <gmock/gmock.h>
#include <string>

namespace crib::image {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

const std::filesystem::path kImages = std::filesystem::path(CRIB_SOURCE_DIR) / "images";

std::string reason_and_hint(const std::string& text) {
    try {
        static_cast<void>(parse_image_file(text, "images/mine.json"));
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::usage);
        return std::string(error.what()) + " / " + error.hint();
    }
    return "accepted";
}

std::string with_how(const std::string& how) {
    return R"({"name": "mine", "family": "debian", "codename": "trixie", "how": )" + how + "}";
}

TEST(ImageFile, EachFileThatIsCheckedInCanBeRead) {
    const auto names = images_on_offer(kImages);
    EXPECT_THAT(names, Contains("debian-12"));
    EXPECT_THAT(names, Contains("debian-13"));
    for (const std::string& name : names) EXPECT_EQ(find_image_file(kImages, name).name, name);
}

TEST(ImageFile, TheDefaultImageHoldsNothingThatTheRecipeInstalls) {
    const ImageFile image = find_image_file(kImages, "debian-13");
    for (const char* package : {"conmon", "crun", "runc", "conntrack", "socat"}) {
        EXPECT_THAT(image.image_packages, Not(Contains(package)));
        EXPECT_THAT(image.repository_packages, Contains(package));
    }
}

TEST(ImageFile, AnUnknownNameIsAnsweredWithTheNearestAndTheWholeOffer) {
    try {
        static_cast<void>(find_image_file(kImages, "debian-31"));
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::usage);
        EXPECT_THAT(error.hint(), HasSubstr("did you mean \"debian-1"));
        EXPECT_THAT(error.hint(), HasSubstr("debian-12, debian-13"));
    }
}

TEST(ImageFile, AQcow2FileOrUrlMayBringItsOwnKernel) {
    const std::string sum(64, 'a');
    const auto image = parse_image_file(with_how(R"({"qcow2": {"url": "http://localhost/a.qcow2", "sha256": ")" + sum +
                                                 R"("}, "kernel": {"path": "vmlinuz"}, "initrd": {"path": "initrd"}})"),
                                        "mine.json");
    const auto& ready = std::get<ReadyDisk>(image.how);
    EXPECT_EQ(ready.disk.location, "http://localhost/a.qcow2");
    EXPECT_EQ(ready.disk.sha256, sum);
    EXPECT_EQ(ready.kernel->location, "vmlinuz");
    EXPECT_EQ(ready.initrd->location, "initrd");
}

TEST(ImageFile, AUrlMayHaveASignedListOfSumsInPlaceOfASum) {
    const std::string sums = R"({"url": "http://localhost/SHA256SUMS", "signature": "http://localhost/SHA256SUMS.gpg",
                                 "key": "key.asc", "fingerprints": ["D2EB44626FDDC30B513D5BB71A5D6C4C7DB87C81"]})";
    const auto disk = [](const std::string& with) {
        return with_how(R"({"qcow2": {"url": "http://localhost/a.img", "checksums": )" + with + "}}");
    };
    const auto image = parse_image_file(disk(sums), "mine.json");
    const auto& found = std::get<ReadyDisk>(image.how).disk.checksums;
    ASSERT_TRUE(found);
    EXPECT_EQ(found->signature, "http://localhost/SHA256SUMS.gpg");
    EXPECT_EQ(found->fingerprints.at(0), "D2EB44626FDDC30B513D5BB71A5D6C4C7DB87C81");
    std::string short_one = sums;
    short_one.replace(short_one.find("D2EB4462"), 8, "");
    EXPECT_THAT(reason_and_hint(disk(short_one)), HasSubstr("40 upper-case hex digits"));
}

TEST(ImageFile, ASignedListNamesFilesAsSha256sumDoes) {
    const std::string a(64, 'a');
    const std::string b(64, 'b');
    const std::string list =
        a + " *bionic-server-cloudimg-amd64.img\n" + b + "  bionic-server-cloudimg-arm64.img\nx y\n";
    EXPECT_EQ(find_sum(list, "bionic-server-cloudimg-amd64.img"), a);
    EXPECT_EQ(find_sum(list, "bionic-server-cloudimg-arm64.img"), b);
    EXPECT_FALSE(find_sum(list, "server-cloudimg-amd64.img"));
}

TEST(ImageFile, MistakesAreNamedWithFileAndKey) {
    EXPECT_THAT(reason_and_hint("{"), HasSubstr("images/mine.json: line 1, column 2: the JSON is cut off"));
    EXPECT_THAT(reason_and_hint("[]"), HasSubstr("is not an object"));
    EXPECT_THAT(reason_and_hint(R"({"nmae": "mine"})"), HasSubstr("did you mean \"name\"?"));
    EXPECT_THAT(reason_and_hint(R"({"name": "other"})"), HasSubstr("must be the file's own"));
    EXPECT_THAT(reason_and_hint(R"({"name": "mine", "family": 1})"), HasSubstr("\"family\" is not a text"));
    EXPECT_THAT(reason_and_hint(with_how("{}")), HasSubstr("needs one of \"mmdebstrap\" and \"qcow2\""));
    EXPECT_THAT(reason_and_hint(with_how(R"({"qcow2": {"url": "http://localhost/a"}})")),
                HasSubstr("how.qcow2: a URL needs its \"sha256\""));
    EXPECT_THAT(reason_and_hint(with_how(R"({"qcow2": {"path": "a", "sha256": "abc"}})")), HasSubstr("64 hex digits"));
    EXPECT_THAT(
        reason_and_hint(with_how(R"({"mmdebstrap": {"origin": "Debian", "suites": [], "components": ["main"]}})")),
        HasSubstr("\"suites\" is empty"));
}

TEST(ImageFile, MaySayWhatSuitsItsOsInPlaceOfARecipesValues) {
    // Debian 12's crun is too old for CRI-O 1.36.
    EXPECT_EQ(find_image_file(kImages, "debian-12").inputs.at("RUNTIME"), "runc");
    EXPECT_THAT(find_image_file(kImages, "debian-13").inputs, testing::IsEmpty());
    const auto without_why = R"({"name": "mine", "family": "debian", "codename": "trixie", "how": {"qcow2":
        {"path": "a"}}, "inputs": {"RUNTIME": {"value": "runc"}}})";
    EXPECT_THAT(reason_and_hint(without_why), HasSubstr("inputs.RUNTIME: \"why\" is missing"));
}

TEST(ImageFile, ADiskTooSmallForACloudImageIsRefused) {
    EXPECT_THAT(reason_and_hint(R"({"name": "mine", "family": "debian", "codename": "trixie", "disk": "10MiB",
                                    "how": {"qcow2": {"path": "a"}}})"),
                HasSubstr("not a size of 1GiB or more"));
}

}  // namespace
}  // namespace crib::image
