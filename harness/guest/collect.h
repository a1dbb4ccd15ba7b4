#pragma once
// Evidence from a node, fetched before anything is torn down. What cannot be had is told, never thrown.

#include "harness/guest/node.h"

#include <filesystem>
#include <string>
#include <vector>

namespace crib::guest {

struct Evidence {
    // What a script prints, streamed into folder/file.
    struct Output {
        std::string file;
        std::string script;
    };
    // A file of the node, as folder/file.
    struct Copy {
        std::string file;
        std::string remote;
    };
    std::vector<Output> outputs;
    std::vector<Copy> copies;
    std::size_t most_bytes = 64U << 20U;  // for one output; the rest is dropped
};

// journalctl of this boot: of the whole node when `unit` is empty.
[[nodiscard]] Evidence::Output journal(const std::string& file, const std::string& unit = {});

// The journal (journal.log), and crio.log and kubelet.log.
[[nodiscard]] Evidence usual_evidence();

// Fetches everything into `folder`, which is made. One line for each part that could not be had; once the
// node is out of reach the rest is not tried.
std::vector<std::string> collect(Node& node, const Evidence& evidence, const std::filesystem::path& folder,
                                 const Context& context) noexcept;

}  // namespace crib::guest
