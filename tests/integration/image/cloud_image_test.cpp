// A cloud image from a server on loopback, verified by the signed list of sums beside it, and the server's faults.

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/sha256.h"
#include "harness/image/image_store.h"
#include "harness/process/boost_runner.h"
#include "tests/support/upstream_servers/faulty_server.h"
#include "tests/support/upstream_servers/signer.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace crib::image {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;

class CloudImage : public testing::Test {
protected:
    static void SetUpTestSuite() {
        runner_ = std::make_unique<process::BoostRunner>();
        signer_ = std::make_unique<test::Signer>(*runner_, "UEC Image Automatic Signing Key <cd@example.org>");
        expired_ = std::make_unique<test::Signer>(*runner_, "Old Image Key <old@example.org>", true);
    }
    static void TearDownTestSuite() {
        signer_.reset();
        expired_.reset();
        runner_.reset();
    }

    CloudImage() {
        make_folder(www());
        process::Command create;
        create.program = "qemu-img";
        create.args = {"create", "-q", "-f", "qcow2", disk().string(), "8M"};
        static_cast<void>(process::output_of(*runner_, create, context()));
        publish(*signer_);
        make_folder(folder_.path() / "source/images");
        offer("checksums", {{"url", base + "SHA256SUMS"},
                            {"signature", base + "SHA256SUMS.gpg"},
                            {"key", base + "key.asc"},
                            {"fingerprints", {signer_->fingerprint(), expired_->fingerprint()}}});
        write_file(folder_.path() / "mirrors.json", json{{"cloud-images.example", server_.url()}}.dump());
    }

    // The image file of the disk, which is verified by `what`: "checksums" or "sha256".
    void offer(const char* what, const json& value) {
        const json file{{"name", "cloud"},
                        {"family", "ubuntu"},
                        {"codename", "bionic"},
                        {"how", {{"qcow2", {{"url", base + "disk.img"}, {what, value}}}}}};
        write_file(folder_.path() / "source/images/cloud.json", file.dump());
    }

    void publish(test::Signer& signer) {
        const std::string list = sha256_file(disk()) + " *disk.img\n";
        write_file(www() / "SHA256SUMS", list);
        write_file(www() / "SHA256SUMS.gpg", signer.signature_of(list));
        write_file(www() / "key.asc", signer.public_key());
    }

    NodeImage ensure() {
        ImageStore store(*runner_, {folder_.path() / "cache", folder_.path() / "state", folder_.path() / "source",
                                    folder_.path() / "mirrors.json"});
        return store.ensure("cloud", context());
    }

    std::string failure() {
        try {
            ensure();
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::image);
            EXPECT_FALSE(error.hint().empty()) << error.what();
            return error.what();
        }
        return "accepted";
    }

    [[nodiscard]] fs::path www() const { return folder_.path() / "www/bionic"; }
    [[nodiscard]] fs::path disk() const { return www() / "disk.img"; }
    Context context() { return Context::with_clock(clock_); }

    const std::string base = "https://cloud-images.example/bionic/";
    static std::unique_ptr<process::BoostRunner> runner_;
    static std::unique_ptr<test::Signer> signer_;
    static std::unique_ptr<test::Signer> expired_;
    TempFolder folder_{fs::temp_directory_path(), "crib-cloud"};
    SystemClock clock_;
    test::FaultyServer server_{folder_.path() / "www"};
};
std::unique_ptr<process::BoostRunner> CloudImage::runner_;
std::unique_ptr<test::Signer> CloudImage::signer_;
std::unique_ptr<test::Signer> CloudImage::expired_;

TEST_F(CloudImage, IsTakenWhenTheSignedListSaysItsSum) {
    const NodeImage image = ensure();
    EXPECT_EQ(sha256_file(image.root), sha256_file(disk()));
    const int requests = server_.requests();
    EXPECT_TRUE(ensure().reused);
    EXPECT_EQ(server_.requests(), requests);
}

