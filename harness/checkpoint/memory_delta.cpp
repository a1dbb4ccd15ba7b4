#include "harness/checkpoint/memory_delta.h"

#include "harness/base/error.h"
#include "harness/checkpoint/entry.h"
#include "harness/checkpoint/file_io.h"
#include "harness/checkpoint/in_order.h"
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
#include <mutex>
#include <vector>

namespace crib::checkpoint {
namespace {

namespace fs = std::filesystem;

constexpr int kLevel = 1;
constexpr int kLargestWindowLog = 31;  // what a 64-bit zstd can look back
constexpr std::size_t kPiece = 4U << 20U;
constexpr std::size_t kBite = 128U << 10U;  // of what is packed: a megabyte or more unpacked
// More than libvirt reads before it starts QEMU: its header and the machine's description, filled up to a megabyte.
constexpr std::size_t kBeginning = (1U << 20U) + (64U << 10U);
// Each looks through the whole other image when it is packed, and has a thread to itself when it is unpacked.
constexpr std::size_t kFramesAfterIt = 2;

struct Span {
    std::size_t begin = 0;
    std::size_t bytes = 0;
};

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

Compressor compressor(std::size_t bytes, const Mapping* like) {
    Compressor tools(ZSTD_createCCtx(), &ZSTD_freeCCtx);
    const auto reach = std::bit_width(bytes + (like != nullptr ? like->size() : 0));
    const auto set = [&](ZSTD_cParameter parameter, int value) {
        require(ZSTD_CCtx_setParameter(tools.get(), parameter, value));
    };
    set(ZSTD_c_compressionLevel, kLevel);
    set(ZSTD_c_enableLongDistanceMatching, 1);
    set(ZSTD_c_windowLog, std::clamp(static_cast<int>(reach), 20, kLargestWindowLog));
    set(ZSTD_c_checksumFlag, 1);
    require(ZSTD_CCtx_setPledgedSrcSize(tools.get(), bytes));
    if (like != nullptr) require(ZSTD_CCtx_refPrefix(tools.get(), like->data(), like->size()));
    return tools;
}

std::vector<Span> spans_of(std::size_t bytes) {
    std::vector<Span> spans{{0, std::min(bytes, kBeginning)}};
    const auto rest = bytes - spans[0].bytes;
    for (std::size_t i = 0; i < kFramesAfterIt; ++i) {
        const auto begin = spans[0].bytes + rest * i / kFramesAfterIt;
        const auto end = spans[0].bytes + rest * (i + 1) / kFramesAfterIt;
        if (end > begin) spans.push_back({begin, end - begin});
    }
    return spans;
}

struct PackJob {
    const Mapping& raw;
    const Mapping& like;
    const std::vector<Span>& spans;
    int to;
    const fs::path& packed;
    std::uint64_t written;
};

// One frame in memory, then into the file behind those before it.
class DeltaPacker final : public PieceWorker {
public:
    DeltaPacker(PackJob& job, const Context& context) : job_(job), context_(context) {}

    void prepare(std::size_t index) override {
        const auto& span = job_.spans[index];
        const auto tools = compressor(span.bytes, index == 0 ? nullptr : &job_.like);
        frame_.clear();
        ZSTD_inBuffer in{job_.raw.data() + span.begin, 0, 0};
        for (std::size_t left = 1; left > 0 || in.pos < span.bytes;) {
            context_.throw_if_done("packing a memory image");
            if (in.pos == in.size) in.size = std::min(span.bytes, in.size + kPiece);
            const auto room = frame_.size();
            frame_.resize(room + ZSTD_CStreamOutSize());
            ZSTD_outBuffer out{frame_.data() + room, ZSTD_CStreamOutSize(), 0};
            left = ZSTD_compressStream2(tools.get(), &out, &in, in.size == span.bytes ? ZSTD_e_end : ZSTD_e_continue);
            require(left);
            frame_.resize(room + out.pos);
        }
    }

    void deliver(std::size_t) override {
        write_at(job_.to, job_.written, {frame_.data(), frame_.size()}, job_.packed);
        job_.written += frame_.size();
    }

private:
    PackJob& job_;
    const Context& context_;
    std::vector<char> frame_;
};

// Blocks are there before the mapping is written to: a full disk is an error then, not a signal.
void allocate(const DeltaReader::Target& target, const Span& span) {
    const int problem = span.bytes == 0 ? 0
                                        : ::posix_fallocate(target.file, static_cast<off_t>(span.begin),
                                                            static_cast<off_t>(span.bytes));
    if (problem == 0) return;
    if (problem == ENOSPC) throw_disk_full("writing a memory image", target.where);
    throw Error(ErrorKind::environment,
                fmt::format("cannot write a memory image in {}: {}", target.where.string(), std::strerror(problem)));
}

struct Frame {
    Span packed;
    Span raw;
};

std::vector<Frame> frames_of(const Mapping& packed, std::uint64_t raw_bytes) {
    std::vector<Frame> frames;
    std::size_t at = 0;
    std::size_t raw = 0;
    while (at < packed.size()) {
        const auto length = ZSTD_findFrameCompressedSize(packed.data() + at, packed.size() - at);
        const auto content = ZSTD_getFrameContentSize(packed.data() + at, packed.size() - at);
        if (ZSTD_isError(length) != 0 || content > raw_bytes - raw) throw Damage("its memory cannot be unpacked");
        frames.push_back({{at, length}, {raw, content}});
        at += length;
        raw += content;
    }
    if (frames.empty() || raw != raw_bytes) throw Damage("its memory is not as long as it was");
    return frames;
}

// How much of the whole is there, counted from its begin, while frames are unpacked side by side.
class Growth {
public:
    Growth(const std::vector<Frame>& frames, std::size_t known, const MemoryReader::Grown& grown)
        : frames_(frames), done_(frames.size()), grown_(grown) {
        for (std::size_t i = 0; i < known; ++i) done_[i] = frames[i].raw.bytes;
    }

