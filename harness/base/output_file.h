#pragma once
// OutputFile: a file that a user asked for by its path. Looked at before the work that makes its content, and written
// at once at the end of it.
//
// A regular file is replaced whole (a temporary file beside it, synced, then renamed), with the mode and owner that it
// had; of a symbolic link, what it leads to. Where a new file cannot stand for the old one (it has other names, another
// owner, extended attributes such as an access list, or its folder takes no new file), and below /dev and /proc, the
// old one is written in place, after the room for it was had. FIFOs and character devices are written to, as a shell's
// redirection does.

#include "harness/base/context.h"

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string_view>

namespace crib {

// What crib may write over: its own kind of file, told by how it begins.
struct Overwritable {
    const char* name;   // "lock file of crib"
    std::size_t bytes;  // of its beginning, that are enough to tell
    std::function<bool(std::string_view beginning)> is_one;
};

class OutputFile {
public:
    enum class Folder {
        must_exist,
        is_made,  // by write(), with its parents
    };

    // Error(usage) for what cannot be written: a folder, a file that is read-only (for root, too), a socket, a disk's
    // device, a loop of links, a folder that is not there or not writable. Changes nothing.
    explicit OutputFile(std::filesystem::path path, Folder folder = Folder::must_exist);

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

    // Error(usage) for a file with something in it that is not of this kind: it is somebody's work, and named only by
    // mistake. So is one that cannot be read.
    void require_overwritable(const Overwritable& kind) const;

    // A FIFO is waited for until somebody reads it, or the context ends. SIGPIPE is the caller's business. Error as
    // above for what changed meanwhile, else Error(environment).
    void write(std::string_view content, const Context& context) const;

private:
    std::filesystem::path path_;
    Folder folder_;
};

}  // namespace crib
