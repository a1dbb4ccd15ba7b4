// Lease::State: unpacking memory, some of which needs another node's to be unpacked first. Several threads may ask for
// several nodes' at once, in any order: what is unpacked for one of them is there for all. A machine is given what is
// there while the rest is unpacked: the hypervisor reads a beginning before it starts QEMU.

#include "harness/base/meminfo.h"
#include "harness/checkpoint/file_io.h"
#include "harness/checkpoint/growing_image.h"
#include "harness/checkpoint/in_order.h"
#include "harness/checkpoint/lease_state.h"
#include "harness/checkpoint/memory_delta.h"
#include "harness/checkpoint/memory_part.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
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

// An image into a pipe, as far as it is there.
class Giver final : public PieceWorker {
public:
    Giver(GrowingImage& image, int to, const Context& context) : image_(image), to_(to), context_(context) {}

    void prepare(std::size_t) override {}
    void deliver(std::size_t index) override {
        const auto end = std::min<std::uint64_t>((index + 1) * kPiece, image_.bytes());
        for (std::uint64_t at = index * kPiece; at < end;) {
            const auto there = std::min(image_.wait_for_more(at, context_), end);
            send_stream(to_, image_.fd(), at, there - at, "giving memory to the machine", context_);
            at = there;
        }
    }

private:
    GrowingImage& image_;
    int to_;
    const Context& context_;
};

void give(GrowingImage& image, int fd, const Context& context) {
    const NonBlocking guard(fd);
    ::fcntl(fd, F_SETPIPE_SZ, static_cast<int>(kPiece));  // fewer turns; not for anything but a pipe
    in_order((image.bytes() + kPiece - 1) / kPiece, "giving memory to the machine", context,
             [&] { return std::make_unique<Giver>(image, fd, context); });
    image.wait_for_all(context);  // the packed file's end is checked, too
}

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
    auto file = create_file(to);
    try {
        begin(part, std::move(file), to.parent_path(), context)->wait_for_all(context);
    } catch (...) {
        ::unlink(to.c_str());
        throw;
    }
}

void Lease::State::unpack(const Part& part, int fd, const Context& context) {
    if (part.like.empty() && likes_of(part.name).empty()) {
        blaming(part, [&] { MemoryReader(shop->part(part.id), part.id).unpack(fd, context); });
        return;
    }
    auto image =
        part.like.empty() ? shared_image(part, context) : begin(part, make_room(part.raw_bytes), room_name(), context);
    give(*image, fd, context);
    throw_away(std::move(image));
}

void Lease::State::throw_away(Image image) {
    const std::lock_guard guard(raw_mutex_);
    throwing_away_.emplace_back([image = std::move(image)]() mutable { image.reset(); });
}

void Lease::State::blaming(const Part& part, const std::function<void()>& work) const {
    try {
        work();
    } catch (const Damage& found) {
        damaged(part, found.what());
    }
}

Lease::State::Image Lease::State::shared_image(const Part& part, const Context& context) {
    const std::lock_guard guard(raw_mutex_);
    if (const auto found = raws_.find(part.name); found != raws_.end()) return found->second;
    return begin_whole(part, make_room(part.raw_bytes), room_name(), context);
}

Lease::State::Image Lease::State::begin(const Part& part, UniqueFd file, const fs::path& where,
                                        const Context& context) {
    if (part.like.empty()) {
        const std::lock_guard guard(raw_mutex_);
        return begin_whole(part, std::move(file), where, context);
    }
    const auto like = shared_image(this->part(Part::Kind::memory, part.like), context);
    const auto work = [this, &part, like, where](GrowingImage& image, const Context& inner) {
        unpack_like(part, image, *like, where, inner);
    };
    return std::make_shared<GrowingImage>(std::move(file), part.raw_bytes, *context.clock, work);
}

Lease::State::Image Lease::State::begin_whole(const Part& part, UniqueFd file, const fs::path& where,
                                              const Context& context) {
    const auto work = [this, &part, where](GrowingImage& image, const Context& inner) {
        const auto grown = [&](std::uint64_t bytes) { image.grown_to(bytes); };
        blaming(part, [&] { MemoryReader(shop->part(part.id), part.id).unpack_into(image.fd(), where, grown, inner); });
    };
    auto image = std::make_shared<GrowingImage>(std::move(file), part.raw_bytes, *context.clock, work);
    if (is_needed(part.name)) raws_[part.name] = image;
    return image;
}

void Lease::State::unpack_like(const Part& part, GrowingImage& image, GrowingImage& like, const fs::path& where,
                               const Context& context) {
    std::optional<DeltaReader> reader;
    const DeltaReader::Target target{image.fd(), part.raw_bytes, where,
                                     [&](std::uint64_t bytes) { image.grown_to(bytes); }};
    blaming(part, [&] {
        reader.emplace(shop->part(part.id), part.id, context);
        reader->unpack_beginning(target, context);
    });
    like.wait_for_all(context);
    blaming(part, [&] { reader->unpack_rest(target, like.fd(), context); });
    end(part);
}

void Lease::State::end(const Part& part) {
    const std::lock_guard guard(raw_mutex_);
    done_.insert(part.name);
    if (!is_needed(part.like)) raws_.erase(part.like);
}

}  // namespace crib::checkpoint
