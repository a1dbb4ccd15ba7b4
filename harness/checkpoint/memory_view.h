#pragma once
// A memory image without its holes: the megabytes of it that have anything in them, one behind the other. Internal to
// checkpoint.
//
// Most of what a node does not use lies together: a few dozen runs hold all that is not zero, and a twentieth more.

#include "harness/base/context.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <vector>

namespace crib::checkpoint {

constexpr std::size_t kMemoryBlock = 1U << 20U;

// Whole blocks of an image, but for the image's last one.
struct MemoryRun {
    std::uint64_t offset = 0;
    std::uint64_t bytes = 0;

    bool operator==(const MemoryRun&) const = default;
};
using MemoryRuns = std::vector<MemoryRun>;  // in their order, with holes between them

[[nodiscard]] std::uint64_t bytes_of(const MemoryRuns& runs);

// Adds a block to the runs' end.
void add_block(MemoryRuns& runs, std::uint64_t offset, std::uint64_t bytes);

// The blocks of a file that are not all zero; its holes are not read.
[[nodiscard]] MemoryRuns runs_of(int fd, const std::filesystem::path& path, const Context& context);

// Runs of a file, mapped so that they look like one. Shared: what is written goes into the file.
class MemoryView {
public:
    // The file is long enough for its runs. Error(environment).
    MemoryView(int fd, const MemoryRuns& runs, int protection);
    ~MemoryView();
    MemoryView(const MemoryView&) = delete;
    MemoryView& operator=(const MemoryView&) = delete;

    [[nodiscard]] char* data() const { return static_cast<char*>(data_); }
    [[nodiscard]] std::size_t size() const { return size_; }

private:
    std::size_t size_;
    void* data_ = nullptr;
};

}  // namespace crib::checkpoint
