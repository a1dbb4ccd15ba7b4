#include "harness/image/image_file.h"

#include "harness/image/checksums.h"

#include "harness/base/error.h"
#include "harness/base/file.h"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>
#include <string>

namespace crib::image {
namespace {

using testing::AllOf;
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

// An image that is made, with a value at a JSON pointer changed.
std::string answer_with(const char* pointer, const nlohmann::json& value) {
    auto file = nlohmann::json::parse(R"({"name": "mine", "title": "Mine", "family": "debian", "codename": "trixie",
        "architecture": "amd64", "package_manager": "apt", "disk": "16GiB",
        "how": {"mmdebstrap": {"origin": "Debian", "suites": ["trixie", "trixie-updates"], "components": ["main"]}},
        "packages": {"image": ["udev", "g++"], "repository": ["conmon"]},
        "inputs": {"RUNTIME": {"value": "runc", "why": "it is newer"}}})");
    file[nlohmann::json::json_pointer(pointer)] = value;
    return reason_and_hint(file.dump());
}

TEST(ImageFile, MayHaveAllWordsThatDebianHas) {
    EXPECT_EQ(answer_with("/how/mmdebstrap/suites", {"buster", "buster/updates"}), "accepted");
    EXPECT_EQ(answer_with("/how/mmdebstrap/components", {"main", "non-free-firmware"}), "accepted");
    EXPECT_EQ(answer_with("/packages/image", {"libstdc++6", "7zip", "python3.11"}), "accepted");
    EXPECT_EQ(answer_with("/packages/repository", nlohmann::json::array()), "accepted");
    EXPECT_EQ(answer_with("/disk", "2TiB"), "accepted");
}

TEST(ImageFile, IsRefusedForAValueThatCannotWorkWithItsKey) {
    struct Case {
        const char* pointer;
        nlohmann::json value;
        const char* said;
    };
    const std::vector<Case> cases = {
        {"/disk", "9999999TiB", "\"disk\": \"9999999TiB\""},
        {"/disk", "3TiB", "is more than crib gives a node, 2 TiB"},
        {"/architecture", "arm64", "\"architecture\": \"arm64\" is none that crib can use / it can use amd64"},
        {"/package_manager", "yum", "it can use apt"},
        {"/title", "two\nlines", "\"title\" has more than one line"},
        {"/title", "", "\"title\" is empty"},
        {"/family", "../x", "\"family\": \"../x\" is no plain word"},
        {"/codename", "../../x", "\"codename\""},
        {"/codename", "trixie; rm -rf /", "\"codename\""},
        {"/how/mmdebstrap/suites", {"trixie\n[trusted=yes]"}, "how.mmdebstrap: \"suites\""},
        {"/how/mmdebstrap/suites", {"a/../b"}, "how.mmdebstrap: \"suites\""},
        {"/how/mmdebstrap/suites", {"a", "a"}, "\"suites\" has \"a\" twice"},
        {"/how/mmdebstrap/components", {"a b;c"}, "how.mmdebstrap: \"components\""},
        {"/how/mmdebstrap/origin", "--x", "how.mmdebstrap: \"origin\""},
        {"/how/mmdebstrap/trusted", true, "how.mmdebstrap: unknown key \"trusted\""},
        {"/how/kernel", {{"path", "k"}}, "makes its own kernel"},
        {"/packages/image", {"--customize-hook=touch /tmp/x"}, "packages: \"image\""},
        {"/packages/image", {"a,b"}, "is no package's name"},
        {"/packages/image", {"x"}, "is no package's name"},
        {"/packages/image", {"Udev"}, "is no package's name"},
        {"/packages/image", {"udev", "udev"}, "\"image\" has \"udev\" twice"},
        {"/packages/image", nlohmann::json::array(), "\"packages\" has no \"image\""},
        {"/packages/repository", std::vector<std::string>(1001, "ab"), "has 1001 texts, at most 1000"},
        {"/inputs/a b;c", {{"value", "x"}, {"why", "y"}}, "inputs: \"a b;c\" is no input's name"},
        {"/inputs/RUNTIME/value", "\x1b[2K", "inputs.RUNTIME: \"value\" has control characters"},
        {"/inputs/RUNTIME/why", "a\nb", "inputs.RUNTIME: \"why\" has more than one line"},
    };
    for (const auto& [pointer, value, said] : cases) {
        EXPECT_THAT(answer_with(pointer, value), AllOf(HasSubstr("images/mine.json: "), HasSubstr(said)))
            << pointer << ' ' << value;
    }
}

TEST(ImageFile, TakesNoUrlForAPathAndNoPathForAUrl) {
    const auto disk = [](const std::string& with) { return reason_and_hint(with_how(R"({"qcow2": {)" + with + "}}")); };
    const auto sum = R"(, "sha256": ")" + std::string(64, 'a') + '"';
    EXPECT_THAT(disk(R"("url": "nope")" + sum), HasSubstr("does not begin with https://, http:// or file://"));
    EXPECT_THAT(disk(R"("url": "https://")" + sum), HasSubstr("names no server"));
    EXPECT_THAT(disk(R"("url": "https://a/b c")" + sum), HasSubstr("must write as %XX"));
    EXPECT_THAT(disk(R"("path": "https://a/b")"), HasSubstr("\"path\" is a URL / name it \"url\""));
    EXPECT_THAT(disk(R"("path": "")"), HasSubstr("\"path\" is empty"));
}

// A folder of image files.
class ImageFolder : public testing::Test {
protected:
    std::string refusal_of(const std::string& name) const {
        try {
            static_cast<void>(find_image_file(folder.path(), name));
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::usage);
            EXPECT_NE(error.hint(), "");
            return error.what();
        }
        return "accepted";
    }
    std::string refusal_of_disk(const std::string& path) const {
        write_file(folder.path() / "mine.json", with_how(R"({"qcow2": {"path": ")" + path + "\"}}"));
        return refusal_of("mine");
    }

    TempFolder folder{std::filesystem::temp_directory_path(), "crib-test"};
};

TEST_F(ImageFolder, HidesWhatEditorsLeaveThere) {
    std::filesystem::create_symlink("me@host.1:2", folder.path() / ".#debian-13.json");
    write_file(folder.path() / ".x.json", "{");
    write_file(folder.path() / "mine.json~", "{");
    write_file(folder.path() / "mine.json", "{}");
    EXPECT_THAT(images_on_offer(folder.path()), testing::ElementsAre("mine"));
}

TEST_F(ImageFolder, RefusesWhatIsNoFileAsAUsersMistake) {
    std::filesystem::create_directory(folder.path() / "folder.json");
    std::filesystem::create_symlink("nowhere", folder.path() / "dangling.json");
    write_file(folder.path() / "large.json", std::string((1U << 20U) + 1, ' '));
    EXPECT_THAT(refusal_of("folder"), HasSubstr("folder.json: is a folder"));
    EXPECT_THAT(refusal_of("dangling"), HasSubstr("is a symbolic link to nowhere, which is not there"));
    EXPECT_THAT(refusal_of("large"), HasSubstr("is too large for a node image's file"));
}

TEST_F(ImageFolder, RefusesANameThatCannotBePartOfAUrl) {
    for (const auto* word : {"a b", "\xc3\xbcni", "-x", "a;b"}) {
        const std::string name = word;
        const auto text = nlohmann::json{{"name", name}};
        write_file(folder.path() / (name + ".json"), text.dump());
        EXPECT_THAT(refusal_of(name), HasSubstr("is no name of an image")) << name;
    }
}

TEST_F(ImageFolder, LooksForTheFilesThatItNames) {
    EXPECT_THAT(refusal_of_disk("nope.qcow2"),
                AllOf(HasSubstr("mine.json: how.qcow2: "), HasSubstr("nope.qcow2: there is no such file")));
    EXPECT_THAT(refusal_of_disk("."), HasSubstr("is a folder, not a disk"));
    write_file(folder.path() / "disk", "root:x:0:0");
    EXPECT_THAT(refusal_of_disk("disk"), HasSubstr("disk: is not a qcow2 disk"));
    write_file(folder.path() / "disk", "QFI\xfb and so on");
    EXPECT_EQ(refusal_of_disk("disk"), "accepted");
}

}  // namespace
}  // namespace crib::image
