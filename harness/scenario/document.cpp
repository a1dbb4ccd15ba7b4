#include "harness/scenario/document.h"

#include "harness/base/error.h"
#include "harness/base/input_file.h"
#include "harness/base/plain_path.h"
#include "harness/base/sha256.h"
#include "harness/base/size.h"
#include "harness/base/text.h"
#include "harness/scenario/scenario_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

namespace crib::scenario {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr std::size_t kMostFiles = 64;

fs::path identity_of(const fs::path& file) {
    std::error_code failed;
    auto path = fs::weakly_canonical(file, failed);
    return failed ? file : path;
}

fs::path base_of(const fs::path& file, const std::string& name) {
    return plain_path(file.parent_path() / name);
}

}  // namespace

Document::Document(const fs::path& file, std::string text) {
    read_with_bases(file, std::move(text), {});
}

// Bases first: what comes later wins.
void Document::read_with_bases(const fs::path& file, std::string text, std::vector<Link> chain) {
    const auto number = sources_.size();
    note_file(file, text);
    sources_.push_back(std::make_shared<const SourceFile>(file, std::move(text)));
    const SourceFile& source = *sources_.back();
    for (const auto& diagnostic : source.diagnostics()) found_.push_back({number, diagnostic});
    if (!source.is_sound()) return;
    const bool is_base = !chain.empty();
    chain.push_back({file, identity_of(file)});
    if (source.root().contains("extends")) {
        read_bases(number, source.root()["extends"], chain);
    }
    merged_.add(source, number, is_base);
}

void Document::read_bases(std::size_t source, const Json& extends, const std::vector<Link>& chain) {
    const std::string path = "$.extends";
    if (!extends.is_array()) return read_base(source, path, extends, chain);
    if (extends.size() > kMostFiles) {
        report_in_source(source, path,
                         fmt::format("{} files are more than can be extended, {}", extends.size(), kMostFiles));
        return;
    }
    std::map<fs::path, std::size_t> named;
    for (std::size_t i = 0; i < extends.size(); ++i) {
        const auto place = child_path(path, i);
        if (extends[i].is_string()) {
            const auto file = base_of(chain.back().file, extends[i].get<std::string>());
            const auto [first, is_new] = named.emplace(identity_of(file), i);
            if (!is_new) {
                report_in_source(source, place, "names the same file as " + child_path(path, first->second),
                                 "extend it once: later ones win over earlier ones");
                continue;
            }
        }
        read_base(source, place, extends[i], chain);
    }
}

void Document::read_base(std::size_t source, const std::string& path, const Json& name,
                         const std::vector<Link>& chain) {
    if (!name.is_string()) {
        report_in_source(source, path, "must be a text or a list of texts: the files that this one extends");
        return;
    }
    const auto file = base_of(chain.back().file, name.get<std::string>());
    if (const auto problem = problem_with_file(file)) {
        report_in_source(source, path, fmt::format("{} cannot be extended: {}", file.string(), problem->message),
                         problem->hint);
        return;
    }
    const auto identity = identity_of(file);
    const auto again =
        std::find_if(chain.begin(), chain.end(), [&](const auto& link) { return link.identity == identity; });
    if (again != chain.end()) {
        std::vector<std::string> names;
        for (auto link = again; link != chain.end(); ++link) names.push_back(link->file.filename().string());
        names.push_back(again->file.filename().string());
        report_in_source(source, path, "extends itself: " + join(names, " -> "), "take one of them out");
        return;
    }
    const bool is_known = !identities_.insert(identity).second;
    if (sources_.size() >= kMostFiles) {
        if (is_told_of_many_) return;
        is_told_of_many_ = true;
        return is_known ? report_in_source(source, path,
                                           fmt::format("{} is extended in many ways: files are read more than {} times",
                                                       file.string(), kMostFiles),
                                           "extend it in one place, or in fewer")
                        : report_in_source(source, path, fmt::format("more than {} files are extended", kMostFiles));
    }
    try {
        auto text = read_input(file, input_kind::scenario);
        bytes_ += text.size();
        if (bytes_ > kLargestFile) {
            report_in_source(source, path,
                             fmt::format("with {} all that is extended is too large: it may have {}", file.string(),
                                         to_string(ByteSize{kLargestFile})));
            return;
        }
        read_with_bases(file, std::move(text), chain);
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::usage) throw;  // of the machine
        report_in_source(source, path, error.what(), error.hint());
    }
}

