// Lease::State: unpacking memory, some of which needs another node's to be unpacked first. Several threads may ask for
// several nodes' at once, in any order: what one of them unpacks is there for all.

#include "harness/base/meminfo.h"
#include "harness/checkpoint/file_io.h"
#include "harness/checkpoint/in_order.h"
#include "harness/checkpoint/lease_state.h"
#include "harness/checkpoint/memory_delta.h"
#include "harness/checkpoint/memory_part.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

namespace crib::checkpoint {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPiece = 1U << 20U;

// Room for an unpacked image on its way into a machine: in memory where there is plenty, for this image and for the
// machines that load it, else in a file without a name. A file's pages take longer to write and to throw away.
UniqueFd make_room(std::uint64_t bytes) {
    if (read_meminfo().available.bytes > 4 * bytes) {
        UniqueFd memory(::memfd_create("crib-memory", MFD_CLOEXEC));
        if (memory.valid()) return memory;
    }
    return create_nameless_file(fs::temp_directory_path());
}

// Its name for what is said of a full disk: memory is never full.
fs::path room_name() {
    std::error_code none;
    return fs::temp_directory_path(none);
}

// A raw image into a pipe.
class Giver final : public PieceWorker {
public:
    Giver(int from, std::uint64_t bytes, int to, const Context& context)
        : from_(from), bytes_(bytes), to_(to), context_(context) {}

    void prepare(std::size_t) override {}
    void deliver(std::size_t index) override {
        const auto begin = index * kPiece;
        send_stream(to_, from_, begin, std::min<std::uint64_t>(kPiece, bytes_ - begin), "giving memory to the machine",
                    context_);
    }

private:
    int from_;
    std::uint64_t bytes_;
    int to_;
    const Context& context_;
};

}  // namespace

std::vector<const Part*> Lease::State::likes_of(const std::string& name) const {
    std::vector<const Part*> likes;
    for (const auto& other : entry.parts) {
        if (other.kind == Part::Kind::memory && other.like == name) likes.push_back(&other);
    }
    return likes;
}

bool Lease::State::is_needed(const std::string& name) const {
    const auto likes = likes_of(name);
    return std::any_of(likes.begin(), likes.end(), [&](const Part* other) { return !done_.contains(other->name); });
}

void Lease::State::unpack(const Part& part, const fs::path& to, const Context& context) {
    if (part.like.empty()) {
        unpack_whole(part, to, context);
        return;
    }
    const auto file = create_file(to);
    try {
        unpack_like(part, file.get(), to.parent_path(), context);
    } catch (...) {
        ::unlink(to.c_str());
        throw;
    }
}

void Lease::State::unpack(const Part& part, int fd, const Context& context) {
    if (part.like.empty() && likes_of(part.name).empty()) {
        try {
            MemoryReader(shop->part(part.id), part.id).unpack(fd, context);
        } catch (const Damage& damage) {
            damaged(part, damage.what());
        }
        return;
    }
    Raw raw;
    if (part.like.empty()) {
        raw = raw_of(part, context);
    } else {
        raw = std::make_shared<UniqueFd>(make_room(part.raw_bytes));
        unpack_like(part, raw->get(), room_name(), context);
    }
    const NonBlocking guard(fd);
    ::fcntl(fd, F_SETPIPE_SZ, static_cast<int>(kPiece));  // fewer turns; not for anything but a pipe
    in_order((part.raw_bytes + kPiece - 1) / kPiece, "giving memory to the machine", context,
             [&] { return std::make_unique<Giver>(raw->get(), part.raw_bytes, fd, context); });
}

// The image if somebody has unpacked it; else nothing, and whoever asked is the one to unpack it.
Lease::State::Raw Lease::State::find_raw(const std::string& name, const Context& context) {
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

void Lease::State::end_raw(const std::string& name, const Raw& raw) {
    const std::lock_guard guard(raw_mutex_);
    at_work_.erase(name);
    if (raw && is_needed(name)) raws_[name] = raw;
}

Lease::State::Raw Lease::State::make_raw(const Part& part, const std::function<Raw()>& work) {
    try {
        auto raw = work();
        end_raw(part.name, raw);
        return raw;
    } catch (const Damage& found) {
        end_raw(part.name, nullptr);
        damaged(part, found.what());
    } catch (...) {
        end_raw(part.name, nullptr);
        throw;
    }
}

Lease::State::Raw Lease::State::raw_of(const Part& part, const Context& context) {
    if (auto raw = find_raw(part.name, context)) return raw;
    return make_raw(part, [&] {
        auto raw = std::make_shared<UniqueFd>(make_room(part.raw_bytes));
        MemoryReader(shop->part(part.id), part.id).unpack_into(raw->get(), room_name(), context);
        return raw;
    });
}

void Lease::State::unpack_whole(const Part& part, const fs::path& to, const Context& context) {
    static_cast<void>(find_raw(part.name, context));  // nobody else is at work on it
    make_raw(part, [&] {
        MemoryReader(shop->part(part.id), part.id).unpack(to, context);
        return std::make_shared<UniqueFd>(open_to_read(to));
    });
}

void Lease::State::unpack_like(const Part& part, int to, const fs::path& where, const Context& context) {
    auto raw = raw_of(this->part(Part::Kind::memory, part.like), context);
    try {
        unpack_delta(shop->part(part.id), part.id, raw->get(), to, part.raw_bytes, where, context);
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
