#include "harness/scenario/merge.h"

#include <deque>
#include <map>

namespace crib::scenario {
namespace {

using Json = nlohmann::json;

bool is_own_affair(const std::string& key, bool is_base) {
    if (key == "extends" || key == "$schema") return true;
    return is_base && (key == "name" || key == "about");
}

// The elements of a list by their names, the first of a name first.
using Named = std::map<Json, std::deque<std::size_t>>;

Named by_name(const Json& list) {
    Named named;
    for (std::size_t i = 0; i < list.size(); ++i) {
        if (list[i].is_object() && list[i].contains("name")) named[list[i]["name"]].push_back(i);
    }
    return named;
}

// Each is found once: two of one name in one file are that file's mistake, and stay two.
std::optional<std::size_t> take_named(Named& named, const Json& element) {
    if (!element.is_object() || !element.contains("name")) return std::nullopt;
    const auto found = named.find(element["name"]);
    if (found == named.end() || found->second.empty()) return std::nullopt;
    const auto first = found->second.front();
    found->second.pop_front();
    return first;
}

}  // namespace

bool is_at_or_below(const std::string& path, const std::string& top) {
    return path.compare(0, top.size(), top) == 0 &&
           (path.size() == top.size() || path[top.size()] == '.' || path[top.size()] == '[');
}

void Merged::add(const SourceFile& file, std::size_t number, bool is_base) {
    const From source{file, number};
    note("$", "$", source);
    for (const auto& [key, value] : file.root().items()) {
        if (!is_own_affair(key, is_base)) lay_member_over(root_, "$", key, value, "$", source);
    }
}

void Merged::drop(const std::string& key) {
    root_.erase(key);
    forget(child_path("$", key));
}

const Origin* Merged::find(const std::string& path) const {
    const auto found = origins_.find(path);
    return found == origins_.end() ? nullptr : &found->second;
}

void Merged::lay_over(Json& target, const std::string& path, const Json& value, const std::string& from,
                      const From& source) {
    if (target.is_object() && value.is_object()) {
        note(path, from, source);
        for (const auto& [key, member] : value.items()) lay_member_over(target, path, key, member, from, source);
    } else if (path == "$.nodes" && target.is_array() && value.is_array()) {
        lay_nodes_over(target, path, value, from, source);
    } else {
        forget(path);
        target = value;
        remember(path, value, from, source);
    }
}

void Merged::lay_member_over(Json& target, const std::string& path, const std::string& key, const Json& value,
                             const std::string& from, const From& source) {
    const auto member = child_path(path, key);
    if (!target.contains(key)) {
        target[key] = value;
        remember(member, value, child_path(from, key), source);
    } else if (value.is_null()) {
        forget(member);
        target.erase(key);
    } else {
        lay_over(target[key], member, value, child_path(from, key), source);
    }
}

void Merged::lay_nodes_over(Json& target, const std::string& path, const Json& value, const std::string& from,
                            const From& source) {
    note(path, from, source);
    auto inherited = by_name(target);
    for (std::size_t i = 0; i < value.size(); ++i) {
        const auto place = child_path(from, i);
        if (const auto same = take_named(inherited, value[i])) {
            lay_over(target[*same], child_path(path, *same), value[i], place, source);
        } else {
            target.push_back(value[i]);
            remember(child_path(path, target.size() - 1), value[i], place, source);
        }
    }
}

void Merged::remember(const std::string& path, const Json& value, const std::string& from, const From& source) {
    note(path, from, source);
    if (value.is_object()) {
        for (const auto& [key, member] : value.items()) {
            remember(child_path(path, key), member, child_path(from, key), source);
        }
    } else if (value.is_array()) {
        for (std::size_t i = 0; i < value.size(); ++i) {
            remember(child_path(path, i), value[i], child_path(from, i), source);
        }
    }
}

void Merged::note(const std::string& path, const std::string& from, const From& source) {
    const auto& positions = source.file.positions();
    const auto key = positions.keys.find(from);
    Origin origin{source.number, positions.values.at(from), std::nullopt};
    if (key != positions.keys.end()) origin.key = key->second;
    origins_[path] = origin;
}

void Merged::forget(const std::string& path) {
    auto entry = origins_.lower_bound(path);
    while (entry != origins_.end() && entry->first.starts_with(path)) {
        entry = is_at_or_below(entry->first, path) ? origins_.erase(entry) : std::next(entry);
    }
}

}  // namespace crib::scenario
