// Lease::State: unpacking memory, some of which needs another node's to be unpacked first. Several threads may ask for
// several nodes' at once, in any order: what one of them unpacks is there for all.

#include "harness/base/text.h"
#include "harness/checkpoint/file_io.h"
#include "harness/checkpoint/in_order.h"
#include "harness/checkpoint/lease_state.h"
#include "harness/checkpoint/memory_delta.h"
#include "harness/checkpoint/memory_part.h"

#include <unistd.h>

#include <algorithm>
#include <vector>

namespace crib::checkpoint {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPiece = 1U << 20U;

// A raw image into a pipe.
class Copier final : public PieceWorker {
public:
    Copier(int from, const fs::path& path, int to, const Context& context)
        : from_(from), path_(path), to_(to), context_(context), buffer_(kPiece) {}

    void prepare(std::size_t index) override { size_ = read_at(from_, index * kPiece, buffer_, path_); }
    void deliver(std::size_t) override {
        write_stream(to_, {buffer_.data(), size_}, "giving memory to the machine", context_);
    }

private:
    int from_;
    const fs::path& path_;
    int to_;
    const Context& context_;
    std::vector<char> buffer_;
    std::size_t size_ = 0;
};

}  // namespace

RawFile::~RawFile() {
    if (!temporary.empty()) ::unlink(temporary.c_str());
}

void Lease::State::unpack(const Part& part, const fs::path& to, const Context& context) {
    if (part.like.empty()) {
        unpack_whole(part, to, context);
    } else {
        unpack_like(part, to, context);
    }
}

void Lease::State::unpack(const Part& part, int fd, const Context& context) {
    if (part.like.empty()) {
        try {
            MemoryReader(shop->part(part.id), part.id).unpack(fd, context);
        } catch (const Damage& damage) {
            damaged(part, damage.what());
        }
        return;
    }
    const TempFolder folder(fs::temp_directory_path(), "crib-memory");
    const auto raw = folder.path() / "raw";
    unpack_like(part, raw, context);
    const auto from = open_to_read(raw);
    const NonBlocking guard(fd);
    in_order((part.raw_bytes + kPiece - 1) / kPiece, "giving memory to the machine", context,
             [&] { return std::make_unique<Copier>(from.get(), raw, fd, context); });
}

bool Lease::State::is_needed(const std::string& name) const {
    return std::any_of(entry.parts.begin(), entry.parts.end(), [&](const Part& other) {
        return other.kind == Part::Kind::memory && other.like == name && !done_.contains(other.name);
    });
}

// The image if somebody has unpacked it; else nothing, and whoever asked is the one to unpack it.
std::shared_ptr<RawFile> Lease::State::find_raw(const std::string& name, const Context& context) {
    for (;;) {
        {
            const std::lock_guard guard(raw_mutex_);
            if (const auto found = raws_.find(name); found != raws_.end()) return found->second;
            if (at_work_.insert(name).second) return nullptr;
        }
        context.throw_if_done("waiting for the memory of " + name);
        context.sleep(std::chrono::milliseconds{5});
    }
}

std::shared_ptr<RawFile> Lease::State::make_raw(const Part& part, const fs::path& to, bool is_temporary,
                                                const Context& context) {
    const auto end_work = [&](const std::shared_ptr<RawFile>& raw) {
        const std::lock_guard guard(raw_mutex_);
        at_work_.erase(part.name);
        if (raw && is_needed(part.name)) raws_[part.name] = raw;
    };
    try {
        MemoryReader(shop->part(part.id), part.id).unpack(to, context);
        auto raw = std::make_shared<RawFile>();
        raw->fd = open_to_read(to);
        if (is_temporary) raw->temporary = to;
        end_work(raw);
        return raw;
    } catch (const Damage& found) {
        end_work(nullptr);
        damaged(part, found.what());
    } catch (...) {
        end_work(nullptr);
        throw;
    }
}

void Lease::State::unpack_whole(const Part& part, const fs::path& to, const Context& context) {
    const auto raw = find_raw(part.name, context);
    // Somebody who needed it unpacked it for himself: the same file serves, unless it is on another disk.
    if (raw && !raw->temporary.empty() && ::link(raw->temporary.c_str(), to.c_str()) == 0) return;
    (void)make_raw(part, to, false, context);
}

void Lease::State::unpack_like(const Part& part, const fs::path& to, const Context& context) {
    const auto& other = this->part(Part::Kind::memory, part.like);
    auto raw = find_raw(other.name, context);
    if (!raw) raw = make_raw(other, to.string() + ".like-" + random_word(8), true, context);
    try {
        unpack_delta(shop->part(part.id), part.id, raw->fd.get(), to, part.raw_bytes, context);
    } catch (const Damage& damage) {
        raw.reset();
        {
            const std::lock_guard guard(raw_mutex_);
            raws_.clear();  // nobody will go on from this one
        }
        damaged(part, damage.what());
    }
    const std::lock_guard guard(raw_mutex_);
    done_.insert(part.name);
    if (!is_needed(part.like)) raws_.erase(part.like);
}

}  // namespace crib::checkpoint
