#include "harness/checkpoint/references.h"

#include "harness/base/run_file_name.h"
#include "harness/base/short_words.h"
#include "harness/base/shown_word.h"
#include "harness/base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace crib::checkpoint {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongestName = 64;
constexpr std::string_view kWhile = "while ";
constexpr std::string_view kMayGo = "may go";

// It becomes a file's name.
bool is_name(const std::string& name) {
    const auto is_letter = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
               c == '-';
    };
    return !name.empty() && name.size() <= kLongestName && name.front() != '.' &&
           std::all_of(name.begin(), name.end(), is_letter) && name.find(".partial") == std::string::npos;
}

void require_name(const std::string& name) {
    if (is_name(name)) return;
    throw Error(ErrorKind::usage, fmt::format("\"{}\" cannot be a checkpoint's name", name),
                "letters, digits, dots, dashes and underscores, at most 64, and no dot in front");
}

std::string words_to_remove(const fs::path& file) {
    return "remove it: rm " + shown_word(file.string());
}

LeftAlone damaged_name(const fs::path& file, const std::string& damage) {
    return {file, fmt::format("it names no checkpoint that can be told ({}), so none is evicted", damage),
            "if it is not needed, " + words_to_remove(file)};
}

LeftAlone damaged_hold(const Shop& shop, const fs::path& file, const std::string& damage) {
    const auto run = run_of_file_name(file.filename().string());
    return {file, fmt::format("what run {} stands on cannot be told ({}), so no checkpoint goes", run, damage),
            fmt::format("{} and {} end it; when there is no such run, {}", shop.next_command("down", {run}),
                        shop.next_command("gc"), words_to_remove(file))};
}

LeftAlone doubtful_hold(const fs::path& file, const Hold& hold) {
    auto cure = "if it is gone for good, " + words_to_remove(file);
    if (hold.presence == Presence::missing) cure += "; " + words_of_missing();
    return {
        file,
        fmt::format("run {} stands on a checkpoint, and cannot be seen now: {}", hold.run, hold.while_exists.string()),
        std::move(cure)};
}

// Nothing: it is damaged.
std::optional<Named> named_by(const SmallFile& file) {
    if (file.lines.empty() || !is_key(file.lines.front())) return std::nullopt;
    return Named{file.lines.front(), file.lines.size() < 2 || file.lines[1] != kMayGo};
}

// Of the file of this name.
Hold hold_in(const std::string& name, const SmallFile& file) {
    Hold hold{run_of_file_name(name), {}, {}, file.damage, Presence::hidden};
    for (const auto& line : file.lines) {
        if (is_key(line)) {
            hold.keys.insert(line);
        } else if (line.starts_with(kWhile) && line.substr(kWhile.size()).starts_with('/')) {
            hold.while_exists = line.substr(kWhile.size());
        } else if (hold.damage.empty()) {
            hold.damage = "it has a line that crib does not write";
        }
    }
    if (hold.keys.empty() && hold.damage.empty()) hold.damage = "it has no key";
    const bool is_named_so = name == hold.run || name == run_file_name(hold.run, hold.while_exists);
    if (!is_named_so && hold.damage.empty()) hold.damage = "it has another run's name";
    return hold;
}

// A file that cannot be read may be of another checkpoint, which must not lose its name.
void require_readable_name(const Shop& shop, const std::string& name) {
    const auto file = shop.names() / name;
    std::error_code none;
    if (!fs::is_regular_file(file, none)) return;
    const auto read = read_small(file);
    if (!read || named_by(*read)) return;
    const auto damaged = damaged_name(file, read->damage.empty() ? "it has no key" : read->damage);
    throw Error(ErrorKind::usage,
                fmt::format("the name \"{}\" cannot be used: {}: {}", name, file.string(), damaged.why), damaged.cure);
}

// Error(usage) when the name is that of another checkpoint than `key`.
void require_no_others_name(const Shop& shop, const std::string& name, const std::string& key) {
    require_readable_name(shop, name);
    const auto named = references_of(shop).names;
    const auto found = named.find(name);
    if (found == named.end() || found->second.key == key || !shop.has(found->second.key)) return;
    throw Error(ErrorKind::usage, fmt::format("there is a checkpoint \"{}\" already", name),
                "give this one another name, or remove that one: " + shop.next_command("cache rm", {name}));
}

void read_names(const Shop& shop, References& all) {
    for (const auto& file : files_in(shop.names())) {
        const auto read = read_small(file);
        if (!read) continue;
        const auto named = named_by(*read);
        const bool counts = is_name_file(file);
        if (named && counts) all.names[file.filename().string()] = *named;
        if (named && !counts && named->stays) all.kept_by_strangers.insert(named->key);
        if (named || (!counts && read->damage.empty())) continue;
        all.all_named = false;
        all.in_doubt.push_back(damaged_name(file, read->damage.empty() ? "it has no key" : read->damage));
    }
}

