#pragma once
// Mark: what shows that crib made a folder, and so may remove it: a file in it that says what it is and how it is
// called, written before anything else is. A copy of the folder under another name is not proven by it.

#include "harness/base/held_folder.h"

#include <sys/types.h>
#include <unistd.h>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace crib {

inline constexpr std::string_view kMarkFile = ".crib";

struct Mark {
    std::string kind;  // "run", "matrix", "capsule", "temporary", "cache", "memory"
    std::string id;    // the folder's name, or what it belongs to

    bool operator==(const Mark&) const = default;
};

// Into a folder that was made just now. Error(environment).
void write_mark(const std::filesystem::path& folder, const Mark& mark);

// Something that crib found and does not remove.
struct LeftAlone {
    std::filesystem::path path;
    std::string why;   // "it is a link"
    std::string cure;  // "crib made no links there: move it elsewhere"; may be empty
};

// What is another user's is that one's to end and to remove, even where this user could.
[[nodiscard]] std::string words_of_another_user(uid_t owner);  // "it belongs to another user (uid 1000)"
inline constexpr const char* kAnotherUsersCure = "that user ends or removes it";

// How what removes is asked what it would remove.
enum class Sweep { remove, only_look };

// What can be said of something that lies where crib keeps its own.
struct Claim {
    std::optional<HeldFolder> folder;  // a real folder of this user
    std::optional<Mark> mark;          // that it has
    std::string why_not;               // it is none: "it is a link"
    bool foreign = false;              // it is another user's
    bool unreadable = false;           // a folder of this user, but nobody may look into it: nothing more is known
};

// Of `name` in `root`. A mark counts only in a regular file of the user.
[[nodiscard]] Claim look_at_claim(const HeldFolder& root, const std::string& name, uid_t user = ::geteuid());

}  // namespace crib
