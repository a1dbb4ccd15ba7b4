// Draft::adopt: parts that were made on another machine.

#include "harness/base/file.h"
#include "harness/base/text.h"
#include "harness/checkpoint/draft.h"
#include "harness/checkpoint/draft_state.h"
#include "harness/checkpoint/file_io.h"
#include "harness/checkpoint/memory_part.h"
#include "harness/checkpoint/qcow2_form.h"
#include "harness/checkpoint/tree_digest.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace crib::checkpoint {
namespace {

namespace fs = std::filesystem;

constexpr int kMostLayers = 64;

[[noreturn]] void refuse(const std::string& why) {
    throw Error(ErrorKind::usage, "the checkpoint that was sent: " + why, "have it exported anew");
}

}  // namespace

// What one call of adopt() works with.
class Draft::Adoption {
public:
    Adoption(State& state, const Entry& theirs, fs::path files,
             const std::function<fs::path(const fs::path&)>& find_base, const Context& context)
        : state_(state), theirs_(theirs), files_(std::move(files)), find_base_(find_base), context_(context) {}

    // Memory, or a machine's state.
    void memory(const Part& part) {
        if (!taken_.insert(part.id).second) {  // of the same content as another, whose file it was
            const std::lock_guard guard(state_.mutex);
            state_.parts.push_back(part);
            return;
        }
        const auto partial = fetch(part);
        if (part.like.empty()) {
            MemoryReader(partial, part.id, part.raw_bytes).check(context_);
        } else if (tree_digest(partial, context_) != part.id) {
            refuse(fmt::format("the {} of {} is not what was saved", to_string(part.kind), part.name));
        }
        state_.publish(partial, part, context_);
    }

    void own_disk(const Part& part) {
        auto here = disk(part, 0);
        const std::lock_guard guard(state_.mutex);
        state_.parts.push_back(std::move(here));
    }

private:
    // The disk as it is here: standing on what is here, and so of another digest.
    Part disk(const Part& part, int depth) {
        if (depth > kMostLayers) refuse("its disks stand on each other in a circle");
        auto here = part;
        if (const auto known = done_.find(part.id); known != done_.end()) {
            here = known->second;
            here.name = part.name;
            return here;
        }
        std::string below;
        if (!part.backing.part.empty()) {
            here.backing = {};
            here.backing.part = below = layer(part.backing.part, depth + 1);
        } else {
            here.backing = backing_of(find_base_(part.backing.file));
            below = here.backing.file.string();
        }
        const auto partial = fetch(part);
        require_plain_qcow2(partial, Standing::on_another);
        rebase(partial, below);
        here.id = tree_digest(partial, context_);
        const auto fd = open_to_read(partial);
        here.bytes = size_of(fd.get(), partial);
        sync_file(fd.get(), partial);
        state_.place(partial, here.id, context_);
        done_.emplace(part.id, here);
        return here;
    }

    std::string layer(const std::string& id, int depth) {
        const auto found = std::find_if(theirs_.layers.begin(), theirs_.layers.end(),
                                        [&](const Part& one) { return one.id == id && one.kind == Part::Kind::disk; });
        if (found == theirs_.layers.end()) refuse("a disk stands on a layer that is not there");
        auto here = disk(*found, depth);
        const std::lock_guard guard(state_.mutex);
        const bool known =
            std::any_of(state_.layers.begin(), state_.layers.end(), [&](const Part& one) { return one.id == here.id; });
        auto here_id = here.id;
        if (!known) state_.layers.push_back(std::move(here));
        return here_id;
    }

    // The sent file under a name in parts/ that is removed if crib is killed.
    fs::path fetch(const Part& part) {
        const auto sent = files_ / part.id;
        const auto& shop = *state_.shop;
        auto partial = shop.parts() / fmt::format("{}-{}.partial", key_of(state_.chain), random_word(8));
        std::error_code problem;
        if (!fs::is_regular_file(fs::symlink_status(sent, problem))) refuse("a part of " + part.name + " is missing");
        partials_.push_back(std::make_unique<Removed>(partial));
        fs::rename(sent, partial, problem);
        if (problem) fs::copy_file(sent, partial);  // from another disk
        fs::permissions(partial, fs::perms::owner_read | fs::perms::owner_write);
        return partial;
    }

    void rebase(const fs::path& file, const std::string& below) {
        process::Command command;
        command.program = "qemu-img";
        // Unsafe is what qemu-img calls it when only the name of what lies below is written.
        command.args = {"rebase", "-q", "-u", "-f", "qcow2", "-F", "qcow2", "-b", below, file.string()};
        command.ends_with_crib = true;
        const auto result = state_.shop->runner.run(command, context_);
        context_.throw_if_done("taking in a disk");
        if (result.ok()) return;
        throw Error(ErrorKind::process,
                    fmt::format("taking in a disk: qemu-img {}: {}", result.how_it_ended(), last_lines(result.err, 2)));
    }

    struct Removed {
        explicit Removed(fs::path the_path) : path(std::move(the_path)) {}
        ~Removed() { remove_all_quietly(path); }
        Removed(const Removed&) = delete;
        Removed& operator=(const Removed&) = delete;
        fs::path path;
    };

    State& state_;
    const Entry& theirs_;
    fs::path files_;
    const std::function<fs::path(const fs::path&)>& find_base_;
    const Context& context_;
    std::set<std::string> taken_;       // ids of memory and machines
    std::map<std::string, Part> done_;  // by the id that it had there
    std::vector<std::unique_ptr<Removed>> partials_;
};

void Draft::adopt(const Entry& theirs, const fs::path& files,
                  const std::function<fs::path(const fs::path& file)>& find_base, const Context& context) {
    Adoption adoption(*state_, theirs, files, find_base, context);
    try {
        for (const auto& part : theirs.parts) {
            const auto is_whole = [&](const Part& other) {
                return other.kind == Part::Kind::memory && other.name == part.like && other.like.empty();
            };
            if (!part.like.empty() && std::none_of(theirs.parts.begin(), theirs.parts.end(), is_whole)) {
                refuse(fmt::format("the memory of {} is said to be like that of {}", part.name, part.like));
            }
            if (part.kind != Part::Kind::disk) {
                adoption.memory(part);
            } else {
                adoption.own_disk(part);
            }
        }
    } catch (const Damage& damage) {
        refuse(damage.what());
    }
}

}  // namespace crib::checkpoint
