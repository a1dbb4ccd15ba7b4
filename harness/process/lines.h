#pragma once
// LineSink: cuts a stream into lines for a callback and keeps the stream's end.

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace crib::process {

class LineSink {
public:
    LineSink(std::function<void(std::string_view)> on_line, std::size_t keep_bytes)
        : on_line_(std::move(on_line)), keep_bytes_(keep_bytes) {}

    void add(std::string_view data);

    // The stream has ended: gives the last line when it had no newline, and returns the kept end.
    std::string finish();

private:
    std::function<void(std::string_view)> on_line_;
    std::size_t keep_bytes_;
    std::string kept_;
    std::string line_;
};

}  // namespace crib::process