void Document::note_file(const fs::path& file, std::string_view text) {
    if (const auto [place, is_new] = files_.try_emplace(file.string()); is_new) place->second = sha256_hex(text);
}

void Document::blame(const std::string& path, const std::string& set, const fs::path& folder) {
    overrides_.push_back({path, "--set " + set, folder});
}

bool Document::comes_from_matrix(const std::string& path) const {
    const auto* found = override_of(path);
    return found != nullptr && !found->folder.empty();
}

bool Document::is_typed(const std::string& path, const std::string& text) const {
    const auto* flag = flag_of(path);
    return flag != nullptr && flag->ends_with("=" + text);
}

const Document::Override* Document::override_of(const std::string& path) const {
    // The last one wins, as its value did.
    const auto found = std::find_if(overrides_.rbegin(), overrides_.rend(),
                                    [&](const Override& entry) { return is_at_or_below(path, entry.path); });
    return found == overrides_.rend() ? nullptr : &*found;
}

const std::string* Document::flag_of(const std::string& path) const {
    const auto* found = override_of(path);
    return found == nullptr ? nullptr : &found->flag;
}

// What no file says is there because a flag made it on its way to its own value: $.matrix, by --set matrix.limit=5.
const std::string* Document::flag_to_blame(const std::string& path) const {
    const auto* flag = flag_of(path);
    if (flag != nullptr || merged_.find(path) != nullptr) return flag;
    const auto found = std::find_if(overrides_.rbegin(), overrides_.rend(),
                                    [&](const Override& entry) { return is_at_or_below(entry.path, path); });
    return found == overrides_.rend() ? nullptr : &found->flag;
}

bool Document::has(const std::string& path) const {
    return comes_from_flag(path) || merged_.find(path) != nullptr;
}

fs::path Document::file_of(const std::string& path) const {
    const auto* origin = merged_.find(path);
    return sources_[origin == nullptr ? 0 : origin->source]->file();
}

fs::path Document::folder_of(const std::string& path) const {
    const auto* found = override_of(path);
    return found == nullptr ? file_of(path).parent_path() : found->folder;
}

std::size_t Document::written_at(const std::string& path) const {
    const auto* origin = merged_.find(path);
    if (origin == nullptr) return std::string::npos;  // of a flag: behind all that is of a file
    return origin->source * kLargestFile + origin->key.value_or(origin->value);
}

std::string Document::in_written_order(const std::string& path, const Json& value) const {
    std::vector<std::string> parts;
    if (value.is_array()) {
        for (std::size_t i = 0; i < value.size(); ++i) {
            parts.push_back(in_written_order(child_path(path, i), value[i]));
        }
        return "[" + join(parts, ",") + "]";
    }
    if (!value.is_object()) return value.dump();
    std::vector<std::string> keys;
    for (const auto& [key, member] : value.items()) keys.push_back(key);
    std::stable_sort(keys.begin(), keys.end(), [&](const auto& a, const auto& b) {
        return written_at(child_path(path, a)) < written_at(child_path(path, b));
    });
    for (const auto& key : keys) {
        parts.push_back(Json(key).dump() + ":" + in_written_order(child_path(path, key), value[key]));
    }
    return "{" + join(parts, ",") + "}";
}

