#include "harness/catalogue/version.h"

#include "harness/base/error.h"
#include "harness/base/text.h"

#include <fmt/format.h>

#include <algorithm>

namespace crib::catalogue {
bool VersionRange::looks_like_one(std::string_view text) {
    return text.starts_with(">=") || text.starts_with('<') || text.starts_with('=');
}

VersionRange VersionRange::parse(std::string_view text) {
    VersionRange range;
    for (const auto& word : split(text, ' ')) {
        std::string_view rest = word;
        Bound bound;
        if (rest.starts_with(">=")) {
            rest.remove_prefix(2);
        } else if (rest.starts_with('<') || rest.starts_with('=')) {
            bound.comparison = rest.front() == '<' ? Comparison::below : Comparison::within;
            rest.remove_prefix(1);
        } else {
            rest = {};
        }
        const auto parsed = parse_written_version(rest);
        if (!parsed || !parsed->version.rest.empty()) {
            throw Error(ErrorKind::component, fmt::format("\"{}\" is no range of versions", text),
                        "write comparisons such as \">=1.32 <1.34\" or \"=1.36\"");
        }
        bound.numbers = parsed->version.numbers;
        bound.written = parsed->numbers;
        range.bounds_.push_back(bound);
    }
    return range;
}

bool VersionRange::contains(const Version& version) const {
    return std::all_of(bounds_.begin(), bounds_.end(), [&](const Bound& bound) {
        switch (bound.comparison) {
            case Comparison::at_least:
                return version.numbers >= bound.numbers;
            case Comparison::below:
                return version.numbers < bound.numbers;
            case Comparison::within:
                return std::equal(version.numbers.begin(),
                                  version.numbers.begin() + static_cast<std::ptrdiff_t>(bound.written),
                                  bound.numbers.begin());
        }
        return false;
    });
}

}  // namespace crib::catalogue
