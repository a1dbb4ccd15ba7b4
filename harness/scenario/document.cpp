#include "harness/scenario/document.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace crib::scenario {
namespace {

// nlohmann's "[json.exception.parse_error.101] parse error at line 3, column 5: syntax error while
// parsing value - unexpected '}'; expected ..." without what is said elsewhere.
std::string short_reason(const std::string& what) {
    std::string reason = what;
    for (const std::string_view prefix : {std::string_view("] "), std::string_view(": "), std::string_view(" - ")}) {
        const auto found = reason.find(prefix);
        if (found != std::string::npos) reason.erase(0, found + prefix.size());
    }
    constexpr std::size_t longest = 160;
    if (reason.size() > longest) reason = reason.substr(0, longest) + "...";
    return reason;
}

bool is_at_or_below(const std::string& path, const std::string& top) {
    return path.compare(0, top.size(), top) == 0 &&
           (path.size() == top.size() || path[top.size()] == '.' || path[top.size()] == '[');
}

}  // namespace

Document::Document(std::string file, const std::string& text) : file_(std::move(file)), text_(text) {
    if (!parse()) return;
    positions_ = find_positions(text_);
    if (positions_.too_deep) {
        report_at(*positions_.too_deep, "nested more than 64 levels deep", "a scenario needs no more than four");
        return;
    }
    for (const auto& [path, offset] : positions_.duplicates) {
        report_at(offset, fmt::format("{} is given twice", path), "remove one of them");
    }
    if (!root_.is_object()) report("$", "a scenario is an object: { \"name\": ..., \"nodes\": [...] }");
}

bool Document::parse() {
    if (const auto bad = first_bad_utf8(text_)) {
        report_at(*bad, fmt::format("byte 0x{:02x} is not UTF-8", static_cast<unsigned char>(text_[*bad])),
                  "save the file as UTF-8");
        return false;
    }
    try {
        root_ = nlohmann::json::parse(text_);
        return true;
    } catch (const nlohmann::json::parse_error& error) {
        report_at(error.byte == 0 ? 0 : error.byte - 1, "not valid JSON: " + short_reason(error.what()));
    } catch (const nlohmann::json::exception& error) {  // a number out of range
        report_at(0, "not valid JSON: " + short_reason(error.what()));
    }
    return false;
}

void Document::blame(const std::string& path, const std::string& set) {
    overrides_.push_back({path, "--set " + set});
}

const std::string* Document::flag_of(const std::string& path) const {
    // The last one wins, as its value did.
    const auto found = std::find_if(overrides_.rbegin(), overrides_.rend(),
                                    [&](const Override& entry) { return is_at_or_below(path, entry.path); });
    return found == overrides_.rend() ? nullptr : &found->flag;
}

void Document::report(const std::string& path, const std::string& message, const std::string& hint, At at) {
    Diagnostic diagnostic{file_, 0, 0, {}, path, message, hint};
    const auto& places = at == At::key ? positions_.keys : positions_.values;
    const auto place = places.find(path);
    if (const auto* flag = flag_of(path)) {
        diagnostic.flag = *flag;
    } else if (place != places.end()) {
        const auto found = place_of(text_, place->second);
        diagnostic.line = found.line;
        diagnostic.column = found.column;
    }
    diagnostics_.push_back(std::move(diagnostic));
}

void Document::report_at(std::size_t offset, const std::string& message, const std::string& hint) {
    const auto place = place_of(text_, offset);
    diagnostics_.push_back({file_, place.line, place.column, {}, {}, message, hint});
}

void Document::report_set(const std::string& set, const std::string& message, const std::string& hint) {
    diagnostics_.push_back({file_, 0, 0, "--set " + set, {}, message, hint});
}

std::vector<Diagnostic> Document::diagnostics() const {
    auto sorted = diagnostics_;
    std::stable_sort(sorted.begin(), sorted.end(), [](const Diagnostic& a, const Diagnostic& b) {
        return std::forward_as_tuple(!a.flag.empty(), a.line, a.column) <
               std::forward_as_tuple(!b.flag.empty(), b.line, b.column);
    });
    return sorted;
}

}  // namespace crib::scenario
