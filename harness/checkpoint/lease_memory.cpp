// Lease::State: unpacking memory, some of which needs another node's to be unpacked first. Several threads may ask for
// several nodes' at once, in any order: what is unpacked for one of them is there for all.

#include "harness/base/fifo.h"
#include "harness/base/meminfo.h"
#include "harness/checkpoint/file_io.h"
#include "harness/checkpoint/in_order.h"
#include "harness/checkpoint/lease_state.h"
#include "harness/checkpoint/memory_delta.h"
#include "harness/checkpoint/memory_part.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <memory>
#include <optional>

namespace crib::checkpoint {
namespace {

namespace fs = std::filesystem;

UniqueFd create_memory_file() {
    UniqueFd memory(::memfd_create("crib-memory", MFD_CLOEXEC));
    if (memory.valid() && ::fchmod(memory.get(), 0600) != 0) memory.reset();
    return memory;
}

// Something to be done on a thread of in_order(), which no SIGPIPE reaches.
class WithoutSigpipe final : public PieceWorker {
public:
    explicit WithoutSigpipe(const std::function<void()>& work) : work_(work) {}

    void prepare(std::size_t) override {}
    void deliver(std::size_t) override { work_(); }

private:
    const std::function<void()>& work_;
};

}  // namespace

Lease::State::Image Lease::State::image(const Part& part, const Context& context) {
    const std::lock_guard guard(images_mutex_);
    return image_locked(part, context);
}

void Lease::State::share_memory(std::size_t users) {
    const std::lock_guard guard(images_mutex_);
    users_ = users;
}

// In memory where there is room for all images and once more for what each of their users changes; else in a file
// without a name in the store, whose disk --state chooses.
UniqueFd Lease::State::make_room(const Part& part) {
    if (!in_memory_) {
        std::uint64_t most = read_meminfo().available.bytes / (users_ + 1);
        in_memory_ = std::all_of(entry.parts.begin(), entry.parts.end(), [&](const Part& one) {
            if (one.kind != Part::Kind::memory) return true;
            const bool fits = one.raw_bytes <= most;
            if (fits) most -= one.raw_bytes;
            return fits;
        });
    }
    return make_file(*in_memory_, part.raw_bytes);
}

UniqueFd Lease::State::make_file(bool in_memory, std::uint64_t bytes) const {
    auto file = in_memory ? create_memory_file() : UniqueFd();
    if (!file.valid()) file = create_nameless_file(shop->trash());
    // At once: who maps it sees its length.
    set_length(file.get(), bytes, shop->trash() / "a memory image");
    return file;
}

Lease::State::Image Lease::State::image_locked(const Part& part, const Context& context) {
    auto& image = images_[part.name];
    if (image) return image;
    auto room = make_room(part);
    Unpacking::Work work;
    if (part.like.empty()) {
        work = [this, &part](int file, const Context& inner) {
            blaming(part, [&] {
                MemoryReader(shop->part(part.id), part.id, part.raw_bytes).unpack(file, shop->trash(), inner);
            });
        };
    } else {
        // It is like no other in turn: Draft::commit() sees to that.
        const auto& other = entry.part(Part::Kind::memory, part.like);
        work = [this, &part, &other, like = image_locked(other, context)](int file, const Context& inner) {
            unpack_like(part, file, other, *like, inner);
        };
    }
    image = std::make_shared<Unpacking>(std::move(room), *context.clock, std::move(work));
    return image;
}

// The room is made while the other image is still on its way.
void Lease::State::unpack_like(const Part& part, int file, const Part& other, Unpacking& like, const Context& context) {
    std::optional<DeltaReader> reader;
    blaming(part, [&] {
        reader.emplace(shop->part(part.id), part.id, part.raw_bytes, context);
        reader->make_room(file, shop->trash());
    });
    like.wait(context);
    MemoryRuns runs;
    blaming(other, [&] { runs = MemoryReader(shop->part(other.id), other.id, other.raw_bytes).runs(); });
    blaming(part, [&] { reader->unpack(file, like.fd(), runs, context); });
}

void Lease::State::write_machine(const Part& part, const fs::path& fifo, std::size_t head,
                                 const std::function<void()>& before_the_rest, const Context& context) {
    const auto state = make_file(true, part.raw_bytes);
    blaming(part, [&] {
        MemoryReader(shop->part(part.id), part.id, part.raw_bytes).unpack(state.get(), shop->trash(), context);
    });
    const auto what = "giving the state of " + part.name + " to the machine";
    const std::function<void()> give = [&] {
        const auto to = open_fifo_to_write(fifo, context);
        const auto first = std::min<std::uint64_t>(part.raw_bytes, head);
        send_stream(to.get(), state.get(), 0, first, what, context);
        before_the_rest();
        send_stream(to.get(), state.get(), first, part.raw_bytes - first, what, context);
    };
    in_order(1, what, context, [&] { return std::make_unique<WithoutSigpipe>(give); });
}

void Lease::State::blaming(const Part& part, const std::function<void()>& work) const {
    try {
        work();
    } catch (const Damage& found) {
        damaged(part, found.what());
    }
}

}  // namespace crib::checkpoint
