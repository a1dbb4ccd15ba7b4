#pragma once
// The files that split_memory reads and makes. Failures are Error(environment). Internal to hypervisor.

#include "harness/base/file.h"

#include <sys/uio.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace crib::hypervisor {

inline constexpr std::size_t kPage = 4096;

// The image, read from its beginning to its end through one piece of memory.
class Image {
public:
    static constexpr std::size_t kPiece = 4U << 20U;

    explicit Image(const std::filesystem::path& path);

    [[nodiscard]] std::uint64_t at() const { return end_at_ - left(); }
    [[nodiscard]] std::size_t left() const { return end_ - begin_; }  // of the piece

    // Of what is left, and no more than that; it stays where it is until refill().
    [[nodiscard]] std::string_view peek(std::size_t count) const { return {piece_.get() + begin_, count}; }
    std::string_view next(std::size_t count) {
        const auto bytes = peek(count);
        begin_ += count;
        return bytes;
    }

    // What is left and what comes after it, as much as a piece holds; less only at the image's end.
    void refill();

private:
    void give_back();

    std::filesystem::path path_;
    UniqueFd fd_;
    std::unique_ptr<char[]> piece_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    std::uint64_t end_at_ = 0;  // where in the image the piece ends
    std::uint64_t given_back_ = 0;
};

// A new file of mode 0600, removed with this object unless keep() was called.
class NewFile {
public:
    explicit NewFile(const std::filesystem::path& path);
    ~NewFile();
    NewFile(const NewFile&) = delete;
    NewFile& operator=(const NewFile&) = delete;

    void set_length(std::uint64_t length);
    void write(std::uint64_t offset, std::span<iovec> parts);  // changes the parts
    bool make_hole(std::uint64_t offset, std::size_t length);  // false when the file system cannot
    void keep() { kept_ = true; }

private:
    std::filesystem::path path_;
    UniqueFd fd_;
    bool kept_ = false;
};

// The machine's RAM. Pages that follow one another are written together.
class RamFile {
public:
    explicit RamFile(NewFile& file) : file_(file) {}

    [[nodiscard]] std::uint64_t length() const { return length_; }
    void set_length(std::uint64_t length);

    // `page` must stay where it is until flush().
    void add(std::uint64_t address, std::string_view page);

    // A page of this byte alone.
    void fill(std::uint64_t address, char byte);

    void flush();

private:
    [[nodiscard]] std::uint64_t run_end() const { return run_address_ + run_.size() * kPage; }

    NewFile& file_;
    std::uint64_t length_ = 0;
    std::vector<iovec> run_;
    std::uint64_t run_address_ = 0;
    std::uint64_t written_end_ = 0;
};

// The rest of the image, from its beginning to its end.
class RestFile {
public:
    explicit RestFile(NewFile& file) : file_(file) {}

    void append(std::string_view bytes);
    void flush();

private:
    NewFile& file_;
    std::string piece_;
    std::uint64_t written_ = 0;
};

}  // namespace crib::hypervisor
