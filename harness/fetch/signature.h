#pragma once
// OpenPGP signatures of what was fetched, checked by gpgv with just the keys that are meant for it.

#include "harness/base/context.h"
#include "harness/base/error.h"
#include "harness/process/runner.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace crib::fetch {

struct PublicKey {
    std::string fingerprint;              // 40 hex digits, upper case
    std::string owner;                    // its first user id
    std::optional<std::int64_t> expires;  // seconds since 1970
    bool revoked = false;
};

// What `gpg --with-colons --show-keys` prints; pure. Subkeys are not listed.
[[nodiscard]] std::vector<PublicKey> parse_key_listing(const std::string& text);

// "2024-11-02"
[[nodiscard]] std::string to_date(std::int64_t seconds);

// The keys of one publisher, armoured or binary, as they came from `origin` (a URL or a path).
class Keyring {
public:
    // Error(blame) when `bytes` is a web page or holds no public key, or, where `fingerprints` names some, when none
    // of them is among its keys: then only those count.
    Keyring(process::Runner& runner, std::string bytes, std::string origin, std::vector<std::string> fingerprints,
            ErrorKind blame, const Context& context);

    // The text that was signed in `message`, a clear-signed one fetched from `from`. Error(blame) naming the key that
    // expired and when, was revoked or is missing, or that the message was changed after it was signed.
    [[nodiscard]] std::string open_signed(const std::string& message, const std::string& from,
                                          const Context& context) const;

    // Likewise for a text and its signature, which is apart from it.
    void verify(const std::string& text, const std::string& signature, const std::string& from,
                const Context& context) const;

    [[nodiscard]] const std::vector<PublicKey>& keys() const { return keys_; }

private:
    void check(const std::string& status, const std::string& said, const std::string& from) const;
    [[noreturn]] void fail(const std::string& message, const std::string& hint) const;
    [[nodiscard]] const PublicKey* find(const std::string& id) const;

    process::Runner& runner_;
    std::string origin_;
    std::vector<std::string> fingerprints_;
    ErrorKind blame_;
    std::vector<PublicKey> keys_;
    std::string binary_;  // as gpgv reads it
};

}  // namespace crib::fetch
