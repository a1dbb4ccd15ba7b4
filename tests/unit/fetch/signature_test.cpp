// What gpg and gpgv say, and what a user reads of it.

#include "harness/fetch/signature.h"

#include "tests/support/manual_clock.h"
#include "tests/support/recording_runner/recording_runner.h"

#include <gmock/gmock.h>

namespace crib::fetch {
namespace {

using testing::HasSubstr;

const std::string fingerprint = "AAAABBBBCCCCDDDDEEEEFFFF0000111122223333";
const std::string listing =
    "pub:-:2048:1:0000111122223333:1577836800:1730505600::-:::sc::::::23::0:\n"
    "fpr:::::::::" +
    fingerprint +
    ":\n"
    "uid:-::::1577836800::X::isv\\x3akubernetes OBS\\x0a Project <x@y>::::::::::0:\n"
    "sub:-:2048:1:9999999999999999:1577836800::::::s::::::23:\n"
    "fpr:::::::::9999999999999999999999999999999999999999:\n";

class KeyringTest : public testing::Test {
protected:
    KeyringTest() { runner_.on({"gpg"}, test::exited(0, listing)); }

    std::string reason(const std::string& status, const std::vector<std::string>& fingerprints = {}) {
        runner_.on({"gpgv"}, test::exited(0, status));
        try {
            const Keyring keys(runner_, bytes_, "https://example.org/Release.key", fingerprints, ErrorKind::component,
                               context());
            keys.verify("text", "signature", "https://example.org/Release", context());
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::component);
            EXPECT_FALSE(error.hint().empty());
            return error.what();
        }
        return "good";
    }
    Context context() { return Context::with_clock(clock_); }

    test::RecordingRunner runner_;
    test::ManualClock clock_;
    std::string bytes_ = "-----BEGIN PGP PUBLIC KEY BLOCK-----";
};

TEST(KeyListing, HasPrimaryKeysWithOwnerAndExpiry) {
    const auto keys = parse_key_listing(listing);
    ASSERT_EQ(keys.size(), 1U);
    EXPECT_EQ(keys[0].fingerprint, fingerprint);
    EXPECT_EQ(keys[0].expires, 1730505600);
    EXPECT_EQ(to_date(*keys[0].expires), "2024-11-02");
    EXPECT_EQ(keys[0].owner, "isv:kubernetes OBS\\x0a Project <x@y>");
}

TEST_F(KeyringTest, AGoodSignatureIsAccepted) {
    const std::string good = "[GNUPG:] GOODSIG 0000111122223333 x\n[GNUPG:] VALIDSIG " + fingerprint +
                             " 2026-01-01 0 0 4 0 1 10 00 " + fingerprint + "\n";
    EXPECT_EQ(reason(good), "good");
    EXPECT_EQ(reason(good, {fingerprint}), "good");
}

TEST_F(KeyringTest, AnExpiredKeyIsNamedWithItsDate) {
    const std::string text = reason("[GNUPG:] EXPKEYSIG 0000111122223333 isv\n[GNUPG:] VALIDSIG " + fingerprint +
                                    " 2024 0 0 4 0 1 10 00 " + fingerprint + "\n");
    EXPECT_THAT(text, HasSubstr("isv:kubernetes OBS"));
    EXPECT_THAT(text, HasSubstr("from https://example.org/Release.key"));
    EXPECT_THAT(text, HasSubstr("expired on 2024-11-02"));
}

TEST_F(KeyringTest, AChangedFileAndAStrangersSignatureAreToldApart) {
    EXPECT_THAT(reason("[GNUPG:] BADSIG 0000111122223333 x\n"), HasSubstr("changed after it was signed"));
    EXPECT_THAT(reason("[GNUPG:] ERRSIG 1 1 1 00 1 9\n[GNUPG:] NO_PUBKEY 7777\n"), HasSubstr("signed by key 7777"));
    EXPECT_THAT(reason(""), HasSubstr("no signature"));
}

TEST_F(KeyringTest, AKeyOfAnotherFingerprintIsRefused) {
    const std::string other(40, '1');
    EXPECT_THAT(reason("", {other}), HasSubstr(fingerprint));
    EXPECT_THAT(reason("", {other}), HasSubstr("not " + other));
}

TEST_F(KeyringTest, APageInPlaceOfAKeyIsSaidToBeOne) {
    bytes_ = "<!DOCTYPE html><title>Resource is no longer available!</title>";
    EXPECT_THAT(reason(""), HasSubstr("an HTML page came from https://example.org/Release.key instead of a key"));
}

}  // namespace
}  // namespace crib::fetch
