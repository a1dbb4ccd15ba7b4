#include "harness/engine/run_store.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/short_words.h"
#include "harness/base/text.h"
#include "harness/base/unreadable.h"
#include "harness/capsule/manifest.h"
#include "harness/engine/cache_users.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace crib::engine {
namespace fs = std::filesystem;
namespace {

constexpr const char* kRecord = "run.json";
constexpr const char* kLock = "owner.lock";
constexpr const char* kRun = "run";
constexpr const char* kCapsule = "capsule";

// These go last of all that a run has.
std::vector<std::string> proofs() {
    return {std::string(kMarkFile), kLock, kRecord};
}

// What is found under a name among the runs.
struct Found {
    Claim claim;
    std::optional<RunInfo> run;  // its state is that without an owner
    bool proven = false;         // crib made it
    std::string why_not;         // it is no run
};

bool has_only(const HeldFolder& folder, const std::vector<std::string>& known) {
    return folder.holds_only([&](const std::string& name) {
        return std::find(known.begin(), known.end(), name) != known.end() ||
               name.find(".partial-") != std::string::npos;
    });
}

// Why the lock does not tell that nobody is at work on the run; empty: it does. A crib that holds a lock whose file was
// removed goes on, and nobody sees it.
std::string doubt_of_lock(const HeldFolder& folder) {
    switch (folder.look(kLock).kind) {
        case HeldFolder::Kind::none:
            return fmt::format("its {} is gone", kLock);
        case HeldFolder::Kind::file:
            if (::faccessat(folder.fd(), kLock, R_OK | W_OK, AT_EACCESS) == 0) return {};
            return fmt::format("its {} cannot be opened: {}", kLock, std::strerror(errno));
        default:
            return fmt::format("its {} is no file", kLock);
    }
}

bool may_have_owner(const RunInfo& run) {
    return run.state == RunState::orphaned || run.state == RunState::kept;
}

// Of a folder that has the mark of something of its name.
Found of_marked(Claim claim, const std::string& name) {
    Found found{std::move(claim), std::nullopt, true, {}};
    const auto& folder = *found.claim.folder;
    std::string problem;
    const auto text = folder.read(kRecord, kLargestRunRecord, problem);
    // What a removal that was cut off has left, and a capsule that is being opened.
    const bool is_rest = has_only(folder, {std::string(kMarkFile), kLock});
    RunInfo info;
    if (is_rest || found.claim.mark->kind == kCapsule) {
        info.id = name;
        info.recorded = false;
    } else if (!text) {
        info = damaged_run(name, problem);
    } else {
        info = parse_record(*text, name);
        info.id = name;
    }
    if (may_have_owner(info) && !is_rest) info.doubt = doubt_of_lock(folder);
    found.run = std::move(info);
    return found;
}

// Older cribs made no marks: a record that can be read and has the folder's name shows as much.
Found of_unmarked(Claim claim, const std::string& name) {
    Found found{std::move(claim), std::nullopt, false, {}};
    const auto& folder = *found.claim.folder;
    if (folder.look(kRecord).kind == HeldFolder::Kind::none) {
        found.why_not = "nothing in it shows that crib made it";
        return found;
    }
    std::string problem;
    const auto text = folder.read(kRecord, kLargestRunRecord, problem);
    auto info = text ? parse_record(*text, name) : damaged_run(name, problem);
    if (info.state == RunState::damaged && info.id != name) {
        found.why_not = "its run.json is of the run " + info.id;
        return found;
    }
    found.proven = info.state != RunState::damaged;
    if (may_have_owner(info)) info.doubt = doubt_of_lock(folder);
    found.run = std::move(info);
    return found;
}

Found look_at(const HeldFolder& root, const std::string& name) {
    auto claim = look_at_claim(root, name);
    if (!claim.folder) {
        auto why_not = claim.why_not;
        return {std::move(claim), std::nullopt, false, std::move(why_not)};
    }
    if (!claim.mark) return of_unmarked(std::move(claim), name);
    const auto& [kind, id] = *claim.mark;
    if (id != name || (kind != kRun && kind != kCapsule)) {
        return {{}, std::nullopt, false, fmt::format("its mark is that of the {} {}", kind, id)};
    }
    return of_marked(std::move(claim), name);
}

// What is called so and is no run, or none that can be told, is named as what it is; by its beginning when no run is.
void require_meant_is_no_stranger(const std::vector<LeftAlone>& strange, const std::string& id_or_prefix,
                                  bool by_beginning) {
    const LeftAlone* meant = nullptr;
    for (const auto& one : strange) {
        const auto name = one.path.filename().string();
        if (name != id_or_prefix && (!by_beginning || meant != nullptr || !name.starts_with(id_or_prefix))) continue;
        meant = &one;
        if (name == id_or_prefix) break;
    }
    if (meant == nullptr) return;
    throw Error(ErrorKind::usage, fmt::format("{}: {}", meant->path.string(), meant->why), meant->cure);
}

Removal unproven(const fs::path& path) {
    return {false, path.string() + ": nothing shows that crib made it", "if it is not needed, remove it by hand"};
}

// Why what is at `path` cannot be removed from the folder that it lies in, before that has begun.
std::vector<std::string> objections_of(const HeldFolder& above, const fs::path& path) {
    const auto objection = crib::objection_to_removal(above);
    if (objection.empty()) return {};
    return {words_of_failed({false, path.string() + ": " + objection, cure_of_objection(above)})};
}

}  // namespace

