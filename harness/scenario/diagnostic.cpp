#include "harness/scenario/diagnostic.h"

#include "harness/base/printable.h"
#include "harness/base/text.h"

#include <fmt/format.h>

namespace crib::scenario {
namespace {

std::string where(const Diagnostic& diagnostic) {
    if (!diagnostic.flag.empty()) return printable(diagnostic.flag);
    const auto file = printable(diagnostic.file);
    return diagnostic.line == 0 ? file : fmt::format("{}:{}:{}", file, diagnostic.line, diagnostic.column);
}

}  // namespace

std::string to_string(const Diagnostic& diagnostic) {
    std::string text = where(diagnostic) + ": ";
    if (!diagnostic.path.empty() && diagnostic.path != "$") text += printable(diagnostic.path) + ": ";
    text += printable(diagnostic.message);
    if (!diagnostic.hint.empty()) text += "\n    " + printable(diagnostic.hint);
    return text;
}

std::string to_string(const std::vector<Diagnostic>& diagnostics) {
    std::vector<std::string> texts;
    texts.reserve(diagnostics.size());
    for (const auto& diagnostic : diagnostics) texts.push_back(to_string(diagnostic));
    return join(texts, "\n");
}

}  // namespace crib::scenario
