#pragma once
// Redactor: takes secrets out of what a run leaves for people to share.

#include <set>
#include <string>
#include <string_view>

namespace crib::engine {

// Works line by line and remembers whether it is inside a private key. It hides
//   - bootstrap tokens (6 and 16 characters:
//   https://kubernetes.io/docs/reference/access-authn-authz/bootstrap-tokens/),
//   - what follows --certificate-key and --token, and "token:", "client-key-data:" in configuration files,
//   - JSON web tokens, the lines of PEM private keys, and every value given to hide().
// One object for one stream of lines; not thread-safe.
class Redactor {
public:
    void hide(std::string value);  // values shorter than 6 characters are not hidden
    [[nodiscard]] std::string line(std::string_view text);

    // All lines of a text, with its newlines.
    [[nodiscard]] std::string text(std::string_view text);

private:
    std::set<std::string, std::greater<>> values_;  // longer ones first where one begins with the other
    bool in_private_key_ = false;
};

}  // namespace crib::engine
