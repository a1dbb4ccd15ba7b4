#pragma once
// Signer: a throw-away OpenPGP key that signs as a publisher does, also one whose time has passed.

#include "harness/base/context.h"
#include "harness/base/file.h"
#include "harness/process/runner.h"

#include <filesystem>
#include <string>
#include <vector>

namespace crib::test {

class Signer {
public:
    // With `expired`, the key was good on the first of January 2020 only; what it signs is of that day.
    Signer(process::Runner& runner, std::string owner, bool expired = false);
    ~Signer();
    Signer(const Signer&) = delete;
    Signer& operator=(const Signer&) = delete;

    [[nodiscard]] const std::string& public_key() const { return public_key_; }
    [[nodiscard]] const std::string& fingerprint() const { return fingerprint_; }

    [[nodiscard]] std::string clear_signed(const std::string& text);
    [[nodiscard]] std::string signature_of(const std::string& text);

    // Signs the Release file of a repository anew, in each of its forms, and puts the public key beside it.
    void sign_repository(const std::filesystem::path& folder);

private:
    std::string gpg(std::vector<std::string> args);

    process::Runner& runner_;
    TempFolder home_;
    bool expired_;
    std::string public_key_;
    std::string fingerprint_;
};

}  // namespace crib::test
