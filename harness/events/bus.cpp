#include "harness/events/bus.h"

#include <algorithm>
#include <utility>

namespace crib::events {

void Bus::add(Sink& sink) {
    const std::lock_guard lock(mutex_);
    sinks_.push_back(&sink);
}

void Bus::remove(Sink& sink) {
    const std::lock_guard lock(mutex_);
    std::erase(sinks_, &sink);
}

void Bus::publish(Body body) {
    const std::lock_guard lock(mutex_);
    const Event event{clock_.now() - start_, clock_.wall_now(), std::move(body)};
    for (auto* sink : sinks_) sink->on(event);
}

void Bus::info(std::string text, std::string node) {
    publish(Notice{Level::info, std::move(node), std::move(text), {}});
}

void Bus::warn(std::string text, std::string node, std::string hint) {
    publish(Notice{Level::warning, std::move(node), std::move(text), std::move(hint)});
}

}  // namespace crib::events
