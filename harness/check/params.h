#pragma once
// Params: a check's parameters as the scenario gives them, read by type.

#include "harness/base/clock.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace crib::check {

// "90s", "3m", "500ms" or "1h"; nothing for anything else: a bare number may be meant as minutes.
[[nodiscard]] std::optional<Duration> parse_duration(std::string_view text);

// Values come with the defaults of the check's kind already filled in (see kinds.h). A value that is
// not of its type is Error(usage) naming the check and the parameter.
class Params {
public:
    Params(std::string kind, std::map<std::string, std::string> values)
        : kind_(std::move(kind)), values_(std::move(values)) {}

    [[nodiscard]] bool has(const std::string& name) const;  // given, and not empty
    [[nodiscard]] std::string text(const std::string& name) const;
    [[nodiscard]] int integer(const std::string& name) const;
    [[nodiscard]] Duration duration(const std::string& name) const;

private:
    std::string kind_;
    std::map<std::string, std::string> values_;
};

}  // namespace crib::check
