#pragma once
// The digest of trees of source files: of everything in them that Go, make or a C compiler could read. No program is
// asked: what git calls changed is decided by the checkout's own settings, and these can name programs to run.

#include "harness/base/context.h"
#include "harness/base/sha256_stream.h"

#include <sys/stat.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace crib::component {

// Names, content and execute bits, wherever a tree lies; a file too large to be a source by its size and times. Left
// out are .git, and of what make and editors leave at the top of a tree (_output, bin, .idea, .vscode) all but sources.
// Symbolic links count by their text, and what they lead to outside the trees belongs to them.
class SourceWalk {
public:
    // The context must outlive the walk. Kubernetes has some 30,000 files, CRI-O 10,000.
    explicit SourceWalk(const Context& context, std::size_t most_entries = 500'000);

    // The checkout comes first, then what its go.mod and go.work name. A tree that is not there counts as that; what
    // lies in a known tree is read with that one.
    void add(const std::filesystem::path& folder);

    // Once, at the end: 64 hexadecimal digits. Error(usage) for what cannot be read or has no end, with the link that
    // leads there, and for more files than a checkout has; Error(environment) for what is wrong with the machine.
    [[nodiscard]] std::string finish();

private:
    struct Root {
        std::filesystem::path folder;  // canonical
        bool only_sources = false;
        std::string lead;  // what in the checkout leads there, "the link PATH"; empty: it is the checkout
    };
    void walk(const std::filesystem::path& folder, const std::string& name, bool only_sources);
    [[nodiscard]] std::vector<std::filesystem::path> entries_of(const std::filesystem::path& folder);
    void add_entry(const std::filesystem::path& path, const std::string& name, bool only_sources);
    void add_link(const std::filesystem::path& path, const std::string& name, bool only_sources);
    void add_tree(const std::filesystem::path& canonical, bool only_sources, const std::string& lead);
    [[nodiscard]] const Root* root_at(const std::filesystem::path& folder) const;  // null: it is none
    [[nodiscard]] bool is_known(const std::filesystem::path& canonical, bool only_sources) const;
    [[nodiscard]] bool is_read_by_itself(const std::filesystem::path& folder) const;
    void add_file(const std::filesystem::path& path, const std::string& name);
    [[nodiscard]] struct stat large_status(int fd, const std::filesystem::path& path) const;
    void note(const std::string& name, const std::string& what);
    [[noreturn]] void refuse(const std::filesystem::path& path, int error_number) const;
    [[noreturn]] void refuse(const std::string& what) const;
    [[noreturn]] void refuse_so_many() const;

    const Context& context_;
    Sha256 digest_;
    std::vector<Root> roots_;                    // in the order found; all of one may follow its sources alone
    std::map<std::string, std::size_t> latest_;  // of the roots with this path, the last one's number
    std::size_t walked_ = 0;                     // of the roots
    std::string lead_;                           // to what is read now
    std::size_t entries_ = 0;
    std::size_t most_entries_;
    std::vector<char> buffer_;
};

}  // namespace crib::component
