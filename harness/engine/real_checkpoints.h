#pragma once
// The keeper of checkpoints as it really is: the store in the cache, shared by all runs.

#include "harness/checkpoint/store.h"
#include "harness/engine/checkpoints.h"

#include <filesystem>
#include <string>

namespace crib::engine {

class StoredCheckpoints final : public CheckpointKeeper {
public:
    // `program` says for people what made a checkpoint; the store grows to `limit` and no further. What is held for a
    // run is held as long as its private folder below `runs` is there.
    StoredCheckpoints(checkpoint::Store& store, ByteSize limit, std::string program, std::filesystem::path runs)
        : store_(store), limit_(limit), program_(std::move(program)), runs_(std::move(runs)) {}

    std::unique_ptr<HeldCheckpoint> find(const checkpoint::KeyChain& chain, std::string& why,
                                         const Context& context) override;
    std::unique_ptr<HeldCheckpoint> keep(const FrozenCluster& cluster, const Context& context) override;
    void name(const std::string& name, const std::string& key, const Context& context) override;
    [[nodiscard]] std::vector<NamedCheckpoint> named() const override;
    void hold(const std::string& run, const std::string& key) override;
    void drop(const std::string& key) noexcept override;

    // One that a person names, by its name or the beginning of its key. Error(usage) with those that there are. If
    // another process offers its memory (OfferedMemory), `memories` is its folder.
    [[nodiscard]] std::unique_ptr<HeldCheckpoint> named(const std::string& name, const Context& context,
                                                        const std::filesystem::path& memories = {});

private:
    // `what`: how people know it.
    [[nodiscard]] std::unique_ptr<HeldCheckpoint> open(const std::string& what, const std::string& key,
                                                       const std::filesystem::path& memories, const Context& context);

    checkpoint::Store& store_;
    ByteSize limit_;
    std::string program_;
    std::filesystem::path runs_;
};

}  // namespace crib::engine
