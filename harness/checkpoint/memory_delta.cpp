#include "harness/checkpoint/memory_delta.h"

#include "harness/base/error.h"
#include "harness/checkpoint/entry.h"
#include "harness/checkpoint/file_io.h"
#include "harness/checkpoint/tree_digest.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>
#define ZSTD_STATIC_LINKING_ONLY  // for ZSTD_d_stableOutBuffer
#include <zstd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <memory>
#include <vector>

namespace crib::checkpoint {
namespace {

namespace fs = std::filesystem;

constexpr int kLevel = 1;
constexpr int kLargestWindowLog = 31;  // what a 64-bit zstd can look back
constexpr std::size_t kPiece = 4U << 20U;
constexpr std::size_t kBite = 128U << 10U;  // of what is packed: a megabyte or more unpacked

class Mapping {
public:
    Mapping(int fd, std::size_t size, int protection) : size_(size) {
        if (size == 0) return;
        data_ = ::mmap(nullptr, size, protection, MAP_SHARED, fd, 0);
        if (data_ == MAP_FAILED) {
            throw Error(ErrorKind::environment, fmt::format("cannot map a memory image: {}", std::strerror(errno)));
        }
    }
    ~Mapping() {
        if (size_ > 0) ::munmap(data_, size_);
    }
    Mapping(const Mapping&) = delete;
    Mapping& operator=(const Mapping&) = delete;

    [[nodiscard]] char* data() const { return static_cast<char*>(data_); }
    [[nodiscard]] std::size_t size() const { return size_; }

private:
    std::size_t size_;
    void* data_ = nullptr;
};

void require(std::size_t result) {
    if (ZSTD_isError(result) != 0) {
        throw Error(ErrorKind::internal, fmt::format("zstd: {}", ZSTD_getErrorName(result)));
    }
}

using Compressor = std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)>;

Compressor compressor(const Mapping& raw, const Mapping& like) {
    Compressor tools(ZSTD_createCCtx(), &ZSTD_freeCCtx);
    const auto reach = std::bit_width(raw.size() + like.size());
    const auto set = [&](ZSTD_cParameter parameter, int value) {
        require(ZSTD_CCtx_setParameter(tools.get(), parameter, value));
    };
    set(ZSTD_c_compressionLevel, kLevel);
    set(ZSTD_c_enableLongDistanceMatching, 1);
    set(ZSTD_c_windowLog, std::clamp(static_cast<int>(reach), 20, kLargestWindowLog));
    set(ZSTD_c_checksumFlag, 1);
    require(ZSTD_CCtx_setPledgedSrcSize(tools.get(), raw.size()));
    require(ZSTD_CCtx_refPrefix(tools.get(), like.data(), like.size()));
    return tools;
}

// The frame of `raw`, piece by piece into the file; returns its length.
std::uint64_t compress(ZSTD_CCtx* tools, const Mapping& raw, int to, const fs::path& packed, const Context& context) {
    std::vector<char> out(ZSTD_CStreamOutSize());
    std::uint64_t written = 0;
    ZSTD_inBuffer in{raw.data(), 0, 0};
    for (std::size_t left = 1; left > 0 || in.pos < raw.size();) {
        context.throw_if_done("packing a memory image");
        if (in.pos == in.size) in.size = std::min(raw.size(), in.size + kPiece);
        ZSTD_outBuffer piece{out.data(), out.size(), 0};
        left = ZSTD_compressStream2(tools, &piece, &in, in.size == raw.size() ? ZSTD_e_end : ZSTD_e_continue);
        require(left);
        write_at(to, written, {out.data(), piece.pos}, packed);
        written += piece.pos;
    }
    return written;
}

// Blocks are there before the mapping is written to: a full disk is an error then, not a signal.
void allocate(int fd, std::uint64_t bytes, const fs::path& where) {
    const int problem = bytes == 0 ? 0 : ::posix_fallocate(fd, 0, static_cast<off_t>(bytes));
    if (problem == 0) return;
    if (problem == ENOSPC) throw_disk_full("writing a memory image", where);
    throw Error(ErrorKind::environment,
                fmt::format("cannot write a memory image in {}: {}", where.string(), std::strerror(problem)));
}

using Decompressor = std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)>;

// One that writes into the content itself and looks back there, instead of keeping a window of a gigabyte beside it.
Decompressor decompressor(const Mapping& like) {
    Decompressor tools(ZSTD_createDCtx(), &ZSTD_freeDCtx);
    require(ZSTD_DCtx_setParameter(tools.get(), ZSTD_d_windowLogMax, kLargestWindowLog));
    require(ZSTD_DCtx_setParameter(tools.get(), ZSTD_d_stableOutBuffer, 1));
    require(ZSTD_DCtx_refPrefix(tools.get(), like.data(), like.size()));
    return tools;
}

// Bite by bite, so that what is there already can be used.
void decompress(ZSTD_DCtx* tools, const Mapping& frame, const Mapping& content, const MemoryReader::Grown& grown,
                const Context& context) {
    ZSTD_inBuffer in{frame.data(), 0, 0};
    ZSTD_outBuffer out{content.data(), content.size(), 0};
    for (std::size_t left = 1; left > 0;) {
        context.throw_if_done("unpacking a memory image");
        if (in.pos == in.size) {
            if (in.size == frame.size()) throw Damage("its memory cannot be unpacked");
            in.size = std::min(frame.size(), in.size + kBite);
        }
        left = ZSTD_decompressStream(tools, &out, &in);
        if (ZSTD_isError(left) != 0) throw Damage("its memory cannot be unpacked");
        if (grown) grown(out.pos);
    }
    if (out.pos != content.size() || in.pos != frame.size()) throw Damage("its memory cannot be unpacked");
}

}  // namespace

bool can_be_delta(const fs::path& raw, const fs::path& like) {
    std::error_code problem;
    const auto reach = fs::file_size(like, problem);
    return !problem && reach > 0 && reach < (1ULL << kLargestWindowLog) && fs::file_size(raw, problem) > 0 && !problem;
}

PackedMemory pack_delta(const fs::path& raw, const fs::path& like, const fs::path& packed, const Context& context) {
    const auto from = open_to_read(raw);
    const auto other = open_to_read(like);
    const Mapping content(from.get(), size_of(from.get(), raw), PROT_READ);
    const Mapping prefix(other.get(), size_of(other.get(), like), PROT_READ);
    const auto to = create_file(packed);
    const auto tools = compressor(content, prefix);
    const auto bytes = compress(tools.get(), content, to.get(), packed, context);
    sync_file(to.get(), packed);
    return {tree_digest(packed, context), bytes, content.size()};
}

DeltaReader::DeltaReader(fs::path packed, const std::string& id, const Context& context) : packed_(std::move(packed)) {
    try {
        if (tree_digest(packed_, context) != id) throw Damage("its memory is not what was saved");
        file_ = open_to_read(packed_);
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::environment) throw;
        throw Damage(error.what());
    }
}

void DeltaReader::unpack_into(int raw, std::uint64_t raw_bytes, int like, const fs::path& where,
                              const MemoryReader::Grown& grown, const Context& context) const {
    const Mapping frame(file_.get(), size_of(file_.get(), packed_), PROT_READ);
    const Mapping prefix(like, size_of(like, "the other memory image"), PROT_READ);
    allocate(raw, raw_bytes, where);
    const Mapping content(raw, raw_bytes, PROT_READ | PROT_WRITE);
    decompress(decompressor(prefix).get(), frame, content, grown, context);
}

}  // namespace crib::checkpoint
