#pragma once
// Stream: what a command says on one of its outputs: the end of it is kept, each line is passed on.

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace crib::ssh::detail {

class Stream {
public:
    using OnLine = std::function<void(std::string_view)>;
    Stream(std::size_t keep_bytes, OnLine on_line) : keep_bytes_(keep_bytes), on_line_(std::move(on_line)) {}

    void add(std::string_view data);
    void finish();  // passes on a last line that has no end
    [[nodiscard]] std::string take_kept();

private:
    void keep(std::string_view data);
    void pass_line(std::string_view line);

    std::size_t keep_bytes_;
    OnLine on_line_;
    std::string kept_;
    std::string partial_;
};

}  // namespace crib::ssh::detail
