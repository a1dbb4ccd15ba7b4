#include "harness/network/switch_server.h"

#include "harness/base/error.h"
#include "harness/network/run_files.h"
#include "harness/network/switch_log.h"

#include <fmt/format.h>
#include <unistd.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdio>

namespace crib::network {
namespace {

using nlohmann::json;

constexpr auto housekeeping = std::chrono::seconds{2};
constexpr std::uint32_t longest_sleep = 1000;  // milliseconds

std::string text_of(const json& object) {
    return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string refusal(const std::string& reason) {
    return text_of({{"ok", false}, {"error", reason}});
}

}  // namespace

SwitchServer::SwitchServer(SwitchConfig config, Clock& clock)
    : config_(std::move(config)),
      clock_(clock),
      now_(clock.now()),
      http_(config_.http, run_files::http),
      gateway_(
          config_, run_files::http,
          {[this](Bytes frame) { from_port(gateway_port(), frame); }, [this](Ipv4 node) { return node_is_up(node); }}),
      control_(run_files::control, [this](const std::string& request) { return handle(request); }) {
    for (const auto& node : config_.nodes) ports_.push_back(std::make_unique<NodePort>(node));
    gateway_stats_.name = "gateway";
    gateway_stats_.connected = true;
    table_.pin(config_.gateway_mac, gateway_port());
    if (config_.capture) capture_ = std::make_unique<PcapFile>(*config_.capture);
}

SwitchState SwitchServer::state() const {
    SwitchState state{config_.run_id, ::getpid(), {}, gateway_.forwards(), stopping_};
    for (const auto& port : ports_) state.ports[port->node().name] = port->tcp_port();
    return state;
}

SwitchStats SwitchServer::stats() const {
    SwitchStats stats;
    for (const auto& port : ports_) stats.ports.push_back(port->stats());
    stats.ports.push_back(gateway_stats_);
    stats.refused = gateway_.refused().count();
    stats.refused_destinations = gateway_.refused().first();
    stats.dns_queries = gateway_.dns_queries();
    stats.http_requests = http_.requests();
    stats.captured_frames = capture_ ? capture_->frames() : 0;
    return stats;
}

void SwitchServer::run(int stop_fd, const std::function<bool()>& abandoned) {
    auto next_look = clock_.now() + housekeeping;
    while (!stopping_) {
        turn(stop_fd);
        if (now_ < next_look) continue;
        next_look = now_ + housekeeping;
        if (capture_) capture_->flush();
        if (abandoned()) {
            log_line("the run's folder is gone: the switch ends");
            return;
        }
    }
}

void SwitchServer::turn(int stop_fd) {
    set_.clear();
    const auto stop_index = set_.add(stop_fd, POLLIN);
    control_.before_poll(set_);
    for (const auto& port : ports_) port->before_poll(set_);
    std::uint32_t timeout = longest_sleep;
    gateway_.before_poll(set_, timeout);

    const auto ready = set_.wait(static_cast<int>(std::min(timeout, longest_sleep)));
    if (ready < 0 && errno == EINTR) return;
    now_ = clock_.now();
    if (set_.events(stop_index) != 0) stopping_ = true;

    // Old links end before new ones are taken: a node that was restarted connects again at once.
    for (PortIndex i = 0; i < ports_.size(); ++i) {
        if (!ports_[i]->read_frames(set_, [this, i](Bytes frame) { from_port(i, frame); })) table_.forget_port(i);
        ports_[i]->accept_link(set_);
    }
    gateway_.after_poll(set_, ready < 0);
    for (const auto& port : ports_) port->flush();
    control_.after_poll(set_);
}

void SwitchServer::from_port(PortIndex from, Bytes frame) {
    if (capture_) capture_->add(clock_.wall_now(), frame);
    if (from == gateway_port()) gateway_stats_.in.count(frame.size());
    const auto decision = decide(table_, frame, from, now_);
    switch (decision.kind) {
        case Decision::Kind::discard:
            ++(from == gateway_port() ? gateway_stats_ : ports_[from]->stats()).in.drops;
            return;
        case Decision::Kind::to_port:
            send_to(decision.port, frame);
            return;
        case Decision::Kind::to_all_others:
            for (PortIndex to = 0; to <= gateway_port(); ++to) {
                const bool there = to == gateway_port() || ports_[to]->connected();
                if (to != from && there) send_to(to, frame);
            }
            return;
    }
}

void SwitchServer::send_to(PortIndex to, Bytes frame) {
    if (to != gateway_port()) {
        ports_[to]->send(frame);
        return;
    }
    gateway_stats_.out.count(frame.size());
    gateway_.input(frame);
}

bool SwitchServer::node_is_up(Ipv4 address) const {
    return std::any_of(ports_.begin(), ports_.end(), [&](const auto& port) {
        return port->node().ip == address && port->connected() && port->heard();
    });
}

std::string SwitchServer::handle(const std::string& request) {
    const auto object = json::parse(request, nullptr, false);
    if (!object.is_object() || !object.contains("do")) return refusal("a request is an object with a \"do\"");
    const auto what = object["do"];
    if (what == "stats") return text_of({{"ok", true}, {"stats", json::parse(to_json(stats()))}});
    if (what == "stop") {
        stopping_ = true;
        return text_of({{"ok", true}});
    }
    if (what == "capture") {
        const auto file = object.value("file", json());
        return set_capture(file.is_string() ? file.get<std::string>() : std::string{});
    }
    return refusal("unknown request");
}

std::string SwitchServer::set_capture(const std::string& file) {
    try {
        capture_.reset();
        if (!file.empty()) capture_ = std::make_unique<PcapFile>(file);
        return text_of({{"ok", true}});
    } catch (const Error& error) {
        return refusal(error.what());
    }
}

}  // namespace crib::network
