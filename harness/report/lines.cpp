#include "harness/report/lines.h"

#include "harness/base/size.h"
#include "harness/base/text.h"

#include <fmt/format.h>

namespace crib::report {
namespace {

using events::Outcome;
using Lines = std::vector<std::string>;

constexpr std::size_t kNodeColumns = 10;

struct LineWriter {
    Detail detail;
    const Style& style;

    [[nodiscard]] bool lasting_only() const { return detail == Detail::lasting; }

    [[nodiscard]] static std::string subject(const std::string& node) {
        return pad(node.empty() ? "host" : clean(node), kNodeColumns);
    }

    // "reason" and what belongs to it, indented under the line before.
    void explain(Lines& lines, const std::string& text) const {
        for (const auto& line : split_lines(clean(text, true))) lines.push_back("    " + style.paint(Tone::dim, line));
    }

    Lines operator()(const events::RunStarted& e) const {
        std::vector<std::string> facts;
        for (const auto& [name, value] : e.facts) facts.push_back(clean(name + " " + value));
        Lines lines{fmt::format("run {}: {} ({})", style.paint(Tone::strong, clean(e.run_id)), clean(e.scenario),
                                clean(e.scenario_file))};
        if (!facts.empty()) lines.push_back("    " + join(facts, ", "));
        return lines;
    }

    Lines operator()(const events::StageStarted& e) const {
        if (lasting_only()) return {};
        return {style.paint(Tone::strong, "stage " + clean(e.stage))};
    }

    Lines operator()(const events::StageFinished& e) const {
        return {fmt::format("stage {} {} in {}", clean(e.stage), style.paint(tone_of(e.outcome), to_string(e.outcome)),
                            to_short_string(e.took))};
    }

    Lines operator()(const events::NodeDoing& e) const {
        if (lasting_only() || e.what.empty()) return {};
        return {subject(e.node) + " " + clean(e.what)};
    }

    Lines operator()(const events::StepStarted& e) const {
        if (lasting_only()) return {};
        return {fmt::format("{} {}: {}", subject(e.node), clean(e.step), clean(e.title))};
    }

    Lines operator()(const events::StepOutput& e) const {
        if (detail != Detail::verbose) return {};
        return {fmt::format("{} {} {} {}", subject(e.node), clean(e.step), style.paint(Tone::dim, "|"), clean(e.line))};
    }

    Lines operator()(const events::StepFinished& e) const {
        const bool well = e.outcome == Outcome::passed || e.outcome == Outcome::skipped;
        if (well && lasting_only()) return {};
        auto line = fmt::format("{} {} {} in {}", subject(e.node), clean(e.step),
                                style.paint(tone_of(e.outcome), to_string(e.outcome)), to_short_string(e.took));
        if (!e.reason.empty()) line += ": " + clean(e.reason);
        Lines lines{line};
        if (!well) explain(lines, e.output_tail);
        return lines;
    }

    Lines operator()(const events::CheckStarted& e) const {
        if (lasting_only()) return {};
        return {fmt::format("check {}: {}", clean(e.check), clean(e.title))};
    }

    Lines operator()(const events::CheckFinished& e) const {
        auto line = fmt::format("check {} {} in {}", clean(e.check),
                                style.paint(tone_of(e.outcome), to_string(e.outcome)), to_short_string(e.took));
        if (!e.summary.empty()) line += ": " + clean(e.summary);
        Lines lines{line};
        const bool said = e.summary.find(e.last_seen) != std::string::npos;  // also where there is nothing to say
        if (e.outcome != Outcome::passed && !said) explain(lines, "last seen: " + e.last_seen);
        return lines;
    }

    Lines operator()(const events::Progress& e) const {
        if (lasting_only() && !e.finished) return {};
        auto line = fmt::format("{}: {}", clean(e.subject), progress_text(e));
        if (e.finished && e.took > Duration::zero()) line += fmt::format(" ({})", to_short_string(e.took));
        return {line};
    }

    Lines operator()(const events::Notice& e) const {
        const auto where = e.node.empty() ? std::string{} : clean(e.node) + ": ";
        std::string level;
        if (e.level == events::Level::warning) level = style.paint(Tone::caution, "warning: ");
        if (e.level == events::Level::error) level = style.paint(Tone::bad, "error: ");
        Lines lines{level + where + clean(e.text)};
        explain(lines, e.hint);
        return lines;
    }

    Lines operator()(const events::Checkpoint& e) const {
        using What = events::Checkpoint::What;
        const auto stage = clean(e.stage);
        switch (e.what) {
            case What::hit:
                return {fmt::format("checkpoint of {} {}: going on from there", stage, e.key.substr(0, 12))};
            case What::restored:
                return {fmt::format("checkpoint of {} {} in {}", stage, style.paint(Tone::good, "restored"),
                                    to_short_string(e.took))};
            case What::saved:
                return {fmt::format("checkpoint of {} saved in {}: {}, the nodes stood still for {}", stage,
                                    to_short_string(e.took), to_string(ByteSize{e.bytes}), to_short_string(e.paused))};
            case What::not_saved: {
                Lines lines{style.paint(Tone::caution, "warning: ") + "no checkpoint of " + stage + " was saved"};
                explain(lines, e.reason);
                return lines;
            }
            case What::miss:
                if (lasting_only()) return {};
                return {fmt::format("no checkpoint of {} to go on from: {}", stage, clean(e.reason))};
        }
        return {};
    }

    Lines operator()(const events::Table&) const { return {}; }
    Lines operator()(const events::RunFinished&) const { return {}; }
};

}  // namespace

Tone tone_of(Outcome outcome) {
    switch (outcome) {
        case Outcome::passed:
            return Tone::good;
        case Outcome::failed:
        case Outcome::error:
            return Tone::bad;
        case Outcome::skipped:
            return Tone::dim;
        case Outcome::interrupted:
            return Tone::caution;
    }
    return Tone::plain;
}

std::string progress_text(const events::Progress& progress) {
    if (progress.total == 0 || progress.finished) return clean(progress.what);
    return fmt::format("[{}/{}] {}", progress.done, progress.total, clean(progress.what));
}

std::vector<std::string> lines_of(const events::Event& event, Detail detail, const Style& style) {
    return std::visit(LineWriter{detail, style}, event.body);
}

}  // namespace crib::report