void read_holds(const Shop& shop, References& all) {
    for (const auto& file : files_in(shop.holds())) {
        const auto read = read_small(file);
        if (!read) continue;
        const auto name = file.filename().string();
        auto hold = hold_in(name, *read);
        const auto now = shop.clock.wall_now();
        hold.presence = presence_of(hold.while_exists, changed_at(file).value_or(now), now);
        if (!hold.damage.empty()) {
            all.in_doubt.push_back(damaged_hold(shop, file, hold.damage));
        } else if (hold.is_in_doubt()) {
            all.in_doubt.push_back(doubtful_hold(file, hold));
        }
        all.holds[name] = std::move(hold);
    }
}

}  // namespace

bool is_name_file(const fs::path& file) {
    std::error_code none;
    return is_name(file.filename().string()) && fs::symlink_status(file, none).type() == fs::file_type::regular;
}

bool Hold::is_over() const {
    return damage.empty() && !while_exists.empty() && presence == Presence::gone;
}

bool Hold::is_in_doubt() const {
    return !while_exists.empty() && presence != Presence::there && !is_over();
}

std::vector<std::string> References::names_of(const std::string& key) const {
    std::vector<std::string> found;
    for (const auto& [name, named] : names) {
        if (named.key == key) found.push_back(name);
    }
    return found;
}

bool References::stays(const std::string& key) const {
    return !all_named || kept_by_strangers.contains(key) ||
           std::any_of(names.begin(), names.end(),
                       [&](const auto& one) { return one.second.key == key && one.second.stays; });
}

std::vector<Holder> References::holders_of(const std::string& key) const {
    std::vector<Holder> found;
    for (const auto& [name, hold] : holds) {
        const bool may_be = hold.keys.contains(key) || !hold.damage.empty();
        if (may_be && !hold.is_over()) found.push_back({hold.run, name, hold.while_exists});
    }
    return found;
}

std::set<std::string> References::dead_holds(const Store::IsAlive& alive, const std::set<fs::path>& going) const {
    std::set<std::string> dead;
    for (const auto& [name, hold] : holds) {
        if (hold.is_over() || (hold.damage.empty() && going.contains(hold.while_exists))) dead.insert(name);
        // One that says where its run is needs no other witness: another state folder's may have the same id.
        std::error_code problem;
        const bool says_where =
            !hold.while_exists.empty() && (hold.damage.empty() || fs::exists(hold.while_exists, problem));
        const bool is_asked = !says_where && alive;
        if (is_asked && !alive({hold.run, name, hold.while_exists}).value_or(true)) dead.insert(name);
    }
    return dead;
}

void References::forget(const Shop& shop, const std::set<std::string>& dead) {
    for (const auto& name : dead) {
        holds.erase(name);
        std::erase_if(in_doubt, [&](const LeftAlone& one) { return one.path == shop.holds() / name; });
    }
}

References references_of(const Shop& shop) {
    References all;
    read_names(shop, all);
    read_holds(shop, all);
    return all;
}

std::string whole_hint(const Shop& shop, const References& references, const std::string& key, std::string hint) {
    static constexpr std::string_view kRemove = "crib cache rm";
    if (!hint.ends_with(kRemove)) return hint;
    const auto names = references.names_of(key);
    hint.resize(hint.size() - kRemove.size());
    hint += shop.next_command("cache rm", {names.empty() ? key.substr(0, kShownDigits) : names.front()});
    const auto holders = references.holders_of(key);
    if (!holders.empty())
        hint += fmt::format(" (once it has ended: run {}, which stands on it)", some_of(runs_of(holders)));
    return hint;
}

std::vector<LeftAlone> unreadable_in(const Shop& shop, const References& references) {
    std::vector<LeftAlone> found;
    for (const auto& key : shop.keys()) {
        const auto add = [&](const Error& problem, const std::string& cure) {
            const auto names = references.names_of(key);
            const auto called = names.empty() ? "" : fmt::format("called {}; ", names.front());
            found.push_back({shop.entry(key), called + problem.what(), whole_hint(shop, references, key, cure)});
        };
        try {
            (void)shop.read(key);
        } catch (const Damage& damage) {
            add(damage, "what it may refer to stays as well; crib cache verify removes what is damaged");
        } catch (const Outdated& outdated) {
            const auto* until = !references.holders_of(key).empty() ? "it stays for the run that stands on it"
                                : references.stays(key)             ? "it stays for its name"
                                                                    : "it goes when there is no room";
            add(outdated, fmt::format("{}; the crib that saved it can use it, or remove it: crib cache rm", until));
        } catch (const Unusable& unusable) {
            add(unusable, "so what may be shared with it stays as well; make it readable, or remove it: crib cache rm");
        }
    }
    return found;
}