// Of what the path leads to or, where that was not written, of what it would be in.
const Origin* Document::nearest_origin(std::string path) const {
    const auto* origin = merged_.find(path);
    while (origin == nullptr && path.size() > 1) {
        path.erase(path.find_last_of(".["));
        origin = merged_.find(path);
    }
    return origin;
}

Document::Found Document::place(const std::string& path, const std::string& message, const std::string& hint,
                                At at) const {
    const auto* origin = nearest_origin(path);
    const auto number = origin == nullptr ? 0 : origin->source;
    Diagnostic diagnostic{sources_[number]->file().string(), 0, 0, {}, path, message, hint};
    diagnostic.of_key = at == At::key;
    if (const auto* flag = flag_to_blame(path)) {
        diagnostic.flag = *flag;
    } else if (origin != nullptr) {
        const auto offset = at == At::key ? origin->key.value_or(origin->value) : origin->value;
        const auto place = sources_[number]->place_of(offset);
        diagnostic.line = place.line;
        diagnostic.column = place.column;
    }
    return {number, std::move(diagnostic)};
}

void Document::report(const std::string& path, const std::string& message, const std::string& hint, At at) {
    found_.push_back(place(path, message, hint, at));
}

Diagnostic Document::diagnostic(const std::string& path, const std::string& message, const std::string& hint) const {
    return place(path, message, hint, At::value).diagnostic;
}

void Document::note(const std::string& path, const std::string& message) {
    notes_.push_back(to_string(place(path, message, {}, At::key).diagnostic));
}

void Document::report_combination(const std::string& path, const std::string& message, const std::string& hint) {
    report(path, message, hint);
    found_.back().diagnostic.of_combination = true;
}

void Document::report_in(const std::string& path, const std::string& part, const std::string& message,
                         const std::string& hint) {
    report(path, message, hint);
    auto& diagnostic = found_.back().diagnostic;
    const auto* origin = merged_.find(path);
    if (!diagnostic.flag.empty() || origin == nullptr) return;
    const auto& text = sources_[origin->source]->text();
    const auto offset = text.find(part, origin->value);
    const auto line_end = text.find('\n', origin->value);  // a text of JSON never goes on in the next line
    if (offset == std::string::npos || offset > line_end) return;
    const auto place = sources_[origin->source]->place_of(offset);
    diagnostic.line = place.line;
    diagnostic.column = place.column;
}

void Document::report_in_source(std::size_t source, const std::string& path, const std::string& message,
                                const std::string& hint) {
    const auto& file = *sources_[source];
    const auto place = file.place_of(file.positions().values.at(path));
    found_.push_back({source, {file.file().string(), place.line, place.column, {}, path, message, hint}});
}

void Document::report_set(const std::string& set, const std::string& message, const std::string& hint, At at) {
    found_.push_back({0, {sources_.front()->file().string(), 0, 0, "--set " + set, {}, message, hint}});
    found_.back().diagnostic.of_key = at == At::key;
}

void Document::forgive(const std::function<bool(const Diagnostic&)>& which) {
    std::erase_if(found_, [&](const Found& found) { return which(found.diagnostic); });
}

bool Document::has_mistake_at(const std::string& path) const {
    return std::ranges::any_of(
        found_, [&](const Found& found) { return found.diagnostic.path == path && !found.diagnostic.of_combination; });
}

std::vector<Diagnostic> Document::diagnostics() const {
    std::vector<const Found*> sorted;
    for (const auto& found : found_) sorted.push_back(&found);
    const auto order = [](const Found* found) {
        const auto& [source, diagnostic] = *found;
        return std::make_tuple(!diagnostic.flag.empty(), source, diagnostic.line, diagnostic.column);
    };
    std::ranges::stable_sort(sorted, {}, order);
    std::vector<Diagnostic> diagnostics;
    diagnostics.reserve(sorted.size());
    for (const auto* found : sorted) diagnostics.push_back(found->diagnostic);
    return diagnostics;
}

}  // namespace crib::scenario
