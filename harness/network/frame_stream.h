#pragma once
// Frames on a byte stream, as QEMU's socket netdev sends them: a 4-byte big-endian length, then the frame.

#include "harness/network/packet.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace crib::network {

// QEMU's own limit (NET_BUFSIZE): anything longer means that the stream is not what it should be.
constexpr std::size_t longest_frame = 4096 + 65536;

// Collects a stream and hands out its whole frames.
class FrameReader {
public:
    // Where the next bytes of the stream are to be written; at least one whole frame fits.
    std::span<std::uint8_t> room();

    // `count` bytes were written into room(). Calls `on_frame` for each whole frame; its bytes are good
    // during the call only. False: the stream is broken (a frame of an impossible length); end it.
    [[nodiscard]] bool take(std::size_t count, const std::function<void(Bytes frame)>& on_frame);

private:
    static constexpr std::size_t capacity = 256U << 10U;
    std::vector<std::uint8_t> buffer_;
    std::size_t filled_ = 0;
};

// What waits to be written to one port. Bounded: a frame that does not fit is refused.
class FrameQueue {
public:
    explicit FrameQueue(std::size_t limit) : limit_(limit) {}

    [[nodiscard]] bool push(Bytes frame);
    [[nodiscard]] Bytes waiting() const { return Bytes(data_).subspan(start_); }
    [[nodiscard]] bool empty() const { return start_ == data_.size(); }
    void written(std::size_t count);
    void clear();

private:
    std::vector<std::uint8_t> data_;
    std::size_t start_ = 0;
    std::size_t limit_;  // bytes
};

}  // namespace crib::network
