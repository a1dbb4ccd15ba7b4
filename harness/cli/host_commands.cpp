// Commands on this machine: doctor, components, images, version.

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/owned_folder.h"
#include "harness/base/text.h"
#include "harness/check/table.h"
#include "harness/cli/commands.h"
#include "harness/cli/doctor.h"
#include "harness/cli/offered_files.h"
#include "harness/cli/signals.h"
#include "harness/component/store.h"
#include "harness/fetch/mirrors.h"
#include "harness/hypervisor/acceleration.h"
#include "harness/image/image_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace crib::cli {
namespace {

using Level = HealthFinding::Level;

constexpr const char* kQemu = "qemu-system-x86_64";
constexpr auto kAnswerTime = std::chrono::seconds{15};

// Boots nothing: it would need a node image, which a first run makes.
HealthFinding acceleration(Services& services, const Context& until) {
    hypervisor::AccelerationProbe probe(services.runner, services.folders.cache / "probe");
    const auto context = until.with_timeout(std::chrono::seconds{30});
    image::ImageStore images(services.runner, services.folders);
    auto finding = probe.look(context);
    const auto offered = offered_files(services.folders);
    for (const auto& [name, file] : offered.images) {
        if (!finding.works() || finding.remembered) break;
        const auto made = images.find(name);
        if (made && !made->kernel.empty()) finding = probe.find(made->kernel, made->initrd, context);
    }
    auto text = hypervisor::explain(finding);
    if (finding.works() && !finding.remembered) text += " (not yet shown by booting a kernel: the first run does)";
    // Emulation works, only slower: nothing is broken.
    return {finding.works() ? Level::good : Level::caution, "acceleration", text, hypervisor::cure(finding)};
}

HealthFinding libvirt(Services& services, const Context& context) {
    try {
        const OwnedTempFolder folder("crib-doctor");
        const auto opened = services.open_hypervisor(hypervisor::kEmbeddedUri, engine::RunFolder{folder.path()},
                                                     Services::Purpose::look, context);
        return {Level::good, "libvirt", opened->describe(), {}};
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::cancelled) throw;
        return {Level::bad, "libvirt", error.what(), error.hint()};
    }
}

// libvirt asks QEMU as well, and waits for longer.
std::optional<HealthFinding> silent_qemu(Services& services, const Context& context) {
    process::Command asking;
    asking.program = kQemu;
    asking.args = {"--version"};
    asking.ends_with_crib = true;
    const auto finding = [](std::string text) {
        return HealthFinding{Level::bad, "qemu", std::move(text), fmt::format("see what {} in your PATH is", kQemu)};
    };
    try {
        const auto result = services.runner.run(asking, context.with_timeout(kAnswerTime));
        if (!std::holds_alternative<process::TimedOut>(result.end)) return std::nullopt;
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::process) throw;
        return finding(error.what());
    }
    return finding(fmt::format("{} --version does not answer within {}", kQemu, to_short_string(kAnswerTime)));
}

HealthFinding mirrors(const std::filesystem::path& file) {
    try {
        (void)fetch::Mirrors::load(file);
        return {Level::good, "mirrors", "as " + file.string() + " says", {}};
    } catch (const Error& error) {
        return {Level::bad, "mirrors", error.what(), error.hint()};
    }
}

const char* mark(Level level) {
    switch (level) {
        case Level::good:
            return "ok  ";
        case Level::caution:
            return "note";
        case Level::bad:
            return "BAD ";
    }
    return "    ";
}

void tell_component(Output& output, const component::Progress& progress) {
    if (progress.kind == component::Progress::Kind::detail) return;
    output.say("{}: {} ({})\n", progress.component, progress.what, to_short_string(progress.elapsed));
}

// A checkout says another version than the one that it is called by.
std::string state_of(const std::optional<component::Built>& built, const component::Source& source) {
    const std::string made = source.kind == component::Source::Kind::upstream ? "fetched" : "built";
    if (!built) return "not " + made + " yet";
    return built->version_string == built->version ? made : made + ", is " + built->version_string;
}

// What cannot be built here may be listed all the same.
class States {
public:
    States(component::ComponentStore& store, const Context& context) : store_(store), context_(context) {}

    std::string of(const component::Request& request) {
        try {
            return state_of(store_.find(request, context_), request.source);
        } catch (const Error& error) {
            const auto kind = error.kind();
            if (kind != ErrorKind::environment && kind != ErrorKind::component && kind != ErrorKind::timeout) throw;
            unknown_.emplace(error);
            return "not known";
        }
    }
    [[nodiscard]] std::string note() const {
        if (!unknown_) return {};
        return fmt::format("\nnot known: {}\n  -> {}\n", unknown_->what(), unknown_->hint());
    }

private:
    component::ComponentStore& store_;
    const Context& context_;
    std::optional<Error> unknown_;
};

// "etcd 3.6.8, pause 3.10.2"
std::string words_of(const std::map<std::string, std::string>& versions) {
    std::vector<std::string> words;
    for (const auto& [name, version] : versions) words.push_back(name + " " + version);
    return words.empty() ? "-" : join(words, ", ");
}

// As it may be asked for: "cri-o=upstream".
std::string name_of(const component::Request& request) {
    if (request.source.kind == component::Source::Kind::modules) return request.name;
    return request.name + "=" + to_string(request.source);
}

