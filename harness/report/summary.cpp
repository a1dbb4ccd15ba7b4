#include "harness/report/summary.h"

#include "harness/base/shown_word.h"
#include "harness/base/text.h"
#include "harness/report/lines.h"

#include <fmt/format.h>

#include <algorithm>

namespace crib::report {
namespace {

using events::Outcome;

void add_tables(std::string& text, const events::RunRecord& record, const Style& style) {
    for (const auto& table : record.tables) {
        text += fmt::format("\n{}\n", style.paint(Tone::strong, clean(table.title)));
        for (const auto& line : split_lines(clean(table.text, true))) text += line + "\n";
    }
}

void add_checks(std::string& text, const events::RunRecord& record, const Style& style) {
    if (record.checks.empty()) return;
    std::size_t width = 0;
    for (const auto& check : record.checks) width = std::max(width, columns(clean(check.check)));
    text += fmt::format("\n{}\n", style.paint(Tone::strong, "checks"));
    for (const auto& check : record.checks) {
        text +=
            fmt::format("{}  {}  {:>7}  {}\n", style.paint(tone_of(check.outcome), pad(to_string(check.outcome), 7)),
                        pad(clean(check.check), width), to_short_string(check.took), clean(check.summary));
    }
}

void add_times(std::string& text, const events::RunRecord& record, const Style& style) {
    if (record.stages.empty()) return;
    constexpr std::string_view kOutside = "outside stages";
    const bool has_gap = record.outside_stages >= std::chrono::seconds{1};
    std::size_t width = std::string_view(has_gap ? kOutside : "total").size();
    for (const auto& stage : record.stages) width = std::max(width, columns(clean(stage.stage)));
    text += fmt::format("\n{}\n", style.paint(Tone::strong, "time"));
    for (const auto& stage : record.stages) {
        text += fmt::format("{}  {:>7}", pad(clean(stage.stage), width), to_short_string(stage.took));
        if (stage.outcome != Outcome::passed) {
            text += "  " + style.paint(tone_of(stage.outcome), to_string(stage.outcome));
        }
        text += "\n";
    }
    if (has_gap) text += fmt::format("{}  {:>7}\n", pad(kOutside, width), to_short_string(record.outside_stages));
    text += fmt::format("{}  {:>7}\n", pad("total", width), to_short_string(record.finished.took));
}

void add_failures(std::string& text, const events::RunRecord& record, const Style& style) {
    for (const auto& step : record.steps) {
        if (step.outcome != Outcome::failed && step.outcome != Outcome::error) continue;
        text += fmt::format("\n{} on {} {}: {}\n", clean(step.step), clean(step.node),
                            style.paint(tone_of(step.outcome), to_string(step.outcome)), clean(step.reason));
        for (const auto& line : split_lines(clean(step.output_tail, true))) text += "    " + line + "\n";
    }
    for (const auto& check : record.checks) {
        if (check.outcome == Outcome::passed || check.last_seen.empty()) continue;
        text += fmt::format("\n{} {}; last seen:\n", clean(check.check),
                            style.paint(tone_of(check.outcome), to_string(check.outcome)));
        for (const auto& line : split_lines(clean(check.last_seen, true))) text += "    " + line + "\n";
    }
}

}  // namespace

std::string summary(const events::RunRecord& record, const Style& style, const NextCommand& next_command) {
    const auto& end = record.finished;
    std::string text;
    add_tables(text, record, style);
    add_checks(text, record, style);
    add_failures(text, record, style);
    add_times(text, record, style);
    text += fmt::format("\n{}: {} in {}", style.paint(tone_of(end.outcome), to_string(end.outcome)),
                        clean(record.started.scenario), to_short_string(end.took));
    if (!end.reason.empty()) text += ": " + clean(end.reason);
    text += "\n";
    for (const auto& line : split_lines(clean(end.hint, true))) text += "    " + line + "\n";
    if (end.kept) {
        const auto id = clean(record.started.run_id);
        text +=
            fmt::format("The cluster is still running: {}, {} -- get pods -A; {} ends it.\n",
                        next_command("ssh", {id, "NODE"}), next_command("kubectl", {id}), next_command("down", {id}));
    }
    if (!end.saved_as.empty()) {
        const auto name = clean(end.saved_as);
        text += fmt::format("The failed instant is saved: {} boots into it ({} removes it).\n",
                            next_command("restore", {name}), next_command("cache rm", {name}));
    }
    if (!end.folder.empty()) text += fmt::format("Record: {}\n", shown_path(end.folder));
    return text;
}

}  // namespace crib::report
