// Relative names of versions: "1.35", "latest", "latest-1", "stable".

#include "harness/base/text.h"
#include "harness/catalogue/catalogue.h"
#include "harness/catalogue/obstacle.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace crib::catalogue {
namespace {

using Known = std::vector<const KnownVersion*>;

bool same_minor(const Version& a, const Version& b) {
    return a.major() == b.major() && a.minor() == b.minor();
}

// The newest patch `back` minors behind the newest minor.
const KnownVersion* newest_behind(const Known& versions, unsigned back) {
    const KnownVersion* last = nullptr;
    for (auto at = versions.rbegin(); at != versions.rend(); ++at) {
        if (last && same_minor((*at)->version, last->version)) continue;
        last = *at;
        if (back-- == 0) return last;
    }
    return nullptr;
}

const KnownVersion* newest_of_minor(const Known& versions, const Version& minor) {
    const KnownVersion* found = nullptr;
    for (const auto* known : versions) {
        if (same_minor(known->version, minor)) found = known;
    }
    return found;
}

const KnownVersion* newest_patched(const Known& versions) {
    const KnownVersion* found = nullptr;
    for (const auto* known : versions) {
        if (known->version.patch() > 0) found = known;
    }
    return found;
}

// "latest" is 0, "latest-2" is 2.
std::optional<unsigned> minors_behind(std::string_view wanted) {
    if (wanted == "latest") return 0;
    if (!wanted.starts_with("latest-")) return std::nullopt;
    wanted.remove_prefix(7);
    unsigned back = 0;
    const auto [end, error] = std::from_chars(wanted.data(), wanted.data() + wanted.size(), back);
    if (error != std::errc{} || end != wanted.data() + wanted.size() || back > 1000) return std::nullopt;
    return back;
}

bool is_minor(const std::string& wanted) {
    return std::count(wanted.begin(), wanted.end(), '.') == 1 &&
           wanted.find_first_not_of("0123456789.") == std::string::npos && wanted.front() != '.' &&
           wanted.back() != '.';
}

// The one that a relative name means among `versions`; a null for one that has nothing to mean.
struct Meaning {
    bool is_relative = false;
    const KnownVersion* version = nullptr;
};

Meaning meaning_of(const std::string& wanted, const Known& versions) {
    if (const auto back = minors_behind(wanted)) return {true, newest_behind(versions, *back)};
    if (wanted == "stable") return {true, newest_patched(versions)};
    if (is_minor(wanted)) return {true, newest_of_minor(versions, *parse_version(wanted))};
    return {};
}

std::string from(std::optional<Source> source) {
    return source ? fmt::format(" from source {}", to_string(*source)) : "";
}

std::size_t number_of_minors(const Known& versions) {
    std::size_t minors = 0;
    const KnownVersion* last = nullptr;
    for (const auto* known : versions) {
        if (!last || !same_minor(known->version, last->version)) ++minors;
        last = known;
    }
    return minors;
}

// For an exact version that is not on offer: the nearest, or what there is.
std::string nearest_hint(const std::string& wanted, const Known& versions, const std::string& all) {
    if (wanted.starts_with('v') && parse_version(wanted.substr(1))) {
        return fmt::format("versions are written without a v: {}", wanted.substr(1));
    }
    const auto version = parse_version(wanted);
    if (const auto* same = version ? newest_of_minor(versions, *version) : nullptr) {
        return fmt::format("the newest {}.{} is {}", version->major(), version->minor(), same->text);
    }
    const auto word = nearest(wanted, {"latest", "latest-1", "stable"});
    return word && !version ? fmt::format("did you mean \"{}\"?", *word) : all;
}

}  // namespace

std::string Catalogue::on_offer(const std::string& component, std::optional<Source> source) const {
    std::vector<std::string> ranges;
    const KnownVersion* last = nullptr;
    for (const auto& known : versions(component)) {
        if (source && !known.comes_from(*source)) continue;
        const bool goes_on = last && same_minor(last->version, known.version);
        if (goes_on && ranges.size() > 6) {
            ranges.back() = known.text;
        } else {
            ranges.push_back(known.text);
        }
        last = &known;
    }
    constexpr std::size_t kMost = 12;
    if (ranges.size() > kMost) ranges = {ranges.front(), "...", ranges.end()[-3], ranges.end()[-2], ranges.back()};
    return ranges.empty() ? "" : fmt::format("there are{}: {}", from(source), join(ranges, ", "));
}

// Why the source does not have it, where that is known.
std::string Catalogue::why_not(const std::string& component, const KnownVersion& version, Source source) const {
    if (source != Source::upstream) return {};
    std::vector<std::string> reasons;
    if (!has_facts(component, version.text)) return {};
    for (const auto& repository : repositories(component, version.text)) {
        if (!repository.has_packages) continue;
        auto why = obstacle(repository, version.text, nullptr, nullptr);
        if (!why.empty()) reasons.push_back(std::move(why));
    }
    return join(reasons, ", ");
}

Resolution Catalogue::resolve(const std::string& component, const std::string& wanted,
                              std::optional<Source> source) const {
    if (!knows(component)) {
        const auto near = nearest(component, components());
        return {{},
                fmt::format("there is no component \"{}\"", component),
                near ? fmt::format("did you mean {}?", *near) : "there are " + join(components(), ", "),
                {}};
    }
    Known all;
    Known offered;
    for (const auto& known : versions(component)) {
        all.push_back(&known);
        if (!source || known.comes_from(*source)) offered.push_back(&known);
    }
    const auto meant = meaning_of(wanted, offered);
    if (meant.version) {
        Resolution resolution{meant.version->text, {}, {}, {}};
        const auto* anywhere = meaning_of(wanted, all).version;
        if (anywhere && anywhere != meant.version) {
            resolution.note = fmt::format("{} {} is known too, but not{}", component, anywhere->text, from(source));
        }
        return resolution;
    }
    const auto exact =
        std::find_if(offered.begin(), offered.end(), [&](const auto* known) { return known->text == wanted; });
    if (exact != offered.end()) return {(*exact)->text, {}, {}, {}};
    if (minors_behind(wanted)) {
        const auto minors = number_of_minors(offered);
        return {{},
                fmt::format("{} {} stands for nothing: there {} only {} minor version{}{}", component, wanted,
                            minors == 1 ? "is" : "are", minors, minors == 1 ? "" : "s", from(source)),
                on_offer(component, source),
                {},
                true};
    }
    const auto hint = nearest_hint(wanted, offered, on_offer(component, source));
    const auto* elsewhere = find(component, wanted);
    if (!elsewhere) elsewhere = meaning_of(wanted, all).version;
    if (elsewhere) {
        const auto why = source ? why_not(component, *elsewhere, *source) : "";
        return {
            {},
            fmt::format("{} {} is not to be had{}{}{}", component, wanted, from(source), why.empty() ? "" : ": ", why),
            hint,
            {},
            true};
    }
    return {{}, fmt::format("{} has no version {}", component, wanted.empty() ? "\"\"" : wanted), hint, {}};
}

}  // namespace crib::catalogue