// What of modules is not on offer, and which versions go together.
std::string notes_on(const component::Table& table, const std::vector<component::Request>& requests) {
    std::string text;
    std::set<std::string> names;
    for (const auto& request : requests) {
        if (request.source.kind == component::Source::Kind::modules) names.insert(request.name);
    }
    for (const auto& name : names) {
        const auto offer = table.offer(name);
        for (const auto& one : offer.absent) {
            text += fmt::format("\n{} {}: not on offer, {}\n  -> {}\n", name, join(one.versions, ", "), one.why,
                                one.instead);
        }
        for (const auto& one : offer.pairs) {
            text += fmt::format("\n{} with {} {}: {}, {}\n", name, one.with, join(one.versions, ", "), one.standing,
                                one.why);
        }
    }
    return text;
}

const char* state_of(const std::optional<image::NodeImage>& image, bool is_fetched) {
    if (is_fetched) return image ? "fetched" : "not fetched yet";
    return image ? "made" : "not made yet";
}

void tell_image(Output& output, const image::Progress& progress) {
    if (progress.kind == image::Progress::Kind::detail) return;
    output.say("{}: {} ({})\n", progress.image, progress.what, to_short_string(progress.elapsed));
}

}  // namespace

int execute(Services& services, const DoctorCommand&) {
    const Interrupts interrupts(tell_stopping());
    const auto context = services.context().with_stop(interrupts.stop());
    auto findings = examine(look_at_this_host(services.folders));
    const bool has_qemu = std::none_of(findings.begin(), findings.end(), [](const HealthFinding& finding) {
        return finding.text.starts_with("qemu-system");
    });
    const auto silent = has_qemu ? silent_qemu(services, context) : std::nullopt;
    if (silent) findings.push_back(*silent);
    if (has_qemu && !silent) {
        findings.insert(findings.begin(), acceleration(services, context));
        findings.push_back(libvirt(services, context));
    }
    context.throw_if_done("examining this machine");
    if (!services.folders.mirrors.empty()) findings.push_back(mirrors(services.folders.mirrors));
    bool fit = true;
    for (const auto& finding : findings) {
        services.output.print("{}  {:<13} {}\n", mark(finding.level), finding.subject, finding.text);
        if (!finding.cure.empty()) services.output.print("      {:<13} -> {}\n", "", finding.cure);
        fit = fit && finding.level != Level::bad;
    }
    services.output.print("{}\n", fit ? "this machine can run clusters" : "this machine cannot run clusters yet");
    return fit ? 0 : 3;
}

int execute(Services& services, const ComponentsCommand& command) {
    Interrupts interrupts({});
    const auto context = services.context().with_stop(interrupts.stop());
    const auto tell = [&](const component::Progress& progress) { tell_component(services.output, progress); };
    component::ComponentStore store(services.runner, services.folders, tell);
    (void)fetch::Mirrors::load(services.folders.mirrors);  // before anything is fetched from elsewhere
    const auto requests = component::select_requests(store.table(), command.names);
    States states(store, context);
    std::vector<std::vector<std::string>> rows{{"COMPONENT", "VERSION", "STATE", "NEEDS"}};
    for (const auto& request : requests) {
        if (command.build) store.ensure(request, context);
        const auto needs = component::requirements_of(store.table(), request);
        rows.push_back({name_of(request), request.version, states.of(request), words_of(needs)});
    }
    services.output.print_lines(check::format_table(rows) + states.note() + notes_on(store.table(), requests));
    return 0;
}

int execute(Services& services, const ImagesCommand& command) {
    Interrupts interrupts({});
    const auto context = services.context().with_stop(interrupts.stop());
    const auto tell = [&](const image::Progress& progress) { tell_image(services.output, progress); };
    image::ImageStore store(services.runner, services.folders, tell);
    (void)fetch::Mirrors::load(services.folders.mirrors);  // before anything is fetched from elsewhere
    std::vector<std::vector<std::string>> rows{{"IMAGE", "TITLE", "STATE"}};
    const auto offered = offered_files(services.folders);
    std::set<std::string> listed;
    for (const auto& name : command.names.empty() ? offered.image_names : command.names) {
        if (!listed.insert(name).second) continue;
        if (command.names.empty() && offered.broken_images.contains(name)) {
            rows.push_back({name, "-", "broken, see below"});
            continue;
        }
        require_unbroken(offered.broken_images, name);
        const auto file = image::find_image_file(services.folders.source / "images", name);
        // What others made is fetched when it is named: it needs the internet, or a mirror.
        const bool is_fetched = std::holds_alternative<image::ReadyDisk>(file.how);
        if (command.build && (!is_fetched || !command.names.empty())) store.ensure(name, context);
        rows.push_back({name, file.title, state_of(store.find(name), is_fetched)});
    }
    services.output.print_lines(check::format_table(rows));
    if (!command.names.empty()) return 0;
    services.output.say_lines(told(offered.broken_images));
    return offered.broken_images.empty() ? 0 : 2;
}

int execute(Services& services, const VersionCommand&) {
    services.output.print("crib {}\n", CRIB_VERSION);
    const auto context = services.context().with_timeout(std::chrono::seconds{10});
    for (const auto* program : {"qemu-system-x86_64", "virsh", "go"}) {
        process::Command asking;
        asking.program = program;
        asking.args = {std::string(program) == "go" ? "version" : "--version"};
        try {
            const auto lines = split_lines(process::output_of(services.runner, asking, context));
            services.output.print("{}: {}\n", program, lines.empty() ? "?" : lines.front());
        } catch (const Error& error) {
            if (error.kind() == ErrorKind::environment) throw;
            services.output.print("{}: not found\n", program);
        }
    }
    return 0;
}

}  // namespace crib::cli
