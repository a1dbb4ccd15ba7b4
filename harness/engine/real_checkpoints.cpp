#include "harness/engine/real_checkpoints.h"

#include "harness/base/clock.h"
#include "harness/base/error.h"
#include "harness/base/short_words.h"
#include "harness/base/text.h"
#include "harness/engine/cluster_state.h"
#include "harness/engine/offered_memory.h"
#include "harness/engine/run_store.h"
#include "harness/engine/side_by_side.h"
#include "harness/hypervisor/hypervisor.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace crib::engine {
namespace {

// The store's lock is held for moments.
constexpr std::chrono::seconds kLockLimit{30};

// A part's name in the store: "master vda"; memory goes by the node alone.
std::string disk_name(const std::string& node, const std::string& target) {
    return node + " " + target;
}

class Stored final : public HeldCheckpoint {
public:
    explicit Stored(checkpoint::Lease lease, std::filesystem::path memories = {})
        : lease_(std::move(lease)), memories_(std::move(memories)) {}

    [[nodiscard]] const std::string& state() const override { return lease_.entry().payload; }
    [[nodiscard]] const std::string& key() const override { return lease_.entry().key(); }
    [[nodiscard]] const checkpoint::KeyChain& chain() const override { return lease_.entry().chain; }
    [[nodiscard]] std::vector<checkpoint::Part> parts() const override { return lease_.entry().parts; }
    [[nodiscard]] std::uint64_t bytes() const override { return lease_.entry().bytes(); }

    std::filesystem::path memory(const std::string& node, const Context& context) override {
        return memories_.empty() ? lease_.memory(node, context) : offered_memory(memories_, node);
    }

    void write_state(const std::string& node, const std::filesystem::path& to, const Context& context) override {
        const auto memory_is_there = [&] {
            if (memories_.empty()) {
                lease_.wait_for_memory(node, context);
            } else {
                wait_for_offered_memory(memories_, node, context);
            }
        };
        lease_.write_machine(node, to, hypervisor::kStateHead, memory_is_there, context);
    }

    Layers layers(const std::string& node, const Context& context) override {
        Layers layers;
        for (const auto& part : lease_.entry().parts) {
            const auto words = split(part.name, ' ');
            if (part.kind != checkpoint::Part::Kind::disk || words.front() != node) continue;
            layers[words.at(1)] = lease_.disk(part.name, context);
        }
        return layers;
    }

private:
    checkpoint::Lease lease_;
    std::filesystem::path memories_;  // a folder where another process offers them; empty: unpacked here
};

// Why there is nothing to go on from: what differs from the checkpoint that comes nearest.
std::string explain_miss(const checkpoint::Store& store, const checkpoint::KeyChain& chain) {
    std::vector<checkpoint::KeyChain> others;
    for (const auto& listed : store.list()) {
        if (listed.entry.stage() == chain.back().stage) others.push_back(listed.entry.chain);
    }
    if (others.empty()) return "none was saved";
    const auto explained = checkpoint::explain(chain, others);
    if (explained.sentences.empty()) return "none was saved";
    const auto more = explained.sentences.size() - 1;
    return explained.sentences.front() + (more > 0 ? fmt::format(" (and {} more)", more) : "");
}

}  // namespace

std::unique_ptr<HeldCheckpoint> StoredCheckpoints::find(const checkpoint::KeyChain& chain, std::string& why,
                                                        const Context& context) {
    try {
        auto opened = store_.open(checkpoint::key_of(chain), context);
        if (opened.lease) return std::make_unique<Stored>(std::move(*opened.lease));
        why = opened.miss == checkpoint::Opened::Miss::absent ? explain_miss(store_, chain) : opened.why;
    } catch (const Error& error) {
        // A store that cannot be read is as good as none: the run says so and begins with nothing.
        if (context.cancelled()) throw;
        why = error.what();
    }
    return nullptr;
}

