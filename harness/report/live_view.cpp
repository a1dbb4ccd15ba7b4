#include "harness/report/live_view.h"

#include "harness/base/text.h"
#include "harness/report/lines.h"

#include <fmt/format.h>

#include <algorithm>

namespace crib::report {
namespace {

// Whole seconds: tenths would only flicker.
std::string for_how_long(Duration duration) {
    const auto seconds = std::max<std::int64_t>(0, std::chrono::duration_cast<std::chrono::seconds>(duration).count());
    return seconds < 60 ? fmt::format("{}s", seconds) : fmt::format("{}m{:02}s", seconds / 60, seconds % 60);
}

// "name      what                      12s": the time at the right edge, the text cut before it.
std::string row(const std::string& name, std::size_t name_columns, const std::string& what, const std::string& time,
                std::size_t width, const Style& style) {
    const auto left = pad(elide(name, name_columns), name_columns) + "  ";
    const auto fixed = columns(left) + 1 + columns(time);
    if (fixed >= width) return elide(left + what, width);
    const auto room = width - fixed;
    return style.paint(Tone::strong, left) + pad(elide(what, room), room) + " " + style.paint(Tone::dim, time);
}

}  // namespace

LiveView::Node& LiveView::node(const std::string& name) {
    const auto found = std::ranges::find(nodes_, name, &Node::name);
    if (found != nodes_.end()) return *found;
    nodes_.push_back({name, {}, {}, {}});
    return nodes_.back();
}

void LiveView::on(const events::NodeDoing& event, Duration at) {
    auto& entry = node(event.node);
    if (entry.doing == event.what) return;
    entry.doing = event.what;
    entry.since = at;
}

void LiveView::on(const events::StepStarted& event, Duration at) {
    const auto what = event.title.empty() ? event.step : fmt::format("{}: {}", event.step, event.title);
    node(event.node).steps.push_back({event.step, clean(what), at});
}

void LiveView::on(const events::StepFinished& event, Duration at) {
    auto& entry = node(event.node);
    std::erase_if(entry.steps, [&](const Work& work) { return work.name == event.step; });
    if (entry.steps.empty()) entry.since = at;
}

void LiveView::on(const events::Progress& event, Duration at) {
    const auto found = std::ranges::find(works_, event.subject, &Work::name);
    if (event.finished) {
        if (found != works_.end()) works_.erase(found);
    } else if (found != works_.end()) {
        found->what = progress_text(event);
    } else {
        works_.push_back({event.subject, progress_text(event), at});
    }
}

void LiveView::apply(const events::Event& event) {
    const auto at = event.at;
    if (const auto* stage = std::get_if<events::StageStarted>(&event.body)) {
        stage_ = stage->stage;
        stage_since_ = at;
    } else if (const auto* stage_end = std::get_if<events::StageFinished>(&event.body)) {
        if (stage_end->stage == stage_) stage_.clear();
    } else if (const auto* doing = std::get_if<events::NodeDoing>(&event.body)) {
        on(*doing, at);
    } else if (const auto* step = std::get_if<events::StepStarted>(&event.body)) {
        on(*step, at);
    } else if (const auto* step_end = std::get_if<events::StepFinished>(&event.body)) {
        on(*step_end, at);
    } else if (const auto* progress = std::get_if<events::Progress>(&event.body)) {
        on(*progress, at);
    } else if (const auto* check = std::get_if<events::CheckStarted>(&event.body)) {
        checks_.push_back({check->check, clean(check->title), at});
    } else if (const auto* check_end = std::get_if<events::CheckFinished>(&event.body)) {
        std::erase_if(checks_, [&](const Work& work) { return work.name == check_end->check; });
    }
}

std::vector<std::string> LiveView::render(Duration now, std::size_t width, std::size_t height,
                                          const Style& style) const {
    std::size_t name_columns = 6;
    for (const auto& node : nodes_) name_columns = std::max(name_columns, columns(clean(node.name)));
    for (const auto& work : works_) name_columns = std::max(name_columns, columns(clean(work.name)));
    name_columns = std::min<std::size_t>(name_columns, 20);

    std::vector<std::string> lines;
    const auto add = [&](const std::string& name, const std::string& what, Duration since) {
        lines.push_back(row(clean(name), name_columns, what, for_how_long(now - since), width, style));
    };
    if (!stage_.empty()) {
        lines.push_back(elide(
            fmt::format("{} since {}, {} in all", clean(stage_), for_how_long(now - stage_since_), for_how_long(now)),
            width));
    }
    for (const auto& node : nodes_) {
        if (node.steps.empty()) {
            add(node.name, node.doing.empty() ? "-" : clean(node.doing), node.since);
            continue;
        }
        auto what = node.steps.front().what;
        if (node.steps.size() > 1) what += fmt::format(" (and {} more)", node.steps.size() - 1);
        add(node.name, what, node.steps.front().since);
    }
    for (const auto& check : checks_) add("check", check.what, check.since);
    for (const auto& work : works_) add(work.name, work.what, work.since);
    if (lines.size() > height && height > 0) {
        const auto hidden = lines.size() - height + 1;
        lines.resize(height - 1);
        lines.push_back(elide(fmt::format("and {} more", hidden), width));
    }
    return lines;
}

}  // namespace crib::report
