#include "harness/checkpoint/memory_part.h"

#include "harness/base/error.h"
#include "harness/base/sha256.h"
#include "harness/checkpoint/entry.h"
#include "harness/checkpoint/file_io.h"
#include "harness/checkpoint/in_order.h"
#include "harness/checkpoint/memory_index.h"

#include <fmt/format.h>
#include <unistd.h>
#include <zstd.h>

#include <array>
#include <charconv>
#include <vector>

namespace crib::checkpoint {
namespace {

namespace fs = std::filesystem;

constexpr int kLevel = 1;
constexpr std::size_t kHole = 64U << 10U;  // zero runs shorter than this are written
constexpr std::string_view kMagic = "crib-mem";
constexpr std::size_t kFooter = 16;  // the magic and eight decimal digits: the index's length

using Compressor = std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)>;
using Decompressor = std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)>;

struct PackJob {
    const fs::path& raw;
    const fs::path& packed;
    int from;
    int to;
    std::uint64_t written;
    MemoryIndex& index;
    const std::vector<bool>& has_content;  // by piece
};

class Packer final : public PieceWorker {
public:
    explicit Packer(PackJob& job) : job_(job), raw_(kMemoryBlock), frame_(ZSTD_compressBound(kMemoryBlock)) {}

    void prepare(std::size_t index) override {
        piece_ = {};
        if (!job_.has_content[index]) return;
        const auto size = static_cast<std::size_t>(job_.index.raw_size(index));
        if (read_at(job_.from, index * kMemoryBlock, {raw_.data(), size}, job_.raw) != size) {
            throw Error(ErrorKind::environment, fmt::format("{} became shorter meanwhile", job_.raw.string()));
        }
        if (is_zero({raw_.data(), size})) return;
        piece_.packed = ZSTD_compressCCtx(tools_.get(), frame_.data(), frame_.size(), raw_.data(), size, kLevel);
        if (ZSTD_isError(piece_.packed) != 0) {
            throw Error(ErrorKind::internal, fmt::format("zstd: {}", ZSTD_getErrorName(piece_.packed)));
        }
        piece_.digest = sha256_hex({frame_.data(), piece_.packed});
    }

    void deliver(std::size_t) override {
        write_at(job_.to, job_.written, {frame_.data(), piece_.packed}, job_.packed);
        job_.written += piece_.packed;
        job_.index.pieces.push_back(piece_);
    }

private:
    PackJob& job_;
    Compressor tools_{ZSTD_createCCtx(), &ZSTD_freeCCtx};
    std::vector<char> raw_;
    std::vector<char> frame_;
    Piece piece_;
};

// Where an unpacked piece goes, beside others.
using Sink = std::function<void(std::uint64_t offset, std::string_view data)>;

struct UnpackJob {
    const fs::path& packed;
    int from;
    const MemoryIndex& index;
    const std::vector<std::uint64_t>& offsets;
    const Sink& sink;
};

class Unpacker final : public PieceWorker {
public:
    explicit Unpacker(const UnpackJob& job) : job_(job), raw_(job.index.piece_bytes) {}

    void prepare(std::size_t index) override {
        const std::string_view data{raw_.data(), static_cast<std::size_t>(job_.index.raw_size(index))};
        const auto& piece = job_.index.pieces[index];
        if (piece.packed == 0) return;
        frame_.resize(piece.packed);
        if (read_at(job_.from, job_.offsets[index], frame_, job_.packed) != frame_.size() ||
            sha256_hex({frame_.data(), frame_.size()}) != piece.digest) {
            throw Damage(fmt::format("piece {} is not what was saved", index));
        }
        const auto size = ZSTD_decompressDCtx(tools_.get(), raw_.data(), data.size(), frame_.data(), frame_.size());
        if (ZSTD_isError(size) != 0 || size != data.size()) {
            throw Damage(fmt::format("piece {} cannot be unpacked", index));
        }
        if (job_.sink) job_.sink(index * job_.index.piece_bytes, data);
    }

