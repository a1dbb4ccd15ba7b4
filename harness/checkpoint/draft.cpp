#include "harness/checkpoint/draft.h"

#include "harness/base/file.h"
#include "harness/base/size.h"
#include "harness/base/text.h"
#include "harness/checkpoint/disk_part.h"
#include "harness/checkpoint/draft_state.h"
#include "harness/checkpoint/file_io.h"
#include "harness/checkpoint/manifest.h"
#include "harness/checkpoint/memory_delta.h"
#include "harness/checkpoint/memory_part.h"
#include "harness/checkpoint/part_users.h"
#include "harness/checkpoint/references.h"
#include "harness/checkpoint/tree_digest.h"

#include <fmt/format.h>
#include <algorithm>
#include <map>
#include <tuple>

namespace crib::checkpoint {
namespace {

namespace fs = std::filesystem;

// A file in parts/ that is not a part yet. It lies there because a layer names the one below relative to its folder.
class Partial {
public:
    Partial(const Shop& shop, const std::string& key)
        : path_(shop.parts() / fmt::format("{}-{}.partial", key, random_word(8))) {}
    ~Partial() { remove_all_quietly(path_); }
    Partial(const Partial&) = delete;
    Partial& operator=(const Partial&) = delete;

    [[nodiscard]] const fs::path& path() const { return path_; }

private:
    fs::path path_;
};

// The layer and all below it in the store, the nearest first.
std::vector<Part> layers_from(const Shop& shop, const std::string& id) {
    std::map<std::string, Part> known;
    for (const auto& key : shop.keys()) {
        try {
            const auto entry = shop.read(key);
            if (!entry) continue;
            for (const auto& part : entry->parts) known.emplace(part.id, part);
            for (const auto& part : entry->layers) known.emplace(part.id, part);
        } catch (const Unusable&) {
            // Not to be built on.
        }
    }
    std::vector<Part> chain;
    for (auto next = id; !next.empty();) {
        const auto found = known.find(next);
        if (found == known.end() || found->second.kind != Part::Kind::disk || !fs::exists(shop.part(next))) {
            throw Error(ErrorKind::environment,
                        fmt::format("layer {} that a disk is to stand on is not in the store any more", next));
        }
        chain.push_back(found->second);
        next = found->second.backing.part;
    }
    return chain;
}

std::uint64_t file_bytes(const fs::path& path) {
    const auto fd = open_to_read(path);
    return size_of(fd.get(), path);
}

std::string note(const char* kind, const std::string& name, std::uint64_t bytes) {
    return fmt::format("saving the {} of {} ({})", kind, name, to_string(ByteSize{bytes}));
}

}  // namespace

Draft::State::State(std::shared_ptr<const Shop> the_shop, KeyChain the_chain, FileLock the_lock)
    : shop(std::move(the_shop)), chain(std::move(the_chain)), lock(std::move(the_lock)) {}

void Draft::State::refer_to(const std::vector<std::string>& ids) {
    references.insert(ids.begin(), ids.end());
    std::string list;
    for (const auto& id : references) list += id + "\n";
    write_file(shop->draft(key_of(chain)), list, 0600);
}

void Draft::State::place(const fs::path& partial, const std::string& id, const Context& context) {
    fs::permissions(partial, fs::perms::owner_read);  // others stand on it: nobody writes to it
    const std::lock_guard guard(mutex);
    const auto held = shop->lock_store(context);
    refer_to({id});
    // Over one of the same content, if there is one: what was written just now is known to be good.
    fs::rename(partial, shop->part(id));
    sync_folder(shop->parts());
}

void Draft::State::publish(const fs::path& partial, Part part, const Context& context) {
    place(partial, part.id, context);
    const std::lock_guard guard(mutex);
    parts.push_back(std::move(part));
}

std::string Draft::State::like_of(const std::string& name, const fs::path& raw, const Context& context) {
    const std::lock_guard guard(mutex);
    if (!first_memory.empty()) return can_be_delta(raw, first_raw, context) ? first_memory : std::string();
    first_memory = name;
    first_raw = raw;
    return {};
}

void Draft::State::give_up() noexcept {
    const std::lock_guard guard(mutex);
    const auto& key = key_of(chain);
    shop->remove(shop->draft(key));
    try {
        const auto held = shop->lock_store(shop->own_context());
        (void)shop->sweep(PartUsers(*shop), references);
    } catch (const std::exception&) {
        // The next collect() removes them.
    }
    shop->remove(shop->lock(key));
}

Draft::Draft(std::unique_ptr<State> state) : state_(std::move(state)) {}
Draft::Draft(Draft&&) noexcept = default;

Draft& Draft::operator=(Draft&& other) noexcept {
    if (state_ && !state_->committed) state_->give_up();
    state_ = std::move(other.state_);
    return *this;
}

Draft::~Draft() {
    if (state_ && !state_->committed) state_->give_up();
}

const std::string& Draft::key() const {
    return key_of(state_->chain);
}

void Draft::add_memory(const std::string& name, const fs::path& raw, const Context& context) {
    const Partial partial(*state_->shop, key());
    with_note(note("memory", name, file_bytes(raw)), [&] {
        const auto like = state_->like_of(name, raw, context);
        const auto packed = like.empty() ? pack_memory(raw, partial.path(), context)
                                         : pack_delta(raw, state_->first_raw, partial.path(), context);
        state_->publish(partial.path(), {Part::Kind::memory, name, packed.id, packed.bytes, packed.raw_bytes, {}, like},
                        context);
    });
}

void Draft::add_machine(const std::string& name, const fs::path& state, const Context& context) {
    const Partial partial(*state_->shop, key());
    with_note(note("machine state", name, file_bytes(state)), [&] {
        const auto packed = pack_memory(state, partial.path(), context);
        state_->publish(partial.path(), {Part::Kind::machine, name, packed.id, packed.bytes, packed.raw_bytes, {}},
                        context);
    });
}

void Draft::add_disk(const std::string& name, const fs::path& frozen, const fs::path& backing, const Context& context) {
    const auto& shop = *state_->shop;
    Part part{Part::Kind::disk, name, {}, 0, file_bytes(frozen), {}};
    const bool on_layer = fs::weakly_canonical(backing).parent_path() == fs::weakly_canonical(shop.parts());
    const Partial partial(shop, key());
    with_note(note("disk", name, part.raw_bytes), [&] {
        if (on_layer) {
            part.backing.part = backing.filename().string();
            state_->stand_on(part.backing.part, context);
        } else {
            part.backing = backing_of(backing);
        }
        pack_disk(shop.runner, frozen, partial.path(), on_layer ? part.backing.part : part.backing.file.string(),
                  context);
        part.id = tree_digest(partial.path(), context);
        part.bytes = file_bytes(partial.path());
        state_->publish(partial.path(), part, context);
    });
}

void Draft::State::stand_on(const std::string& layer, const Context& context) {
    const std::lock_guard guard(mutex);
    const auto held = shop->lock_store(context);
    std::vector<std::string> ids;
    for (auto& below : layers_from(*shop, layer)) {
        ids.push_back(below.id);
        const bool known = std::any_of(layers.begin(), layers.end(), [&](const Part& p) { return p.id == below.id; });
        if (!known) layers.push_back(std::move(below));
    }
    refer_to(ids);
}

Entry Draft::commit(const Description& description, const Context& context) {
    auto& state = *state_;
    const std::lock_guard guard(state.mutex);
    Entry entry;
    entry.chain = state.chain;
    entry.scenario = description.scenario;
    entry.program = description.program;
    entry.nodes = description.nodes;
    entry.payload = description.payload;
    for (const auto& part : state.parts) {
        const auto is_like = [&](const Part& other) {
            return other.kind == Part::Kind::memory && other.name == part.like && other.like.empty();
        };
        if (!part.like.empty() && std::none_of(state.parts.begin(), state.parts.end(), is_like)) {
            throw Error(ErrorKind::internal, "memory of " + part.like + " was to be saved and was not");
        }
    }
    entry.parts = state.parts;
    std::sort(entry.parts.begin(), entry.parts.end(),
              [](const Part& a, const Part& b) { return std::tie(a.name, a.kind) < std::tie(b.name, b.kind); });
    entry.layers = state.layers;
    entry.created = std::chrono::floor<std::chrono::seconds>(state.shop->clock.wall_now());
    const auto held = state.shop->lock_store(context);
    const auto file = state.shop->entry(key());
    write_file(file, to_manifest(entry), 0600);
    sync_folder(state.shop->entries());
    state.committed = true;
    entry.used = state.shop->clock.wall_now();
    set_changed_at(file, entry.used);
    state.shop->remove(state.shop->draft(key()));
    state.lock.reset();  // from now on it may be opened
    return entry;
}

}  // namespace crib::checkpoint
