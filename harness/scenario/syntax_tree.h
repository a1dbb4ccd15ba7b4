#pragma once
// SyntaxTree: a JSON text with its comments and blank lines, each where it belongs. Internal to scenario.

#include <string>
#include <string_view>
#include <vector>

namespace crib::scenario {

struct Comment {
    std::string text;           // "// because", without the space behind it
    bool blank_before = false;  // a blank line stands before it
};

struct Member;

struct SyntaxNode {
    enum class Kind { scalar, object, list };
    Kind kind = Kind::scalar;
    std::string token;  // of a scalar, as JSON writes it
    std::vector<Member> members;
    std::vector<Comment> last_comments;  // behind the last member

    [[nodiscard]] bool has_comments() const;
};

// A member of an object, an element of a list, or the whole text.
struct Member {
    std::vector<Comment> comments;  // on lines of their own before it
    bool blank_before = false;      // a blank line stands before it, behind its comments
    std::string key;                // with its quotes; empty in a list
    SyntaxNode value;
    std::string trailing;  // the comment at the end of its last line
};

struct SyntaxTree {
    Member root;
    std::vector<Comment> last_comments;
};

// `text` must be valid JSON but for its comments.
[[nodiscard]] SyntaxTree parse_syntax(std::string_view text);

}  // namespace crib::scenario
