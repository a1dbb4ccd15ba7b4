#include "harness/engine/cell_session.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/text.h"
#include "harness/engine/cell_lock.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <mutex>
#include <thread>

namespace crib::engine {
namespace {

// How long a node takes from power-on to SSH on the machines these limits were made on; a host that
// needs longer gets proportionally longer limits. Source: measured, two Debian nodes at once.
constexpr std::chrono::seconds kBootEmulated{60};
constexpr std::chrono::seconds kBootAccelerated{20};
constexpr std::chrono::minutes kBootLimit{8};

std::string kernel_arguments(const CellNode& node, const std::optional<provision::Profile>& profile) {
    auto arguments = fmt::format(
        "root=/dev/vda rw console=ttyS0 net.ifnames=0 systemd.hostname={0} "
        "ip={1}::192.168.76.1:255.255.255.0:{0}:eth0:off",
        node.name(), node.ip);
    if (profile) {
        for (const auto& argument : profile->kernel_arguments) arguments += " " + argument;
    }
    return arguments;
}

}  // namespace

std::vector<CellNode> assign_addresses(const scenario::Scenario& scenario, const std::string& run_id) {
    std::vector<CellNode> nodes;
    for (const auto& asked : scenario.nodes) {
        const auto number = 11 + nodes.size();
        nodes.push_back({asked, fmt::format("192.168.76.{}", number), fmt::format("52:54:00:76:00:{:02x}", number),
                         fmt::format("crib-{}-{}", run_id, asked.name)});
    }
    return nodes;
}

CellSession::CellSession(const Parts& parts, events::Bus& bus, const RunStore& runs, const Cell& cell,
                         const CellOptions& options, RunStore::Created& created)
    : parts_(parts),
      bus_(bus),
      runs_(runs),
      cell_(cell),
      options_(options),
      info_(created.info),
      folder_(created.folder),
      nodes_(assign_addresses(cell.scenario, created.info.id)),
      cleanup_([this](const std::string& what, const std::string& why) {
          bus_.warn(fmt::format("cleaning up: {}: {}", what, why), {}, "crib gc tries again");
      }) {}

void CellSession::announce() {
    events::RunStarted started{info_.id, cell_.scenario.name, cell_.scenario.file.string(), cell_.scenario.versions};
    for (const auto& [component, written] : cell_.scenario.written_versions) {
        if (written != cell_.scenario.versions.at(component)) started.facts[component + "-asked"] = written;
    }
    started.facts["os"] = cell_.scenario.os;
    started.facts["nodes"] = std::to_string(nodes_.size());
    started.facts["recipe"] = cell_.recipe.name;
    started.facts["hypervisor"] = parts_.hypervisor.describe();
    bus_.publish(std::move(started));
}

void CellSession::blame(const std::string& reason) {
    if (reason_.empty()) reason_ = reason;
}

void CellSession::prepare(const Context& context) {
    // At once what is certain; what emulation takes is known when the acceleration is.
    check_room(hypervisor::Acceleration::kvm);
    supply_ = parts_.supplier.prepare(cell_.scenario, context);
    write_lock();
    keys_ = parts_.supplier.make_keys(info_.id);
    choose_acceleration(context);
    check_room(acceleration_);
    plan_steps();
}

void CellSession::check_room(hypervisor::Acceleration acceleration) const {
    std::vector<MemoryWish> wishes;
    for (const auto& node : nodes_) wishes.push_back({node.name(), node.asked.memory});
    require_room(options_.host(), wishes, acceleration);
}

void CellSession::choose_acceleration(const Context& context) {
    std::string reason = "as --accel asks";
    if (cell_.acceleration) {
        acceleration_ = *cell_.acceleration;
    } else {
        const auto found = parts_.supplier.find_acceleration(supply_, context);
        acceleration_ = found.kind;
        reason = found.reason;
    }
    info_.acceleration = hypervisor::to_string(acceleration_);
    if (acceleration_ == hypervisor::Acceleration::kvm) {
        bus_.info("the nodes' CPUs are accelerated by KVM");
        return;
    }
    bus_.info("the nodes' CPUs are emulated (TCG): " + reason);
    profile_ = cell_.emulated_profile;
    bus_.info(fmt::format("profile {}, {}:", profile_->name, profile_->title));
    for (const auto& departure : profile_->departures) bus_.info("  - " + departure);
}

void CellSession::write_lock() const {
    const auto lock = make_lock(cell_, supply_, nodes_);
    write_file(folder_.lock(), scenario::to_json(lock));
    if (options_.locked) require_locked(*options_.locked, lock);
}

void CellSession::plan_steps() {
    auto facts = run_facts(cell_, supply_, nodes_);
    facts.profile = profile_;
    plan_ = provision::plan_steps(cell_.recipe, facts);
    for (const auto& change : plan_.changes) bus_.info("the scenario changes the recipe: " + change);
    if (!options_.until.empty()) plan_ = provision::until_stage(std::move(plan_), options_.until);
}

void CellSession::start(const Context& context) {
    NetworkPlan plan{info_.id, nodes_, supply_.served, cell_.scenario.internet, options_.capture};
    network_ = parts_.network.start(plan, folder_, context);
    cleanup_.add("stop the switch", [this] { network_->stop(); });
    info_.api_port = network_->api_port();
    info_.host_key = keys_.host_public;
    write_file(folder_.user_key(), keys_.user_private, 0600);
    for (const auto& node : nodes_) {
        info_.nodes.push_back({node.name(), scenario::to_string(node.asked.role), node.ip, node.machine,
                               network_->ssh_port_of(node.name())});
        make_folder(folder_.node(node.name()));
    }
    runs_.save(info_);
    for (const auto& node : nodes_) start_machine(node, context);
}

void CellSession::start_machine(const CellNode& node, const Context& context) {
    hypervisor::MachineSpec spec;
    spec.name = node.machine;
    spec.run_id = info_.id;
    spec.vcpus = node.asked.vcpus;
    spec.memory = node.asked.memory;
    spec.acceleration = acceleration_;
    if (profile_) spec.cpu_model = profile_->cpu_model;
    const auto& os = supply_.os.at(node.asked.os);
    spec.kernel = os.kernel;
    spec.initrd = os.initrd;
    spec.cmdline = kernel_arguments(node, profile_);
    const auto disks = folder_.disks() / node.name();
    make_folder(disks);
    spec.disks = parts_.supplier.make_disks(supply_, node, nodes_, keys_, disks, context);
    spec.nics = {{node.mac, network_->port_of(node.name()), {}}};
    spec.console_log = folder_.console(node.name());
    // Even a start that fails half way may leave a domain.
    cleanup_.add("end " + node.name(), [this, machine = node.machine] { parts_.hypervisor.destroy(machine); });
    with_note("starting " + node.name(), [&] { parts_.hypervisor.start(spec, context); });
    guests_.push_back(parts_.nodes.connect(node, network_->ssh_port_of(node.name()), keys_, folder_));
}

void CellSession::boot(const Context& context) {
    const auto limited = context.with_timeout(kBootLimit);
    const auto start = context.clock->now();
    std::mutex mutex;
    std::exception_ptr first_problem;
    std::stop_source stop_others;
    const std::stop_callback pass_on(context.stop, [&] { stop_others.request_stop(); });
    {
        std::vector<std::jthread> threads;
        for (auto& guest : guests_) {
            threads.emplace_back([&, node = guest.get()] {
                try {
                    node->wait_ready(limited.with_stop(stop_others.get_token()), [&](const std::string& seen) {
                        bus_.publish(events::NodeDoing{node->name(), seen});
                    });
                    bus_.publish(events::NodeDoing{node->name(), ""});
                    bus_.info(fmt::format("answers SSH after {}", to_short_string(context.clock->now() - start)),
                              node->name());
                } catch (...) {
                    const std::lock_guard lock(mutex);
                    if (!first_problem) first_problem = std::current_exception();
                    stop_others.request_stop();
                }
            });
        }
    }
    if (first_problem) std::rethrow_exception(first_problem);
    const bool emulated = acceleration_ == hypervisor::Acceleration::tcg;
    const std::chrono::duration<double> took = context.clock->now() - start;
    const std::chrono::duration<double> expected = emulated ? kBootEmulated : kBootAccelerated;
    slowness_ = std::clamp(took / expected, 1.0, 4.0);
    if (slowness_ > 1.2) {
        bus_.info(
            fmt::format("this host is busy or slow (booting took {:.1f} times as long as expected): time limits "
                        "are stretched likewise",
                        slowness_));
    }
}

guest::Node& CellSession::guest(const std::string& name) {
    const auto found = std::find_if(guests_.begin(), guests_.end(), [&](const auto& g) { return g->name() == name; });
    if (found == guests_.end()) throw Error(ErrorKind::internal, "there is no node " + name);
    return **found;
}

std::vector<guest::Node*> CellSession::guests() const {
    std::vector<guest::Node*> all;
    for (const auto& guest : guests_) all.push_back(guest.get());
    return all;
}

std::optional<std::string> CellSession::trouble() {
    for (const auto& node : nodes_) {
        const auto state = parts_.hypervisor.state(node.machine);
        if (state == hypervisor::MachineState::running) continue;
        const auto why = parts_.hypervisor.why_stopped(node.machine);
        return fmt::format("the machine of {} is gone ({})", node.name(),
                           why.empty() ? hypervisor::to_string(state) : why);
    }
    for (const auto& guest : guests_) {
        if (auto last_words = last_words_of(*guest)) return last_words;
    }
    return network_->trouble();
}

std::optional<std::string> CellSession::last_words_of(guest::Node& guest) {
    for (const auto& finding : guest.console_findings()) {
        if (guest::severity_of(finding.kind) == guest::Severity::dead) {
            return fmt::format("{}: {}", guest.name(), finding.line);
        }
    }
    return std::nullopt;
}

std::vector<guest::Node*> CellSession::within_reach() {
    std::vector<guest::Node*> alive;
    if (!network_ || network_->trouble()) return alive;
    for (std::size_t i = 0; i < guests_.size(); ++i) {  // each is of the node with its number
        try {
            const bool runs = parts_.hypervisor.state(nodes_[i].machine) == hypervisor::MachineState::running;
            if (runs && !last_words_of(*guests_[i])) alive.push_back(guests_[i].get());
        } catch (const Error&) {
            // A hypervisor that does not answer is why the run ended, and said by then.
        }
    }
    return alive;
}

void CellSession::tear_down() {
    view_.reset();
    // Sessions first: each would see its machine vanish.
    guests_.clear();
    cleanup_.run();
    network_.reset();
    if (!remove_all_quietly(folder_.secret())) {
        bus_.warn("cannot remove " + folder_.secret().string(), {}, "crib gc tries again");
    }
}

}  // namespace crib::engine