    void at(std::size_t frame, std::size_t bytes) {
        const std::lock_guard guard(mutex_);
        done_[frame] = bytes;
        std::uint64_t there = 0;
        for (std::size_t i = 0; i < frames_.size(); ++i) {
            there += done_[i];
            if (done_[i] < frames_[i].raw.bytes) break;
        }
        if (grown_) grown_(there);
    }

private:
    const std::vector<Frame>& frames_;
    std::mutex mutex_;
    std::vector<std::size_t> done_;
    const MemoryReader::Grown& grown_;
};

using Decompressor = std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)>;

// One that writes into the content itself and looks back there, instead of keeping a window of a gigabyte beside it.
Decompressor decompressor(const Mapping* like) {
    Decompressor tools(ZSTD_createDCtx(), &ZSTD_freeDCtx);
    require(ZSTD_DCtx_setParameter(tools.get(), ZSTD_d_windowLogMax, kLargestWindowLog));
    require(ZSTD_DCtx_setParameter(tools.get(), ZSTD_d_stableOutBuffer, 1));
    if (like != nullptr) require(ZSTD_DCtx_refPrefix(tools.get(), like->data(), like->size()));
    return tools;
}

struct UnpackJob {
    const Mapping& packed;
    const Mapping& content;
    const std::vector<Frame>& frames;
    Growth& growth;
    const Context& context;
};

// Bite by bite, so that what is there already can be used.
void decompress(const UnpackJob& job, std::size_t index, const Mapping* like) {
    const auto& frame = job.frames[index];
    const auto tools = decompressor(like);
    ZSTD_inBuffer in{job.packed.data() + frame.packed.begin, 0, 0};
    ZSTD_outBuffer out{job.content.data() + frame.raw.begin, frame.raw.bytes, 0};
    for (std::size_t left = 1; left > 0;) {
        job.context.throw_if_done("unpacking a memory image");
        if (in.pos == in.size) {
            if (in.size == frame.packed.bytes) throw Damage("its memory cannot be unpacked");
            in.size = std::min(frame.packed.bytes, in.size + kBite);
        }
        left = ZSTD_decompressStream(tools.get(), &out, &in);
        if (ZSTD_isError(left) != 0) throw Damage("its memory cannot be unpacked");
        job.growth.at(index, out.pos);
    }
    if (out.pos != frame.raw.bytes || in.pos != frame.packed.bytes) throw Damage("its memory cannot be unpacked");
}

class DeltaUnpacker final : public PieceWorker {
public:
    DeltaUnpacker(const UnpackJob& job, std::size_t first, const Mapping& like)
        : job_(job), first_(first), like_(like) {}

    void prepare(std::size_t index) override { decompress(job_, first_ + index, &like_); }
    void deliver(std::size_t) override {}

private:
    const UnpackJob& job_;
    std::size_t first_;
    const Mapping& like_;
};

// Frames that stand for themselves. A single one, of format 1, does not.
std::size_t beginning_of(const std::vector<Frame>& frames) {
    return frames.size() > 1 ? 1 : 0;
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
    const auto spans = spans_of(content.size());
    PackJob job{content, prefix, spans, to.get(), packed, 0};
    in_order(spans.size(), fmt::format("packing {}", raw.filename().string()), context,
             [&] { return std::make_unique<DeltaPacker>(job, context); });
    sync_file(to.get(), packed);
    return {tree_digest(packed, context), job.written, content.size()};
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

void DeltaReader::unpack_beginning(const Target& target, const Context& context) const {
    const Mapping packed(file_.get(), size_of(file_.get(), packed_), PROT_READ);
    const auto frames = frames_of(packed, target.bytes);
    if (::ftruncate(target.file, static_cast<off_t>(target.bytes)) != 0) {
        throw_disk_full("writing a memory image", target.where);
    }
    if (beginning_of(frames) == 0) return;
    allocate(target, frames[0].raw);
    const Mapping content(target.file, frames[0].raw.bytes, PROT_READ | PROT_WRITE);
    Growth growth(frames, 0, target.grown);
    decompress({packed, content, frames, growth, context}, 0, nullptr);
    allocate(target, {0, target.bytes});  // while the other image is unpacked
}

void DeltaReader::unpack_rest(const Target& target, int like, const Context& context) const {
    const Mapping packed(file_.get(), size_of(file_.get(), packed_), PROT_READ);
    const auto frames = frames_of(packed, target.bytes);
    const auto first = beginning_of(frames);
    const Mapping prefix(like, size_of(like, "the other memory image"), PROT_READ);
    if (first == 0) allocate(target, {0, target.bytes});
    const Mapping content(target.file, target.bytes, PROT_READ | PROT_WRITE);
    Growth growth(frames, first, target.grown);
    const UnpackJob job{packed, content, frames, growth, context};
    in_order(frames.size() - first, "unpacking a memory image", context,
             [&] { return std::make_unique<DeltaUnpacker>(job, first, prefix); });
}

}  // namespace crib::checkpoint
