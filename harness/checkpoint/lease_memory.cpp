// Lease::State: unpacking memory, some of which needs another node's to be unpacked first. Several threads may ask for
// several nodes' at once, in any order: what one of them unpacks is there for all.

#include "harness/base/text.h"
#include "harness/checkpoint/file_io.h"
#include "harness/checkpoint/in_order.h"
#include "harness/checkpoint/lease_state.h"
#include "harness/checkpoint/memory_delta.h"
#include "harness/checkpoint/memory_part.h"

#include <fcntl.h>
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
        raw = std::make_shared<UniqueFd>(create_nameless_file(fs::temp_directory_path()));
        unpack_like(part, raw->get(), fs::temp_directory_path(), context);
    }
    const NonBlocking guard(fd);
    ::fcntl(fd, F_SETPIPE_SZ, static_cast<int>(kPiece));  // fewer turns; not for anything but a pipe
    const fs::path name = "the memory of " + part.name;
    in_order((part.raw_bytes + kPiece - 1) / kPiece, "giving memory to the machine", context,
             [&] { return std::make_unique<Copier>(raw->get(), name, fd, context); });
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
        const auto folder = fs::temp_directory_path();
        auto raw = std::make_shared<UniqueFd>(create_nameless_file(folder));
        MemoryReader(shop->part(part.id), part.id).unpack_into(raw->get(), folder, context);
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