void forget_names(const Shop& shop, const References& references, const std::set<std::string>& keys) {
    for (const auto& [name, named] : references.names) {
        if (keys.contains(named.key)) shop.remove(shop.names() / name);
    }
}

void forget_names_of_dropped(const Shop& shop, std::set<std::string> keys) noexcept {
    try {
        std::erase_if(keys, [&](const std::string& key) { return shop.has(key); });
        References all;
        read_names(shop, all);
        forget_names(shop, all, keys);
    } catch (const std::exception&) {
        // crib cache ls tells of names that cannot be read.
    }
}

bool is_locked(const Shop& shop, const std::string& key) {
    std::error_code ignored;
    // Taking it alone for a moment would turn others away: so it is only looked at where the file is there already.
    return fs::exists(shop.lock(key), ignored) && FileLock::in_use(shop.lock(key));
}

void Store::name(const std::string& name, const std::string& key, const Context& context, Stays stays) {
    require_name(name);
    if (!has(key))
        throw Error(ErrorKind::usage, fmt::format("there is no checkpoint {}", key),
                    "see: " + shop_->next_command("cache ls"));
    const auto held = shop_->lock_store(context);
    if (stays == Stays::yes) require_no_others_name(*shop_, name, key);  // another process may have been quicker
    write_file(shop_->names() / name, key + "\n" + (stays == Stays::no ? std::string(kMayGo) + "\n" : ""), 0600);
}

void Store::require_free_name(const std::string& name) const {
    require_name(name);
    require_no_others_name(*shop_, name, {});
}

void Store::unname(const std::string& name, const Context& context) {
    require_name(name);
    std::error_code ignored;
    if (!fs::exists(shop_->names() / name, ignored)) return;
    const auto held = shop_->lock_store(context);
    shop_->remove(shop_->names() / name);
}

std::map<std::string, std::string> Store::names() const {
    std::map<std::string, std::string> keys;
    for (const auto& [name, named] : references_of(*shop_).names) keys[name] = named.key;
    return keys;
}

std::string Store::hold_of(const std::string& run, const fs::path& while_exists) {
    return while_exists.empty() ? run : run_file_name(run, fs::absolute(while_exists));
}

void Store::hold(const std::string& run, const std::string& key, const Context& context, const fs::path& while_exists) {
    require_name(run);
    shop_->make_folders();
    const auto held = shop_->lock_store(context);
    // This key alone: its layers are what the cluster stands on, those of earlier checkpoints among them.
    std::string list = key + "\n";
    if (!while_exists.empty()) list += std::string(kWhile) + fs::absolute(while_exists).string() + "\n";
    const auto file = shop_->holds() / hold_of(run, while_exists);
    write_file(file, list, 0600);
    set_changed_at(file, shop_->clock.wall_now());  // when the run was last seen
    if (while_exists.empty()) return;
    // An older crib's hold of this run, whose name was the id alone. Another run of that id keeps its own.
    const auto older = shop_->holds() / run;
    std::error_code none;
    const auto read = fs::is_regular_file(older, none) ? read_small(older) : std::nullopt;
    const auto was = read ? hold_in(run, *read) : Hold{};
    if (was.damage.empty() && was.while_exists == fs::absolute(while_exists)) shop_->remove(older);
}

std::set<std::string> Store::dead_holds(const IsAlive& alive, const std::set<fs::path>& going) const {
    return references_of(*shop_).dead_holds(alive, going);
}

std::vector<Holder> Store::holds() const {
    std::vector<Holder> found;
    for (const auto& [name, hold] : references_of(*shop_).holds) {
        if (!hold.is_over()) found.push_back({hold.run, name, hold.while_exists});
    }
    return found;
}

void Store::require_readable_name(const std::string& name) const {
    if (is_name(name)) checkpoint::require_readable_name(*shop_, name);
}

std::vector<LeftAlone> Store::in_doubt() const {
    return references_of(*shop_).in_doubt;
}

void Store::release(const std::string& hold) noexcept {
    try {
        if (!hold.empty() && hold.find('/') == std::string::npos) shop_->remove(shop_->holds() / hold);
    } catch (const std::exception&) {
        // No such name, no such hold.
    }
}

}  // namespace crib::checkpoint