TEST_F(CloudImage, HasAnotherDigestWhenItsPublisherReplacedIt) {
    const std::string first = ensure().digest;
    append_file(disk(), "more");
    publish(*signer_);
    remove_all_quietly(folder_.path() / "cache");
    EXPECT_NE(ensure().digest, first);
}

TEST_F(CloudImage, IsRefusedWhenItIsNotWhatTheListSays) {
    append_file(disk(), "more");
    const std::string reason = failure();
    EXPECT_THAT(reason, HasSubstr("disk.img does not verify"));
    EXPECT_THAT(reason, HasSubstr(sha256_file(disk())));
}

TEST_F(CloudImage, IsRefusedWhenTheListWasChanged) {
    append_file(www() / "SHA256SUMS", std::string(64, 'a') + " *other.img\n");
    EXPECT_THAT(failure(), HasSubstr("SHA256SUMS is wrong: it was changed after it was signed"));
}

TEST_F(CloudImage, IsRefusedUnderAKeyThatExpired) {
    publish(*expired_);
    EXPECT_THAT(failure(), HasSubstr("expired on 2020-01-02"));
}

TEST_F(CloudImage, IsRefusedUnderAKeyOfAnotherFingerprint) {
    test::Signer stranger(*runner_, "Stranger <x@example.org>");
    publish(stranger);
    EXPECT_THAT(failure(), HasSubstr(stranger.fingerprint()));
}

TEST_F(CloudImage, WhoseListDoesNotNameItIsSaidToBeUnlisted) {
    const std::string list = sha256_file(disk()) + " *other.img\n";
    write_file(www() / "SHA256SUMS", list);
    write_file(www() / "SHA256SUMS.gpg", signer_->signature_of(list));
    EXPECT_THAT(failure(), HasSubstr("does not list disk.img"));
}

TEST_F(CloudImage, WhoseServerAnswersWithPagesOrRefusesIsNamedWithItsAddress) {
    server_.fail("key.asc", {.page = "<!DOCTYPE html><h1>404</h1>"});
    EXPECT_THAT(failure(), HasSubstr("an HTML page came from"));
    server_.mend();
    server_.fail("disk.img", {.status = 403});
    EXPECT_THAT(failure(), HasSubstr(server_.url("/bionic/disk.img") + ": the server answered 403 Forbidden"));
}

TEST_F(CloudImage, ThatIsGoneIsNamedWithItsAddress) {
    fs::remove(disk());
    EXPECT_THAT(failure(), HasSubstr(server_.url("/bionic/disk.img") + ": the server answered 404 Not Found"));
}

TEST_F(CloudImage, WhoseListOrSignatureIsGoneIsNotTaken) {
    for (const std::string name : {"SHA256SUMS.gpg", "SHA256SUMS"}) {
        fs::remove(www() / name);
        EXPECT_THAT(failure(), HasSubstr(server_.url("/bionic/" + name) + ": the server answered 404 Not Found"));
    }
}

TEST_F(CloudImage, IsTakenByTheSumInItsImageFileAndRefusedWithAnother) {
    const std::string sum = sha256_file(disk());
    offer("sha256", std::string(64, 'a'));
    const std::string reason = failure();
    EXPECT_THAT(reason, HasSubstr("disk.img does not verify: its SHA-256 is " + sum));
    EXPECT_THAT(reason, HasSubstr("not " + std::string(64, 'a')));
    offer("sha256", sum);
    EXPECT_EQ(sha256_file(ensure().root), sum);
}

TEST_F(CloudImage, GoesOnWhereHalfADownloadStopped) {
    server_.fail("disk.img", {.cut_after = 1000});
    EXPECT_THAT(failure(), HasSubstr("1 000 of "));
    server_.mend();
    EXPECT_EQ(sha256_file(ensure().root), sha256_file(disk()));
    EXPECT_EQ(server_.continued(), 1);
}

}  // namespace
}  // namespace crib::image