    void deliver(std::size_t) override {}

private:
    const UnpackJob& job_;
    Decompressor tools_{ZSTD_createDCtx(), &ZSTD_freeDCtx};
    std::vector<char> raw_;
    std::vector<char> frame_;
};

std::string footer(std::size_t index_bytes) {
    return fmt::format("{}{:08}", kMagic, index_bytes);
}

}  // namespace

PackedMemory pack_memory(const fs::path& raw, const fs::path& packed, const Context& context) {
    const auto from = open_to_read(raw);
    const auto to = create_file(packed);
    MemoryIndex index{size_of(from.get(), raw), kMemoryBlock, {}};
    std::vector<bool> has_content((index.raw_bytes + kMemoryBlock - 1) / kMemoryBlock);
    for (const auto& run : runs_of(from.get(), raw, context)) {
        const auto end = (run.offset + run.bytes + kMemoryBlock - 1) / kMemoryBlock;
        for (auto piece = run.offset / kMemoryBlock; piece < end; ++piece) has_content[piece] = true;
    }
    PackJob job{raw, packed, from.get(), to.get(), 0, index, has_content};
    in_order(has_content.size(), fmt::format("packing {}", raw.filename().string()), context,
             [&] { return std::make_unique<Packer>(job); });
    const auto text = to_text(index);
    write_at(to.get(), job.written, text + footer(text.size()), packed);
    sync_file(to.get(), packed);
    return {sha256_hex(text), job.written + text.size() + kFooter, index.raw_bytes};
}

struct MemoryReader::State {
    fs::path path;
    UniqueFd file;
    MemoryIndex index;
    std::vector<std::uint64_t> offsets;

    void read(const std::string& id) {
        const auto size = size_of(file.get(), path);
        std::array<char, kFooter> end{};
        if (size < kFooter || read_at(file.get(), size - kFooter, end, path) != kFooter) throw Damage("it is cut off");
        std::size_t length = 0;
        std::from_chars(end.data() + kMagic.size(), end.data() + kFooter, length);
        if (footer(length) != std::string_view(end.data(), kFooter) || length + kFooter > size) {
            throw Damage("the end of the memory image is not what was saved");
        }
        std::string text(length, '\0');
        const bool whole = read_at(file.get(), size - kFooter - length, text, path) == length;
        if (!whole || sha256_hex(text) != id) throw Damage("the index of the memory image is not what was saved");
        index = read_index(text);
        if (index.packed_bytes() + length + kFooter != size) throw Damage("the memory image is not as long as it was");
        std::uint64_t offset = 0;
        for (const auto& piece : index.pieces) {
            offsets.push_back(offset);
            offset += piece.packed;
        }
    }

    void unpack(const Sink& sink, const Context& context) const {
        const UnpackJob job{path, file.get(), index, offsets, sink};
        in_order(index.pieces.size(), "unpacking a memory image", context,
                 [&] { return std::make_unique<Unpacker>(job); });
    }
};

MemoryReader::MemoryReader(const fs::path& packed, const std::string& id, std::uint64_t raw_bytes)
    : state_(std::make_unique<State>()) {
    state_->path = packed;
    state_->file = open_part(packed);
    state_->read(id);
    if (state_->index.raw_bytes != raw_bytes) throw Damage("it is not as long as it was");
}

MemoryReader::~MemoryReader() = default;

void MemoryReader::unpack(int file, const fs::path& where, const Context& context) const {
    const auto name = where / "a memory image";
    const auto write = [&](std::uint64_t offset, std::string_view data) {
        for (std::size_t at = 0; at < data.size(); at += kHole) {
            const auto block = data.substr(at, kHole);
            if (!is_zero(block)) write_at(file, offset + at, block, name);
        }
    };
    state_->unpack(write, context);
}

MemoryRuns MemoryReader::runs() const {
    const auto& index = state_->index;
    MemoryRuns runs;
    for (std::size_t i = 0; i < index.pieces.size(); ++i) {
        if (index.pieces[i].packed > 0) add_block(runs, i * kMemoryBlock, index.raw_size(i));
    }
    return runs;
}

void MemoryReader::check(const Context& context) const {
    state_->unpack({}, context);
}

}  // namespace crib::checkpoint