RunStore::Created RunStore::create(const std::string& scenario_name, const Clock& clock) const {
    if (!capsule::is_plain_name(scenario_name)) {
        throw Error(ErrorKind::usage, fmt::format("no run can be called \"{}\"", scenario_name),
                    "letters, digits, ._-");
    }
    RunInfo info;
    info.scenario = scenario_name;
    info.began = clock.wall_now();
    info.state = RunState::running;
    auto made = make_owned_folder(folders_.runs(), scenario_name, kRun, [&](const fs::path& path, const auto& id) {
        info.id = id;
        const RunFolder making{path};
        make_folder(making.secret(), 0700);
        make_folder(making.disks());
        write_file(making.info(), record_text(info));
    });
    const RunFolder folder{made.path};
    try {
        // Before it uses anything; not before it is there, or a crib gc of that moment would take it for gone.
        CacheUsers(folders_.cache).add({info.id, info.began, fs::absolute(folder.secret())});
    } catch (...) {
        (void)remove(info.id);
        throw;
    }
    return {info, folder, std::move(made.owner)};
}

void RunStore::save(const RunInfo& info) const {
    write_file(folder(info.id).info(), record_text(info));
}

RunStore::Survey RunStore::survey() const {
    Survey survey;
    require_listable(folders_.runs());
    const auto root = HeldFolder::open(folders_.runs());
    if (!root) return survey;
    for (const auto& name : root->names()) {
        if (is_unfinished(name)) continue;  // about to be a run, or killed before it was one
        auto found = look_at(*root, name);
        if (found.claim.unreadable || (found.run && !found.run->damage.empty())) survey.all_read = false;
        if (found.run) {
            if (FileLock::held(found.claim.folder->through() / kLock)) found.run->state = RunState::running;
            if (found.run->state == RunState::running) found.run->doubt.clear();
            survey.runs.push_back(std::move(*found.run));
        } else if (root->look(name).kind != HeldFolder::Kind::none) {
            const auto* cure = found.claim.foreign      ? kAnotherUsersCure
                               : found.claim.unreadable ? kMakeReadable
                                                        : "it is not crib's: move it elsewhere, or remove it by hand";
            survey.strange.push_back({folders_.runs() / name, found.why_not, cure});
            survey.has_others = survey.has_others || found.claim.foreign;
        }
    }
    std::sort(survey.runs.begin(), survey.runs.end(),
              [](const RunInfo& a, const RunInfo& b) { return std::tie(a.began, a.id) < std::tie(b.began, b.id); });
    return survey;
}

std::vector<LeftAlone> RunStore::left_alone(const Survey& survey) const {
    auto all = survey.strange;
    for (const auto& run : survey.runs) {
        if (!run.doubt.empty()) {
            all.push_back({folder(run.id).path, words_of_doubt(run),
                           fmt::format("if none is, {} ends what still runs of it", next_command()("down", {run.id}))});
        }
        if (run.damage.empty()) continue;
        all.push_back(
            {folder(run.id).path, "its record cannot be read: " + run.damage,
             next_command()("down", {run.id}) + " ends what still runs of it; its files stay until you remove them"});
    }
    return all;
}

