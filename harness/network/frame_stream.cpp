#include "harness/network/frame_stream.h"

#include <algorithm>
#include <cstring>

namespace crib::network {

std::span<std::uint8_t> FrameReader::room() {
    if (buffer_.empty()) buffer_.resize(capacity);
    return std::span(buffer_).subspan(filled_);
}

bool FrameReader::take(std::size_t count, const std::function<void(Bytes frame)>& on_frame) {
    filled_ += count;
    const Bytes data = Bytes(buffer_).first(filled_);
    std::size_t at = 0;
    while (data.size() - at >= 4) {
        const std::size_t length = read32(data, at);
        if (length == 0 || length > longest_frame) return false;
        if (data.size() - at - 4 < length) break;
        if (length >= ethernet_header) on_frame(data.subspan(at + 4, length));
        at += 4 + length;
    }
    filled_ -= at;
    if (at != 0 && filled_ != 0) std::memmove(buffer_.data(), buffer_.data() + at, filled_);
    return true;
}

bool FrameQueue::push(Bytes frame) {
    if (data_.size() - start_ + 4 + frame.size() > limit_) return false;
    if (start_ > 0 && data_.size() + 4 + frame.size() > data_.capacity()) {
        data_.erase(data_.begin(), data_.begin() + static_cast<std::ptrdiff_t>(start_));
        start_ = 0;
    }
    const auto at = data_.size();
    data_.resize(at + 4 + frame.size());
    write32(data_, at, static_cast<std::uint32_t>(frame.size()));
    std::copy(frame.begin(), frame.end(), data_.begin() + static_cast<std::ptrdiff_t>(at + 4));
    return true;
}

void FrameQueue::written(std::size_t count) {
    start_ += count;
    if (empty()) clear();
}

void FrameQueue::clear() {
    data_.clear();
    start_ = 0;
}

}  // namespace crib::network
