#include "harness/engine/cell_session.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/text.h"
#include "harness/base/wait.h"
#include "harness/engine/cell_lock.h"
#include "harness/engine/own_machines.h"
#include "harness/engine/side_by_side.h"
#include "harness/engine/stage_keys.h"

#include <fmt/format.h>

#include <algorithm>

namespace crib::engine {
namespace {

// How long a node takes from power-on to SSH on the machines these limits were made on; a host that
// needs longer gets proportionally longer limits. Source: measured, two Debian nodes at once.
constexpr std::chrono::seconds kBootEmulated{60};
constexpr std::chrono::seconds kBootAccelerated{20};
constexpr std::chrono::minutes kBootLimit{8};
constexpr std::chrono::seconds kSoonSeen{2};
constexpr std::chrono::milliseconds kBetweenLooks{100};

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
      swap_watch_(bus),
      cleanup_([this](const std::string& what, const std::string& why) {
          bus_.warn(fmt::format("cleaning up: {}: {}", what, why), {}, runs_.next_command()("gc") + " tries again");
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
    for (const auto& warning : cell_.warnings) bus_.warn(warning);
    for (const auto& note : cell_.scenario.notes) bus_.warn(note);
}

void CellSession::blame(const std::string& reason) {
    if (reason_.empty()) reason_ = reason;
}

void CellSession::prepare(const Context& context) {
    // At once what is certain; what emulation takes is known when the acceleration is.
    check_room(hypervisor::Acceleration::kvm);
    supply_ = parts_.supplier.prepare(cell_.scenario, context);
    write_lock();
    choose_acceleration(context);
    check_room(state_.acceleration);
    plan_steps();
    describe_cluster();
    if (parts_.checkpoints == nullptr) return;
    key_stages();
    if (options_.checkpoints.resume) find_checkpoint(chain_.size(), context);
    write_checkpoint_record();
    require_stage_to_go_on_from();
}

void CellSession::key_stages() {
    const Ground ground{state_.hypervisor, supply_.lock.images, supply_.image_store.filename().string()};
    chain_ = stage_keys(plan_, state_, ground);
    shared_stages_ = chain_.size();
    if (cell_.scenario.expect) {  // nobody else asks
        auto facts = plan_facts();
        facts.mutations.clear();
        const auto unchanged = stage_keys(provision::plan_steps(cell_.recipe, facts), state_, ground);
        const auto own = std::mismatch(chain_.begin(), chain_.end(), unchanged.begin(), unchanged.end()).first;
        shared_stages_ = static_cast<std::size_t>(own - chain_.begin());
    }
    for (const auto& stage : chain_) record_.stages.push_back({stage, false, false, {}});
}

void CellSession::describe_cluster() {
    state_.origin = {info_.scenario_file, info_.sets, info_.swaps, info_.until};
    state_.internet = cell_.scenario.internet;
    state_.served = supply_.served;
    for (const auto& node : nodes_) {
        StateNode one;
        one.node = node;
        if (profile_) one.cpu_model = profile_->cpu_model;
        const auto& os = supply_.os.at(node.asked.os);
        one.kernel = os.kernel;
        one.initrd = os.initrd;
        one.cmdline = kernel_arguments(node, profile_);
        state_.nodes.push_back(std::move(one));
    }
}

void CellSession::check_room(hypervisor::Acceleration acceleration) const {
    std::vector<MemoryWish> wishes;
    for (const auto& node : nodes_) wishes.push_back({node.name(), node.asked.memory});
    require_room(options_.host(), wishes, acceleration);
}

void CellSession::choose_acceleration(const Context& context) {
    std::string reason = "as --accel asks";
    if (cell_.acceleration) {
        state_.acceleration = *cell_.acceleration;
    } else {
        const auto found = parts_.supplier.find_acceleration(supply_, context);
        state_.acceleration = found.kind;
        reason = found.reason;
    }
    state_.hypervisor = parts_.hypervisor.version_key(state_.acceleration);
    info_.acceleration = hypervisor::to_string(state_.acceleration);
    const bool is_news = options_.redo.empty();  // else people have read it when the cluster was made
    if (state_.acceleration == hypervisor::Acceleration::kvm) {
        if (is_news) bus_.info("the nodes' CPUs are accelerated by KVM");
        return;
    }
    profile_ = cell_.emulated_profile;
    if (!is_news) return;
    bus_.info("the nodes' CPUs are emulated (TCG): " + reason);
    bus_.info(fmt::format("profile {}, {}:", profile_->name, profile_->title));
    for (const auto& departure : profile_->departures) bus_.info("  - " + departure);
}

void CellSession::write_lock() const {
    const auto lock = make_lock(cell_, supply_, nodes_);
    write_file(folder_.lock(), scenario::to_json(lock));
    if (!options_.locked) return;
    require_locked(*options_.locked, lock, options_.making_of_lock);
    if (options_.locked->whole) return;
    bus_.warn("the lock: " + scenario::missing_in(*options_.locked), {}, "make it anew: " + options_.making_of_lock);
}

provision::RunFacts CellSession::plan_facts() const {
    auto facts = run_facts(cell_, supply_, nodes_);
    facts.profile = profile_;
    return facts;
}

void CellSession::plan_steps() {
    plan_ = provision::plan_steps(cell_.recipe, plan_facts());
    for (const auto& change : plan_.changes) bus_.info("the scenario changes the recipe: " + change);
    if (options_.until.empty()) return;
    auto cut = provision::until_stage(plan_, options_.until);
    const bool goes_on =
        !options_.redo.empty() &&
        std::none_of(cut.steps.begin(), cut.steps.end(), [&](const auto& step) { return step.id == options_.redo; });
    if (goes_on) return;
    plan_ = std::move(cut);
    cut_short_ = true;
}

void CellSession::start(const Context& context) {
    NetworkPlan plan{info_.id, nodes_, supply_.served, cell_.scenario.internet, options_.capture};
    network_ = parts_.network.start(plan, folder_, context);
    cleanup_.add("stop the switch", [this] { network_->stop(); });
    for (const auto& node : nodes_) make_folder(folder_.node(node.name()));
    if (!held_) start_machines(context);
}

// With the keys and machines of state_, from which another crib can reach the nodes.
void CellSession::write_run_info() {
    describe_reach(state_, *network_, folder_, info_);
    runs_.save(info_);
}

void CellSession::start_machines(const Context& context) {
    state_.keys = parts_.supplier.make_keys(info_.id);
    write_run_info();
    for (auto& node : state_.nodes) start_machine(node, context);
    write_file(folder_.state(), to_json(state_), 0600);
}

void CellSession::start_machine(StateNode& one, const Context& context) {
    const auto& node = one.node;
    auto spec = machine_of(one, state_, info_.id, folder_, *network_);
    const auto disks = folder_.disks() / node.name();
    make_folder(disks);
    one.disks = parts_.supplier.make_disks(supply_, node, nodes_, state_.keys, disks, context);
    for (const auto& disk : one.disks) spec.disks.push_back(disk.spec);
    with_note("starting " + node.name(), [&] {
        require_free_name(parts_.hypervisor, node.machine);
        // Even a start that fails half way may leave a domain.
        cleanup_.add("end " + node.name(), [this, machine = node.machine] { parts_.hypervisor.destroy(machine); });
        parts_.hypervisor.start(spec, context);
    });
    guests_.push_back(parts_.nodes.connect(node, network_->ssh_port_of(node.name()), state_.keys, folder_));
}

void CellSession::boot(const Context& context) {
    const auto limited = context.with_timeout(kBootLimit);
    const auto start = context.clock->now();
    side_by_side(guests_.size(), limited, [&](std::size_t i, const Context& inner) {
        auto& node = *guests_[i];
        node.wait_ready(inner, [&](const std::string& seen) { bus_.publish(events::NodeDoing{node.name(), seen}); });
        bus_.publish(events::NodeDoing{node.name(), ""});
        bus_.info(fmt::format("answers SSH after {}", to_short_string(context.clock->now() - start)), node.name());
    });
    if (const auto near = near_limit(context.clock->now() - start, kBootLimit)) bus_.info("booting " + *near);
    state_.slowness = slowness_by(context.clock->now() - start, {kBootEmulated, kBootAccelerated});
    if (state_.slowness > 1.2) {
        tell_slowness(fmt::format("booting took {:.1f} times as long as expected", state_.slowness));
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
    if (standing_still_) return std::nullopt;
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

std::optional<std::string> CellSession::cause_of_loss(const Context& context) {
    std::optional<std::string> cause;
    const auto look = [&]() -> Observation {
        try {
            cause = trouble();
        } catch (const Error& error) {
            cause = error.what();
        }
        return cause ? Observation::ready({}) : Observation::not_yet({});
    };
    static_cast<void>(wait_for(context.with_timeout(kSoonSeen), kBetweenLooks, look));
    return cause;
}

std::optional<std::string> CellSession::last_words_of(guest::Node& guest) {
    for (const auto& finding : guest.console_findings()) {
        if (guest::severity_of(finding.kind) == guest::Severity::dead) {
            // As the guest itself says it: whoever of the two sees it first ends the run.
            return fmt::format("{}: {}: {}", guest.name(), guest::to_string(finding.kind), finding.line);
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
    checks_.reset();
    view_.reset();
    // Sessions first: each would see its machine vanish.
    guests_.clear();
    cleanup_.run();
    network_.reset();
    if (!remove_in_run(folder_, folder_.secret().filename())) {
        bus_.warn("cannot remove " + folder_.secret().string(), {}, runs_.next_command()("gc") + " tries again");
    }
}

}  // namespace crib::engine
