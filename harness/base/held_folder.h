#pragma once
// HeldFolder: a folder held open. What is looked at, read and removed in it is in this very folder, whatever is put
// under its name meanwhile, and no link below it is ever followed.

#include "harness/base/file.h"

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace crib {

// A folder that is not there is one that holds nothing; one that is there and cannot be listed, or to which a link
// leads that leads nowhere now, must not be taken for that. Error(environment).
void require_listable(const std::filesystem::path& path);

class HeldFolder {
public:
    // Links on the way to `path` are followed: where crib keeps things is the user's choice. Nothing when there is no
    // folder that can be opened. Error(environment) for what is wrong with the machine, as too many open files: that
    // says nothing of the folder.
    [[nodiscard]] static std::optional<HeldFolder> open(const std::filesystem::path& path);

    // A folder directly in this one. Nothing for a link.
    [[nodiscard]] std::optional<HeldFolder> inside(const std::string& name) const;

    enum class Kind { none, folder, file, link, other };
    struct Look {
        Kind kind = Kind::none;
        uid_t owner = 0;
    };
    [[nodiscard]] Look look(const std::string& name) const;
    [[nodiscard]] uid_t owner() const;

    // All names in it, sorted; none when it is gone. Error(environment) when it cannot be listed.
    [[nodiscard]] std::vector<std::string> names() const;

    // Is there nothing in it but names that are known? Not so where it cannot be listed: what is not seen may be
    // anything.
    [[nodiscard]] bool holds_only(const std::function<bool(const std::string& name)>& known) const;

    // A regular file's content. Nothing, with the reason in `problem`, for anything else and for a larger one. Does not
    // wait for a pipe's other end.
    [[nodiscard]] std::optional<std::string> read(const std::string& name, std::uint64_t limit,
                                                  std::string& problem) const;

    // A path to this folder that holds as long as this object does.
    [[nodiscard]] std::filesystem::path through() const;

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }  // for people
    [[nodiscard]] int fd() const { return fd_.get(); }                         // with O_PATH
    [[nodiscard]] bool is_same_as(const HeldFolder& other) const;

private:
    HeldFolder(UniqueFd fd, std::filesystem::path path) : fd_(std::move(fd)), path_(std::move(path)) {}
    UniqueFd fd_;
    std::filesystem::path path_;
};

// All names in an open folder, sorted. Returns 0, or the error number.
[[nodiscard]] int list_names(int folder, std::vector<std::string>& names);

}  // namespace crib
