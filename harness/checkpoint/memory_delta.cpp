#include "harness/checkpoint/memory_delta.h"

#include "harness/base/error.h"
#include "harness/base/text.h"
#include "harness/checkpoint/entry.h"
#include "harness/checkpoint/file_io.h"
#include "harness/checkpoint/in_order.h"
#include "harness/checkpoint/memory_index.h"
#include "harness/checkpoint/tree_digest.h"

#include <fmt/format.h>
#include <sys/mman.h>
#define ZSTD_STATIC_LINKING_ONLY  // for ZSTD_d_stableOutBuffer and skippable frames
#include <zstd.h>

#include <algorithm>
#include <bit>
#include <memory>
#include <vector>

namespace crib::checkpoint {
namespace {

namespace fs = std::filesystem;

constexpr int kLevel = 1;
constexpr int kLargestWindowLog = 31;  // what a 64-bit zstd can look back
constexpr std::size_t kPiece = 4U << 20U;
// Each looks through the whole other image when it is packed, and has a thread to itself when it is unpacked.
constexpr std::size_t kFrames = 2;
constexpr std::string_view kMagic = "crib-delta";
constexpr std::size_t kMostRuns = 10'000;  // of 65,530 mappings that a process may have
constexpr std::size_t kLongestHead = 1U << 20U;

struct Span {
    std::size_t begin = 0;
    std::size_t bytes = 0;
};

std::size_t require(std::size_t result) {
    if (ZSTD_isError(result) != 0) {
        throw Error(ErrorKind::internal, fmt::format("zstd: {}", ZSTD_getErrorName(result)));
    }
    return result;
}

std::string head_of(std::uint64_t raw_bytes, const MemoryRuns& runs) {
    auto text = fmt::format("{} {}\n", kMagic, raw_bytes);
    for (const auto& run : runs) text += fmt::format("{} {}\n", run.offset, run.bytes);
    std::string frame(text.size() + ZSTD_SKIPPABLEHEADERSIZE, '\0');
    frame.resize(require(ZSTD_writeSkippableFrame(frame.data(), frame.size(), text.data(), text.size(), 0)));
    return frame;
}

using Compressor = std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)>;

Compressor compressor(std::size_t bytes, const MemoryView& like) {
    Compressor tools(ZSTD_createCCtx(), &ZSTD_freeCCtx);
    const auto reach = std::bit_width(bytes + like.size());
    const auto set = [&](ZSTD_cParameter parameter, int value) {
        require(ZSTD_CCtx_setParameter(tools.get(), parameter, value));
    };
    set(ZSTD_c_compressionLevel, kLevel);
    set(ZSTD_c_enableLongDistanceMatching, 1);
    set(ZSTD_c_windowLog, std::clamp(static_cast<int>(reach), 20, kLargestWindowLog));
    set(ZSTD_c_checksumFlag, 1);
    require(ZSTD_CCtx_setPledgedSrcSize(tools.get(), bytes));
    require(ZSTD_CCtx_refPrefix(tools.get(), like.data(), like.size()));
    return tools;
}

std::vector<Span> spans_of(std::size_t bytes) {
    std::vector<Span> spans;
    for (std::size_t i = 0; i < kFrames; ++i) {
        const auto begin = bytes * i / kFrames;
        const auto end = bytes * (i + 1) / kFrames;
        if (end > begin) spans.push_back({begin, end - begin});
    }
    return spans;
}

struct PackJob {
    const MemoryView& raw;
    const MemoryView& like;
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
        const auto tools = compressor(span.bytes, job_.like);
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

// A file as it lies there.
MemoryRuns whole(int fd, const fs::path& path) {
    const auto bytes = size_of(fd, path);
    return bytes == 0 ? MemoryRuns{} : MemoryRuns{{0, bytes}};
}

struct Frame {
    Span packed;
    Span raw;
};

std::vector<Frame> frames_of(const MemoryView& packed, std::size_t head, std::uint64_t bytes) {
    std::vector<Frame> frames;
    std::size_t raw = 0;
    for (auto at = head; at < packed.size();) {
        const auto length = ZSTD_findFrameCompressedSize(packed.data() + at, packed.size() - at);
        const auto content = ZSTD_getFrameContentSize(packed.data() + at, packed.size() - at);
        if (ZSTD_isError(length) != 0 || content > bytes - raw) throw Damage("its memory cannot be unpacked");
        frames.push_back({{at, length}, {raw, content}});
        at += length;
        raw += content;
    }
    if (raw != bytes) throw Damage("its memory is not as long as it was");
    return frames;
}

using Decompressor = std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)>;

// One that writes into the content itself and looks back there, instead of keeping a window of a gigabyte beside it.
Decompressor decompressor(const MemoryView& like) {
    Decompressor tools(ZSTD_createDCtx(), &ZSTD_freeDCtx);
    require(ZSTD_DCtx_setParameter(tools.get(), ZSTD_d_windowLogMax, kLargestWindowLog));
    require(ZSTD_DCtx_setParameter(tools.get(), ZSTD_d_stableOutBuffer, 1));
    require(ZSTD_DCtx_refPrefix(tools.get(), like.data(), like.size()));
    return tools;
}

struct UnpackJob {
    const MemoryView& packed;
    const MemoryView& content;
    const MemoryView& like;
    const std::vector<Frame>& frames;
};

class DeltaUnpacker final : public PieceWorker {
public:
    DeltaUnpacker(const UnpackJob& job, const Context& context) : job_(job), context_(context) {}

