#include "harness/fetch/signature.h"

#include "harness/base/file.h"
#include "harness/base/owned_folder.h"
#include "harness/base/text.h"
#include "harness/fetch/content.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <algorithm>
#include <charconv>

namespace crib::fetch {
namespace {

namespace fs = std::filesystem;

constexpr const char* other_source_hint =
    "the publisher has to renew it; meanwhile use another version, or a mirror that is signed by a good key";

// Files of one call of gpg, with an empty home: no key of the user's is seen or changed.
class Workplace {
public:
    Workplace() : folder_("crib-gpg") { fs::permissions(folder_.path(), fs::perms::owner_all); }
    std::string put(const std::string& name, const std::string& content) const {
        write_file(folder_.path() / name, content, 0600);
        return path(name);
    }
    [[nodiscard]] std::string path(const std::string& name) const { return (folder_.path() / name).string(); }
    [[nodiscard]] process::Command command(const std::string& program, std::vector<std::string> args) const {
        process::Command command;
        command.program = program;
        command.args = {"--homedir", folder_.path().string()};
        command.args.insert(command.args.end(), args.begin(), args.end());
        command.env["LC_ALL"] = "C";
        command.keep_bytes = 64U << 20U;
        return command;
    }

private:
    OwnedTempFolder folder_;
};

std::vector<std::string> gpg_args(std::vector<std::string> args) {
    args.insert(args.begin(), {"--batch", "--no-tty", "--quiet", "--no-autostart", "--no-auto-check-trustdb"});
    return args;
}

// A line of the status: "[GNUPG:] WORD argument ..."
std::optional<std::vector<std::string>> status_line(const std::string& status, std::string_view word) {
    for (const std::string& line : split_lines(status)) {
        auto words = split(line, ' ');
        if (words.size() >= 2 && words[0] == "[GNUPG:]" && words[1] == word) return words;
    }
    return std::nullopt;
}

// gpg writes a colon as \x3a, and control characters alike (GnuPG, doc/DETAILS, field 10): these stay as they are.
std::string unquoted(std::string_view text) {
    std::string plain;
    while (!text.empty()) {
        unsigned code = 0;
        const char* digits = text.size() >= 4 && text.starts_with("\\x") ? text.data() + 2 : nullptr;
        const bool is_code = digits != nullptr && std::from_chars(digits, digits + 2, code, 16).ptr == digits + 2;
        const bool is_printable = is_code && code >= 0x20 && code < 0x7f;
        plain.push_back(is_printable ? static_cast<char>(code) : text.front());
        text.remove_prefix(is_printable ? 4 : 1);
    }
    return plain;
}

std::string name_of(const PublicKey& key) {
    return fmt::format("{} ({})", key.owner.empty() ? "without a name" : key.owner, key.fingerprint);
}

}  // namespace

std::string to_date(std::int64_t seconds) {
    return fmt::format("{:%Y-%m-%d}", fmt::gmtime(static_cast<std::time_t>(seconds)));
}

std::vector<PublicKey> parse_key_listing(const std::string& text) {
    std::vector<PublicKey> keys;
    bool of_primary = false;  // the next fingerprint is the primary key's
    for (const std::string& line : split_lines(text)) {
        const auto fields = split(line, ':');
        if (fields.size() < 10) continue;
        if (fields[0] == "pub") {
            PublicKey key;
            std::int64_t expires = 0;
            std::from_chars(fields[6].data(), fields[6].data() + fields[6].size(), expires);
            if (expires > 0) key.expires = expires;
            key.revoked = fields[1] == "r";
            keys.push_back(key);
            of_primary = true;
        } else if (fields[0] == "fpr" && of_primary) {
            keys.back().fingerprint = fields[9];
            of_primary = false;
        } else if (fields[0] == "uid" && !keys.empty() && keys.back().owner.empty()) {
            keys.back().owner = unquoted(fields[9]);
        }
    }
    return keys;
}

Keyring::Keyring(process::Runner& runner, std::string bytes, std::string origin, std::vector<std::string> fingerprints,
                 ErrorKind blame, const Context& context)
    : runner_(runner), origin_(std::move(origin)), fingerprints_(std::move(fingerprints)), blame_(blame) {
    if (is_html(bytes)) {
        fail(fmt::format("an HTML page came from {} instead of a key", origin_),
             "the repository may have moved: open the URL in a browser, or name a mirror in mirrors.json");
    }
    const Workplace place;
    const std::string file = place.put("key", bytes);
    const auto listing = runner_.run(place.command("gpg", gpg_args({"--with-colons", "--show-keys", file})), context);
    context.throw_if_done("reading the key of " + origin_);
    keys_ = parse_key_listing(listing.out);
    if (keys_.empty()) {
        fail(fmt::format("{} holds no OpenPGP public key", origin_),
             "open the URL in a browser: it should begin with BEGIN PGP PUBLIC KEY BLOCK");
    }
    const auto wanted = [&](const PublicKey& key) {
        return fingerprints_.empty() ||
               std::find(fingerprints_.begin(), fingerprints_.end(), key.fingerprint) != fingerprints_.end();
    };
    if (std::none_of(keys_.begin(), keys_.end(), wanted)) {
        fail(fmt::format("{} holds key {}, not {}", origin_, name_of(keys_.front()), join(fingerprints_, " or ")),
             "correct the fingerprint only if its owner says that the key has changed");
    }
    if (bytes.find("-----BEGIN PGP") == std::string::npos) {
        binary_ = std::move(bytes);
    } else {
        binary_ =
            process::output_of(runner_, place.command("gpg", gpg_args({"--dearmor", "--output", "-", file})), context);
    }
}

std::string Keyring::open_signed(const std::string& message, const std::string& from, const Context& context) const {
    if (is_html(message)) {
        fail(fmt::format("an HTML page came from {} instead of a signed file", from),
             "the repository may have moved: open the URL in a browser, or name a mirror in mirrors.json");
    }
    const Workplace place;
    const auto result =
        runner_.run(place.command("gpgv", {"--status-fd", "1", "--keyring", place.put("keyring.gpg", binary_),
                                           "--output", place.path("text"), place.put("message", message)}),
                    context);
    context.throw_if_done("verifying " + from);
    check(result.out, result.err, from);
    return read_file(place.path("text"));
}

void Keyring::verify(const std::string& text, const std::string& signature, const std::string& from,
                     const Context& context) const {
    const Workplace place;
    const auto result =
        runner_.run(place.command("gpgv", {"--status-fd", "1", "--keyring", place.put("keyring.gpg", binary_),
                                           place.put("signature", signature), place.put("text", text)}),
                    context);
    context.throw_if_done("verifying " + from);
    check(result.out, result.err, from);
}

const PublicKey* Keyring::find(const std::string& id) const {
    const auto found = std::find_if(keys_.begin(), keys_.end(),
                                    [&](const PublicKey& key) { return !id.empty() && key.fingerprint.ends_with(id); });
    if (found != keys_.end()) return &*found;
    return keys_.size() == 1 ? &keys_.front() : nullptr;  // a subkey's id
}

void Keyring::check(const std::string& status, const std::string& said, const std::string& from) const {
    // "EXPKEYSIG KEYID OWNER": gpgv itself ends with success then, and apt refuses as we do.
    for (const auto& [word, trouble] : {std::pair{"EXPKEYSIG", "expired"}, std::pair{"REVKEYSIG", "was revoked"}}) {
        const auto line = status_line(status, word);
        if (!line) continue;
        const PublicKey* key = find(line->size() > 2 ? line->at(2) : "");
        const std::string when =
            key != nullptr && key->expires && word[0] == 'E' ? " on " + to_date(*key->expires) : std::string();
        fail(fmt::format("the key {} from {}, which signed {}, {}{}", key == nullptr ? line->at(2) : name_of(*key),
                         origin_, from, trouble, when),
             other_source_hint);
    }
    if (const auto valid = status_line(status, "VALIDSIG"); valid && status_line(status, "GOODSIG")) {
        // Its last word is the primary key's fingerprint.
        if (fingerprints_.empty() ||
            std::find(fingerprints_.begin(), fingerprints_.end(), valid->back()) != fingerprints_.end()) {
            return;
        }
        fail(fmt::format("{} is signed by key {}, not by {}", from, valid->back(), join(fingerprints_, " or ")),
             "correct the fingerprint only if its owner says that the key has changed");
    }
    if (status_line(status, "BADSIG")) {
        fail(fmt::format("the signature of {} is wrong: it was changed after it was signed", from),
             "a proxy or a half-updated mirror does so: try again later, or name another mirror in mirrors.json");
    }
    if (const auto missing = status_line(status, "NO_PUBKEY")) {
        fail(fmt::format("{} is signed by key {}, which is not among the keys from {}", from, missing->back(), origin_),
             "the key and what it should verify are of two repositories: correct one of the two addresses");
    }
    if (status_line(status, "EXPSIG")) fail(fmt::format("the signature of {} has expired", from), other_source_hint);
    fail(fmt::format("{} has no signature that gpgv can read: {}", from, last_lines(said, 1)),
         "open the URL in a browser: is it the file?");
}

void Keyring::fail(const std::string& message, const std::string& hint) const {
    throw Error(blame_, message, hint);
}

}  // namespace crib::fetch
