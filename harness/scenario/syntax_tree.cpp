#include "harness/scenario/syntax_tree.h"

#include "harness/base/printable.h"

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>

namespace crib::scenario {
namespace {

// What stands between two tokens.
struct Trivia {
    struct Found {
        Comment comment;
        bool own_line = false;
    };
    std::vector<Found> comments;
    bool blank_after = false;  // a blank line stands before the next token
};

// Comments that wait for the member to which they belong.
struct Pending {
    std::vector<Comment> comments;
    bool blank = false;

    void take(Trivia trivia, std::string* trailing) {
        auto first = trivia.comments.begin();
        if (trailing != nullptr && trailing->empty() && first != trivia.comments.end() && !first->own_line) {
            *trailing = std::move(first->comment.text);
            ++first;
        }
        for (; first != trivia.comments.end(); ++first) comments.push_back(std::move(first->comment));
        blank = trivia.blank_after || (blank && trivia.comments.empty());
    }
};

class Parser {
public:
    explicit Parser(std::string_view text) : text_(text) {
        if (text_.starts_with("\xef\xbb\xbf")) text_.remove_prefix(3);
    }

    SyntaxTree parse() {
        SyntaxTree tree;
        Pending pending;
        pending.take(trivia(), nullptr);
        tree.root.comments = std::move(pending.comments);
        tree.root.blank_before = pending.blank;
        tree.root.value = value();
        Pending last;
        last.take(trivia(), &tree.root.trailing);
        tree.last_comments = std::move(last.comments);
        return tree;
    }

private:
    Trivia trivia() {
        Trivia found;
        std::size_t newlines = 0;
        while (at_ < text_.size()) {
            if (text_[at_] == '/') {
                const auto end = std::min(text_.find('\n', at_), text_.size());
                auto comment = text_.substr(at_, end - at_);
                comment = comment.substr(0, comment.find_last_not_of(" \t\r") + 1);
                found.comments.push_back({{std::string(comment), newlines > 1}, newlines > 0});
                newlines = 0;
                at_ = end;
            } else if (std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos) {
                if (text_[at_++] == '\n') ++newlines;
            } else {
                break;
            }
        }
        found.blank_after = newlines > 1;
        return found;
    }

    SyntaxNode value() {
        SyntaxNode node;
        if (text_[at_] == '{') {
            node.kind = SyntaxNode::Kind::object;
            members(node, '}');
        } else if (text_[at_] == '[') {
            node.kind = SyntaxNode::Kind::list;
            members(node, ']');
        } else if (text_[at_] == '"') {
            node.token = string();
        } else {
            const auto end = std::min(text_.find_first_of(",]} \t\r\n/", at_), text_.size());
            node.token = text_.substr(at_, end - at_);
            at_ = end;
        }
        return node;
    }

    void members(SyntaxNode& node, char close) {
        ++at_;
        Pending pending;
        pending.take(trivia(), nullptr);
        while (text_[at_] != close) {
            Member member;
            if (node.kind == SyntaxNode::Kind::object) {
                member.key = string();
                take_inner(pending);
                ++at_;  // the colon
                take_inner(pending);
            }
            member.value = value();
            member.comments = std::move(pending.comments);
            member.blank_before = pending.blank;
            pending = {};
            pending.take(trivia(), &member.trailing);
            if (text_[at_] == ',') {
                ++at_;
                pending.take(trivia(), &member.trailing);
            }
            node.members.push_back(std::move(member));
        }
        ++at_;
        node.last_comments = std::move(pending.comments);
    }

    // A comment in the middle of a member moves in front of it.
    void take_inner(Pending& pending) {
        for (auto& found : trivia().comments) {
            const bool is_first = pending.comments.empty();
            pending.comments.push_back(
                {std::move(found.comment.text), is_first && std::exchange(pending.blank, false)});
        }
    }

    std::string string() {
        const auto begin = at_++;
        while (text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
        ++at_;
        // What nobody would see in the file stays, or becomes, \uXXXX.
        return printable_json(nlohmann::json::parse(text_.substr(begin, at_ - begin)).dump());
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

}  // namespace

bool SyntaxNode::has_comments() const {
    return !last_comments.empty() || std::any_of(members.begin(), members.end(), [](const Member& member) {
        return !member.comments.empty() || !member.trailing.empty() || member.value.has_comments();
    });
}

SyntaxTree parse_syntax(std::string_view text) {
    return Parser(text).parse();
}

}  // namespace crib::scenario
