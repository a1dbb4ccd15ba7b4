#pragma once
// What a draft has so far. Internal to checkpoint.

#include "harness/base/lock.h"
#include "harness/checkpoint/draft.h"
#include "harness/checkpoint/shop.h"

#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace crib::checkpoint {

struct Draft::State {
    State(std::shared_ptr<const Shop> shop, KeyChain chain, FileLock lock);

    // The partial file becomes a part, which drafts/KEY keeps from being swept.
    void publish(const std::filesystem::path& partial, Part part, const Context& context);

    // The same without making it one of the draft's own parts.
    void place(const std::filesystem::path& partial, const std::string& id, const Context& context);

    // A layer of the store and all below it stay until the draft is committed or given up, and then by its manifest.
    void stand_on(const std::string& layer, const Context& context);

    // The memory that this one is to be compared with: nothing (empty) for the first.
    [[nodiscard]] std::string like_of(const std::string& name, const std::filesystem::path& raw,
                                      const Context& context);

    void give_up() noexcept;

    std::shared_ptr<const Shop> shop;
    KeyChain chain;
    std::optional<FileLock> lock;  // of the key, alone
    std::mutex mutex;
    std::vector<Part> parts;
    std::vector<Part> layers;
    std::set<std::string> references;
    std::string first_memory;  // the name of the part that others are compared with, and its raw file
    std::filesystem::path first_raw;
    bool committed = false;

private:
    void refer_to(const std::vector<std::string>& ids);  // both locks must be held
};

}  // namespace crib::checkpoint
