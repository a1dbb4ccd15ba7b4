#pragma once
// FilesAsRead: the files that the cells of a matrix are made of, as they were when it began: which one has changed is
// told of a cell that is not any more what it was.

#include <map>
#include <optional>
#include <string>

namespace crib::cli {

class FilesAsRead {
public:
    using Digests = std::map<std::string, std::string>;  // path to SHA-256

    // What is known of a file already stays. False when one of them is not any more what it was.
    bool add(const Digests& files);

    // The first of `files` that is not any more what it was; of all that are known where it names none. A file that
    // cannot be read any more is another one.
    [[nodiscard]] std::optional<std::string> first_changed(const Digests& files) const;

private:
    Digests read_;
};

}  // namespace crib::cli