RunInfo RunStore::find(const std::string& id_or_prefix) const {
    const auto all = survey();
    std::vector<const RunInfo*> matches;
    for (const auto& run : all.runs) {
        if (run.id == id_or_prefix) return run;
        if (run.id.starts_with(id_or_prefix)) matches.push_back(&run);
    }
    require_meant_is_no_stranger(all.strange, id_or_prefix, matches.empty());
    if (matches.size() == 1) return *matches.front();
    const auto what = matches.empty() ? "there is no run" : "more than one run begins with";
    std::vector<std::string> known;
    for (const auto& run : all.runs) {
        if (matches.empty() || run.id.starts_with(id_or_prefix)) known.push_back(run.id);
    }
    std::reverse(known.begin(), known.end());  // of many the newest are named
    throw Error(ErrorKind::usage, fmt::format("{} '{}'", what, id_or_prefix),
                known.empty() ? "no run has been made yet: " + next_command()("run", {"FILE"})
                              : fmt::format("{}: {} ({})", matches.empty() ? "the runs are" : "they are",
                                            some_of(known), next_command()("ls")));
}

RunInfo RunStore::load(const std::string& id_or_prefix) const {
    auto run = find(id_or_prefix);
    if (run.damage.empty()) return run;
    throw Error(ErrorKind::usage, fmt::format("the record of run {} cannot be read: {}", run.id, run.damage),
                fmt::format("its files are in {}; {} ends what still runs of it", folder(run.id).path.string(),
                            next_command()("down", {run.id})));
}

std::optional<FileLock> RunStore::take(const std::string& id, RunState state) const {
    const auto root = HeldFolder::open(folders_.runs());
    if (!root) return std::nullopt;
    const auto before = look_at(*root, id);
    if (!before.proven || !before.run->doubt.empty()) return std::nullopt;
    auto lock = FileLock::try_take(*before.claim.folder, kLock);
    if (!lock) return std::nullopt;
    // Its crib may have written its outcome, and ended, since it was looked at.
    const auto now = look_at(*root, id);
    const bool same = now.proven && now.claim.folder->is_same_as(*before.claim.folder);
    if (!same || now.run->state != state) return std::nullopt;
    return lock;
}

std::vector<std::string> RunStore::objections_to_removal(const std::string& id) const {
    const auto root = HeldFolder::open(folders_.runs());
    if (!root) return {};
    return objections_of(*root, folder(id).path);
}

std::vector<std::string> RunStore::objections_to_ending(const std::string& id) const {
    const auto root = HeldFolder::open(folders_.runs());
    if (!root) return {};
    const auto found = look_at(*root, id);
    const auto secret = folder(id).secret();
    if (!found.run || found.claim.folder->look(secret.filename().string()).kind == HeldFolder::Kind::none) return {};
    if (!found.proven) return {words_of_failed(unproven(secret))};
    return objections_of(*found.claim.folder, secret);
}

Removal RunStore::remove(const std::string& id) const noexcept {
    try {
        const auto root = HeldFolder::open(folders_.runs());
        if (!root) return {true, {}};
        const auto found = look_at(*root, id);
        if (found.proven) {
            auto removal = remove_proven(*root, id, *found.claim.folder, proofs());
            if (removal.gone) CacheUsers(folders_.cache).forget(id, fs::absolute(folder(id).secret()));
            return removal;
        }
        if (root->look(id).kind == HeldFolder::Kind::none) return {true, {}};
        return {false, fmt::format("{}: {}", folder(id).path.string(), found.run ? found.run->damage : found.why_not)};
    } catch (const std::exception& error) {
        return {false, error.what()};
    }
}

Removal RunStore::remove_private(const std::string& id) const noexcept {
    try {
        const auto root = HeldFolder::open(folders_.runs());
        if (!root) return {true, {}};
        const auto found = look_at(*root, id);
        const auto secret = folder(id).secret();
        if (found.proven) return remove_from(*found.claim.folder, secret.filename().string());
        if (found.run && found.claim.folder->look(secret.filename().string()).kind == HeldFolder::Kind::none) {
            return {true, {}};
        }
        return unproven(secret);
    } catch (const std::exception& error) {
        return {false, error.what()};
    }
}

}  // namespace crib::engine
