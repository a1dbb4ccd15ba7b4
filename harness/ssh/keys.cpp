#include "harness/ssh/keys.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/text.h"

#include <libssh/libssh.h>

#include <memory>

namespace crib::ssh {
namespace {

using Key = std::unique_ptr<ssh_key_struct, decltype(&ssh_key_free)>;

std::string take_text(char* text) {
    std::string copy = text != nullptr ? text : "";
    ssh_string_free_char(text);
    return copy;
}

[[noreturn]] void fail(const char* what) {
    throw Error(ErrorKind::ssh, std::string("making a key pair: libssh could not ") + what,
                "check that the installed libssh is 0.10 or newer");
}

}  // namespace

KeyPair make_key_pair(const std::string& comment) {
    ssh_key raw = nullptr;
    if (ssh_pki_generate(SSH_KEYTYPE_ED25519, 0, &raw) != SSH_OK) fail("generate it");
    const Key key(raw, &ssh_key_free);

    char* text = nullptr;
    if (ssh_pki_export_privkey_base64(key.get(), nullptr, nullptr, nullptr, &text) != SSH_OK)
        fail("write the private key");
    KeyPair pair;
    pair.private_pem = std::string(trim(take_text(text))) + "\n";
    text = nullptr;
    if (ssh_pki_export_pubkey_base64(key.get(), &text) != SSH_OK) fail("write the public key");
    pair.public_line = std::string(ssh_key_type_to_char(SSH_KEYTYPE_ED25519)) + " " + take_text(text);
    if (!comment.empty()) pair.public_line += " " + comment;
    return pair;
}

void write_key_pair(const KeyPair& pair, const std::filesystem::path& path) {
    write_file(path, pair.private_pem, 0600);
    write_file(path.string() + ".pub", pair.public_line + "\n", 0644);
}

std::string without_comment(const std::string& public_line) {
    const auto words = split(std::string(trim(public_line)), ' ');
    return words.size() < 2 ? std::string(trim(public_line)) : words[0] + " " + words[1];
}

}  // namespace crib::ssh
