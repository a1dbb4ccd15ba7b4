#include "harness/base/mark.h"

#include "harness/base/text.h"
#include "harness/base/unreadable.h"

#include <fmt/format.h>

namespace crib {
namespace {

constexpr std::string_view kTitle = "This folder was made by crib, which may remove it with all that is in it.";
constexpr std::uint64_t kLongest = 8192;

std::optional<Mark> parse(const std::string& text) {
    const auto lines = split_lines(text);
    if (lines.size() != 2 || lines[0] != kTitle) return std::nullopt;
    const auto colon = lines[1].find(": ");
    if (colon == std::string::npos) return std::nullopt;
    return Mark{std::string(lines[1].substr(0, colon)), std::string(lines[1].substr(colon + 2))};
}

}  // namespace

void write_mark(const std::filesystem::path& folder, const Mark& mark) {
    write_file(folder / kMarkFile, fmt::format("{}\n{}: {}\n", kTitle, mark.kind, mark.id), 0644);
}

std::string words_of_another_user(uid_t owner) {
    return fmt::format("it belongs to another user (uid {})", owner);
}

Claim look_at_claim(const HeldFolder& root, const std::string& name, uid_t user) {
    Claim claim;
    const auto look = root.look(name);
    switch (look.kind) {
        case HeldFolder::Kind::none:
            claim.why_not = "it is gone";
            return claim;
        case HeldFolder::Kind::link:
            claim.why_not = "it is a link";
            return claim;
        case HeldFolder::Kind::file:
        case HeldFolder::Kind::other:
            claim.why_not = "it is no folder";
            return claim;
        case HeldFolder::Kind::folder:
            break;
    }
    auto folder = root.inside(name);
    if (!folder) {
        claim.why_not = "it cannot be opened";
        return claim;
    }
    if (folder->owner() != user) {
        claim.why_not = words_of_another_user(folder->owner());
        claim.foreign = true;
        return claim;
    }
    claim.why_not = objection_to_reading(*folder);
    claim.unreadable = !claim.why_not.empty();
    if (claim.unreadable) return claim;
    const std::string mark(kMarkFile);
    std::string problem;
    if (folder->look(mark).owner == user) {
        if (const auto text = folder->read(mark, kLongest, problem)) claim.mark = parse(*text);
    }
    claim.folder = std::move(folder);
    return claim;
}

}  // namespace crib
