#include "harness/checkpoint/references.h"

#include "harness/base/text.h"
#include "harness/checkpoint/store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>

namespace crib::checkpoint {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongestName = 64;
constexpr std::string_view kWhile = "while ";
constexpr std::string_view kMayGo = "may go";

// It becomes a file's name.
void require_name(const std::string& name) {
    const auto is_letter = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
               c == '-';
    };
    const bool good = !name.empty() && name.size() <= kLongestName && name.front() != '.' &&
                      std::all_of(name.begin(), name.end(), is_letter) && name.find(".partial") == std::string::npos;
    if (good) return;
    throw Error(ErrorKind::usage, fmt::format("\"{}\" cannot be a checkpoint's name", name),
                "letters, digits, dots, dashes and underscores, at most 64, and no dot in front");
}

// Error(usage) when the name is that of another checkpoint than `key`.
void require_no_others_name(const Shop& shop, const std::string& name, const std::string& key) {
    const auto named = names_of(shop);
    const auto found = named.find(name);
    if (found == named.end() || found->second.key == key || !shop.has(found->second.key)) return;
    throw Error(ErrorKind::usage, fmt::format("there is a checkpoint \"{}\" already", name),
                fmt::format("give this one another name, or remove that one: crib cache rm {}", name));
}

}  // namespace

std::map<std::string, Named> names_of(const Shop& shop) {
    std::map<std::string, Named> found;
    for (const auto& file : files_in(shop.names())) {
        const auto lines = lines_of(file);
        if (lines.empty() || !is_key(lines.front())) continue;
        found[file.filename().string()] = {lines.front(), lines.size() < 2 || lines[1] != kMayGo};
    }
    return found;
}

bool Hold::is_over() const {
    std::error_code problem;
    return !while_exists.empty() && !fs::exists(while_exists, problem) && !problem;
}

std::map<std::string, Hold> holds_of(const Shop& shop) {
    std::map<std::string, Hold> found;
    for (const auto& file : files_in(shop.holds())) {
        auto& hold = found[file.filename().string()];
        for (const auto& line : lines_of(file)) {
            if (is_key(line)) hold.keys.insert(line);
            if (line.starts_with(kWhile)) hold.while_exists = line.substr(kWhile.size());
        }
    }
    return found;
}

void forget_names(const Shop& shop, const std::set<std::string>& keys) {
    if (keys.empty()) return;
    for (const auto& [name, named] : names_of(shop)) {
        if (keys.contains(named.key)) shop.remove(shop.names() / name);
    }
}

bool is_locked(const Shop& shop, const std::string& key) {
    std::error_code ignored;
    // Taking it alone for a moment would turn others away: so it is only looked at where the file is there already.
    return fs::exists(shop.lock(key), ignored) && FileLock::in_use(shop.lock(key));
}

void set_used(const fs::path& manifest, WallTime when) noexcept {
    const auto since = when.time_since_epoch();
    const auto seconds = std::chrono::floor<std::chrono::seconds>(since);
    timespec time{};
    time.tv_sec = seconds.count();
    time.tv_nsec = std::chrono::duration_cast<std::chrono::nanoseconds>(since - seconds).count();
    const std::array<timespec, 2> times{time, time};
    ::utimensat(AT_FDCWD, manifest.c_str(), times.data(), 0);
}

void Store::name(const std::string& name, const std::string& key, const Context& context, Stays stays) {
    require_name(name);
    if (!has(key)) throw Error(ErrorKind::usage, fmt::format("there is no checkpoint {}", key), "see: crib cache ls");
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
    for (const auto& [name, named] : names_of(*shop_)) keys[name] = named.key;
    return keys;
}

void Store::hold(const std::string& owner, const std::string& key, const Context& context,
                 const fs::path& while_exists) {
    require_name(owner);
    shop_->make_folders();
    const auto held = shop_->lock_store(context);
    auto hold = holds_of(*shop_)[owner];
    if (!while_exists.empty()) hold.while_exists = fs::absolute(while_exists);
    // This key alone: its layers are what the cluster stands on, those of earlier checkpoints among them.
    std::string list = key + "\n";
    if (!hold.while_exists.empty()) list += std::string(kWhile) + hold.while_exists.string() + "\n";
    write_file(shop_->holds() / owner, list, 0600);
}

void Store::release(const std::string& owner) noexcept {
    try {
        require_name(owner);
        shop_->remove(shop_->holds() / owner);
    } catch (const std::exception&) {
        // No such name, no such hold.
    }
}

}  // namespace crib::checkpoint
