#pragma once
// What every JUnit file of crib begins with, holds and ends as. Internal to report.

#include "harness/base/clock.h"

#include <pugixml.hpp>
#include <string>

namespace crib::report {

// The attribute, without what a terminal or XML could not take.
void set(pugi::xml_node node, const char* name, const std::string& value);

// "12.345"
[[nodiscard]] std::string seconds(Duration duration);

// The declaration and an element testsuites, which is returned.
[[nodiscard]] pugi::xml_node begin_suites(pugi::xml_document& document);

[[nodiscard]] std::string to_text(const pugi::xml_document& document);

}  // namespace crib::report
