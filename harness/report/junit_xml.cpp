#include "harness/report/junit_xml.h"

#include "harness/report/style.h"

#include <fmt/format.h>

#include <sstream>

namespace crib::report {

void set(pugi::xml_node node, const char* name, const std::string& value) {
    node.append_attribute(name).set_value(clean(value).c_str());
}

std::string seconds(Duration duration) {
    const auto millis = std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
    return fmt::format("{}.{:03}", millis / 1000, millis % 1000);
}

pugi::xml_node begin_suites(pugi::xml_document& document) {
    auto declaration = document.append_child(pugi::node_declaration);
    declaration.append_attribute("version").set_value("1.0");
    declaration.append_attribute("encoding").set_value("UTF-8");
    auto suites = document.append_child("testsuites");
    set(suites, "name", "crib");
    return suites;
}

std::string to_text(const pugi::xml_document& document) {
    std::ostringstream out;
    document.save(out, "  ", pugi::format_indent | pugi::format_skip_control_chars, pugi::encoding_utf8);
    return out.str();
}

}  // namespace crib::report
