#include "harness/checkpoint/lease.h"

#include "harness/checkpoint/file_io.h"
#include "harness/checkpoint/lease_state.h"
#include "harness/checkpoint/tree_digest.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

namespace crib::checkpoint {
namespace {

namespace fs = std::filesystem;

std::int64_t nanoseconds(const timespec& time) {
    return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

FileIdentity identity_of(const fs::path& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) throw_missing_part(path, errno);
    return {status.st_ino, status.st_size, nanoseconds(status.st_mtim), nanoseconds(status.st_ctim)};
}

}  // namespace

void Lease::State::damaged(const Part& part, const std::string& why) const {
    const auto problem = shop->drop(entry.key(), part.id);
    const auto words =
        fmt::format("the checkpoint of {}: {} of {}: {}", entry.stage(), to_string(part.kind), part.name, why);
    if (!problem.empty()) throw Unusable(fmt::format("{}; it could not be removed: {}", words, problem));
    throw Damage(words);
}

void Lease::State::verify_disk(const Part& top, const Context& context) {
    for (const Part* part = &top; part != nullptr;) {
        try {
            const auto identity = identity_of(shop->part(part->id));
            const auto known = verified.find(part->id);
            if (known == verified.end() || known->second != identity) {
                if (tree_digest(shop->part(part->id), context) != part->id) throw Damage("it is not what was saved");
                verified[part->id] = identity;
            }
            if (!part->backing.file.empty() && backing_of(part->backing.file) != part->backing) {
                throw Damage(part->backing.file.string() + ", which it stands on, was made anew since");
            }
        } catch (const Damage& damage) {
            damaged(*part, damage.what());
        }
        const auto below = std::find_if(entry.layers.begin(), entry.layers.end(),
                                        [&](const Part& layer) { return layer.id == part->backing.part; });
        if (!part->backing.part.empty() && below == entry.layers.end()) damaged(*part, "it stands on a layer unknown");
        part = part->backing.part.empty() ? nullptr : &*below;
    }
}

Lease::Lease(std::unique_ptr<State> state) : state_(std::move(state)) {}
Lease::Lease(Lease&&) noexcept = default;
Lease& Lease::operator=(Lease&&) noexcept = default;
Lease::~Lease() = default;

const Entry& Lease::entry() const {
    return state_->entry;
}

void Lease::share_memory(std::size_t users) {
    state_->share_memory(users);
}

fs::path Lease::memory(const std::string& name, const Context& context) const {
    return state_->image(state_->entry.part(Part::Kind::memory, name), context)->path();
}

void Lease::wait_for_memory(const std::string& name, const Context& context) const {
    state_->image(state_->entry.part(Part::Kind::memory, name), context)->wait(context);
}

void Lease::write_machine(const std::string& name, const fs::path& fifo, std::size_t head,
                          const std::function<void()>& before_the_rest, const Context& context) const {
    state_->write_machine(state_->entry.part(Part::Kind::machine, name), fifo, head, before_the_rest, context);
}

fs::path Lease::disk(const std::string& name, const Context& context) const {
    const auto& part = state_->entry.part(Part::Kind::disk, name);
    const std::lock_guard guard(state_->mutex);
    state_->verify_disk(part, context);
    return state_->shop->part(part.id);
}

}  // namespace crib::checkpoint