    void prepare(std::size_t index) override {
        const auto& frame = job_.frames[index];
        const auto tools = decompressor(job_.like);
        ZSTD_inBuffer in{job_.packed.data() + frame.packed.begin, 0, 0};
        ZSTD_outBuffer out{job_.content.data() + frame.raw.begin, frame.raw.bytes, 0};
        for (std::size_t left = 1; left > 0;) {
            context_.throw_if_done("unpacking a memory image");
            if (in.pos == in.size) {
                if (in.size == frame.packed.bytes) throw Damage("its memory cannot be unpacked");
                in.size = std::min(frame.packed.bytes, in.size + kPiece);
            }
            left = ZSTD_decompressStream(tools.get(), &out, &in);
            if (ZSTD_isError(left) != 0) throw Damage("its memory cannot be unpacked");
        }
        if (out.pos != frame.raw.bytes || in.pos != frame.packed.bytes) throw Damage("its memory cannot be unpacked");
    }

    void deliver(std::size_t) override {}

private:
    const UnpackJob& job_;
    const Context& context_;
};

// Whole blocks, in their order, within the image: what a view can be made of.
MemoryRuns read_runs(const std::vector<std::string>& lines, std::uint64_t raw_bytes) {
    MemoryRuns runs;
    std::uint64_t end = 0;
    for (std::size_t i = 1; i < lines.size(); ++i) {
        const auto words = split(lines[i], ' ');
        if (words.size() != 2) throw Damage("its list of runs is not one");
        const MemoryRun run{read_number(words[0]), read_number(words[1])};
        const bool fits = run.offset >= end && run.offset <= raw_bytes && run.bytes > 0 &&
                          run.bytes <= raw_bytes - run.offset && run.offset % kMemoryBlock == 0;
        end = fits ? run.offset + run.bytes : 0;
        if (!fits || (run.bytes % kMemoryBlock != 0 && end != raw_bytes)) throw Damage("its runs do not fit its size");
        runs.push_back(run);
    }
    if (runs.size() > kMostRuns) throw Damage("it has too many runs");
    return runs;
}

}  // namespace

