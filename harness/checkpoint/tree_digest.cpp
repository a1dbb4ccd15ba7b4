#include "harness/checkpoint/tree_digest.h"

#include "harness/base/sha256.h"
#include "harness/checkpoint/file_io.h"
#include "harness/checkpoint/in_order.h"

#include <fmt/format.h>
#include <vector>

namespace crib::checkpoint {
namespace {

constexpr std::size_t kPiece = 4U << 20U;

class Reader final : public PieceWorker {
public:
    Reader(int fd, const std::filesystem::path& file, std::string& list)
        : fd_(fd), file_(file), list_(list), buffer_(kPiece) {}

    void prepare(std::size_t index) override {
        const auto size = read_at(fd_, index * kPiece, buffer_, file_);
        digest_ = sha256_hex({buffer_.data(), size});
    }
    void deliver(std::size_t) override { list_ += digest_ + "\n"; }

private:
    int fd_;
    const std::filesystem::path& file_;
    std::string& list_;
    std::vector<char> buffer_;
    std::string digest_;
};

}  // namespace

std::string tree_digest(const std::filesystem::path& file, const Context& context) {
    const auto fd = open_to_read(file);
    const auto size = size_of(fd.get(), file);
    auto list = fmt::format("{} {}\n", size, kPiece);
    in_order((size + kPiece - 1) / kPiece, fmt::format("reading {}", file.filename().string()), context,
             [&] { return std::make_unique<Reader>(fd.get(), file, list); });
    return sha256_hex(list);
}

}  // namespace crib::checkpoint