std::unique_ptr<HeldCheckpoint> StoredCheckpoints::open(const std::string& what, const std::string& key,
                                                        const std::filesystem::path& memories, const Context& context) {
    auto opened = store_.open(key, context);
    if (opened.lease) return std::make_unique<Stored>(std::move(*opened.lease), memories);
    using Miss = checkpoint::Opened::Miss;
    auto why = opened.why;
    auto hint = opened.hint.empty() ? "see: " + store_.next_command()("cache ls") : opened.hint;
    if (opened.miss == Miss::busy) hint = "try again when that has ended";
    if (opened.miss == Miss::damaged) {
        why = opened.not_removed.empty() ? "it was damaged and has been removed: " + why
                                         : fmt::format("it is damaged: {}; {}", why, opened.not_removed);
    }
    throw Error(ErrorKind::environment, fmt::format("checkpoint {} cannot be used: {}", what, why), hint);
}

std::unique_ptr<HeldCheckpoint> StoredCheckpoints::keep(const FrozenCluster& cluster, const Context& context) {
    const auto key = checkpoint::key_of(cluster.chain);
    {
        auto begun = store_.begin(cluster.chain, checkpoint::Store::IfBusy::leave, context);
        if (!begun.draft) throw Error(ErrorKind::environment, begun.why_not);
        std::vector<std::string> nodes;
        for (const auto& [name, node] : cluster.nodes) nodes.push_back(name);
        side_by_side(nodes.size(), context, [&](std::size_t i, const Context& inner) {
            const auto& node = cluster.nodes.at(nodes[i]);
            begun.draft->add_memory(nodes[i], node.memory, inner);
            begun.draft->add_machine(nodes[i], node.state, inner);
            for (const auto& [target, disk] : node.disks) {
                begun.draft->add_disk(disk_name(nodes[i], target), disk.file, disk.backing, inner);
            }
        });
        (void)begun.draft->commit({cluster.scenario, program_, nodes, cluster.state}, context);
    }
    auto held = open("just saved", key, {}, context);
    (void)store_.collect(limit_, context);
    context.throw_if_done("collecting checkpoints");
    return held;
}

void StoredCheckpoints::name(const std::string& name, const std::string& key, const Context& context) {
    store_.name(name, key, context, checkpoint::Store::Stays::no);
}

std::vector<NamedCheckpoint> StoredCheckpoints::named() const {
    auto all = store_.list();
    std::stable_sort(all.begin(), all.end(),
                     [](const auto& a, const auto& b) { return a.entry.created < b.entry.created; });
    std::vector<NamedCheckpoint> found;
    for (const auto& one : all) {
        for (const auto& name : one.names) found.push_back({name, one.entry.chain, one.entry.payload});
    }
    return found;
}

void StoredCheckpoints::hold(const std::string& run, const std::string& key) {
    SystemClock clock;
    store_.hold(run, key, Context::with_clock(clock).with_timeout(kLockLimit), RunFolder{runs_ / run}.secret());
}

std::unique_ptr<HeldCheckpoint> StoredCheckpoints::named(const std::string& name, const Context& context,
                                                         const std::filesystem::path& memories) {
    if (const auto found = store_.look_up(name))
        return open(fmt::format("\"{}\"", name), found->key, memories, context);
    std::vector<std::string> known;
    for (const auto& [known_name, key] : store_.names()) {
        if (store_.has(key)) known.push_back(known_name);
    }
    throw Error(ErrorKind::usage, fmt::format("there is no checkpoint '{}'", name),
                known.empty() ? fmt::format("{} makes one; {} shows those that runs have made",
                                            store_.next_command()("checkpoint", {"RUN", "NAME"}),
                                            store_.next_command()("cache ls"))
                              : "there are: " + some_of(known));
}

void StoredCheckpoints::drop(const std::string& key) noexcept {
    SystemClock clock;
    try {
        (void)store_.remove(key, Context::with_clock(clock).with_timeout(kLockLimit));
    } catch (const std::exception&) {
        // Whoever uses it finds the damage too.
    }
}

}  // namespace crib::engine