bool can_be_delta(const fs::path& raw, const fs::path& like, const Context& context) {
    const auto runs = [&](const fs::path& path) { return runs_of(open_to_read(path).get(), path, context); };
    const auto others = runs(like);
    const auto reach = bytes_of(others);
    return reach > 0 && reach < (1ULL << kLargestWindowLog) && others.size() <= kMostRuns &&
           runs(raw).size() <= kMostRuns;
}

PackedMemory pack_delta(const fs::path& raw, const fs::path& like, const fs::path& packed, const Context& context) {
    const auto from = open_to_write(raw);
    const auto other = open_to_write(like);
    const auto runs = runs_of(from.get(), raw, context);
    const auto others = runs_of(other.get(), like, context);
    // Reading a small hole of a full tmpfs would end this process.
    for (const auto& run : runs) allocate(from.get(), run.offset, run.bytes, raw);
    for (const auto& run : others) allocate(other.get(), run.offset, run.bytes, like);
    const MemoryView content(from.get(), runs, PROT_READ);
    const MemoryView prefix(other.get(), others, PROT_READ);
    const auto to = create_file(packed);
    const auto raw_bytes = size_of(from.get(), raw);
    const auto head = head_of(raw_bytes, runs);
    write_at(to.get(), 0, head, packed);
    const auto spans = spans_of(content.size());
    PackJob job{content, prefix, spans, to.get(), packed, head.size()};
    in_order(spans.size(), fmt::format("packing {}", raw.filename().string()), context,
             [&] { return std::make_unique<DeltaPacker>(job, context); });
    sync_file(to.get(), packed);
    return {tree_digest(packed, context), job.written, raw_bytes};
}

DeltaReader::DeltaReader(const fs::path& packed, const std::string& id, std::uint64_t raw_bytes, const Context& context)
    : path_(packed) {
    file_ = open_part(packed);
    if (tree_digest(packed, context) != id) throw Damage("its memory is not what was saved");
    read_head(raw_bytes);
}

void DeltaReader::read_head(std::uint64_t raw_bytes) {
    std::string begin(kLongestHead + ZSTD_SKIPPABLEHEADERSIZE, '\0');
    begin.resize(read_at(file_.get(), 0, begin, path_));
    std::string text(begin.size(), '\0');
    unsigned kind = 0;
    const auto length =
        begin.empty() ? 0 : ZSTD_readSkippableFrame(text.data(), text.size(), &kind, begin.data(), begin.size());
    if (length == 0 || ZSTD_isError(length) != 0) throw Damage("it is not a memory image of this format");
    head_ = length + ZSTD_SKIPPABLEHEADERSIZE;
    text.resize(length);
    const auto lines = split_lines(text);
    const auto words = split(lines.empty() ? "" : lines[0], ' ');
    if (words.size() != 2 || words[0] != kMagic) throw Damage("it is not a memory image of this format");
    if (read_number(words[1]) != raw_bytes) throw Damage("its memory is not as long as it was");
    runs_ = read_runs(lines, raw_bytes);
}

void DeltaReader::make_room(int file, const fs::path& where) const {
    // As much as its frames fill, and no more: that is said by whoever made them.
    const MemoryView packed(file_.get(), whole(file_.get(), path_), PROT_READ);
    (void)frames_of(packed, head_, bytes_of(runs_));
    for (const auto& run : runs_) allocate(file, run.offset, run.bytes, where / "a memory image");
}

void DeltaReader::unpack(int file, int like, const MemoryRuns& like_runs, const Context& context) const {
    const MemoryView packed(file_.get(), whole(file_.get(), path_), PROT_READ);
    const auto frames = frames_of(packed, head_, bytes_of(runs_));
    const MemoryView prefix(like, like_runs, PROT_READ);
    const MemoryView content(file, runs_, PROT_READ | PROT_WRITE);
    const UnpackJob job{packed, content, prefix, frames};
    in_order(frames.size(), "unpacking a memory image", context,
             [&] { return std::make_unique<DeltaUnpacker>(job, context); });
}

}  // namespace crib::checkpoint
