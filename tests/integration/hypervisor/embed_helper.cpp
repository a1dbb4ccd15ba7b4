// embed_helper ROOT start NAME RUN KERNEL INITRD LOG | state NAME | list RUN | destroy NAME
//              | restore FILE: what write_restore_orders() wrote; loads all of it and lets it go on
//              | glance NAME: opens and closes at once, and says how far libvirt has got with the machine
#include "harness/base/error.h"
#include "harness/hypervisor/libvirt/connect.h"
#include "tests/integration/hypervisor/restore_orders.h"
#include "tests/support/tiny_guest/tiny_guest.h"

#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

namespace crib::hypervisor {
namespace {

void act(Hypervisor& machines, const std::vector<std::string>& words, const Context& context) {
    const std::string& verb = words.at(1);
    if (verb == "start") {
        MachineSpec spec;
        spec.name = words.at(2);
        spec.run_id = words.at(3);
        spec.vcpus = 1;
        spec.memory = ByteSize::mib(192);
        spec.kernel = words.at(4);
        spec.initrd = words.at(5);
        spec.cmdline = test::tiny_guest_cmdline();
        spec.console_log = words.at(6);
        machines.start(spec, context);
    } else if (verb == "state") {
        std::puts(to_string(machines.state(words.at(2))));
    } else if (verb == "list") {
        for (const auto& name : machines.machines_of(words.at(2))) std::puts(name.c_str());
    } else if (verb == "restore") {
        const auto specs = read_restore_orders(words.at(2));
        machines.restore(specs, context);
        std::vector<std::string> names;
        for (const auto& spec : specs) names.push_back(spec.machine.name);
        machines.resume(names);
    } else if (verb == "destroy") {
        machines.destroy(words.at(2));
    }
}

// libvirt writes a machine's state down when it has taken it up again.
void glance(const ConnectOptions& options, const std::string& name, const Context& context) {
    const auto state = options.embed_root / "run/qemu" / (name + ".xml");
    const auto before = std::filesystem::last_write_time(state);
    connect(options, context).reset();
    std::puts(std::filesystem::last_write_time(state) > before ? "taken up" : "left half way");
}

}  // namespace
}  // namespace crib::hypervisor

int main(int argc, char** argv) {
    using namespace crib;
    try {
        SystemClock clock;
        const auto context = Context::with_clock(clock).with_timeout(std::chrono::seconds(300));
        const std::vector<std::string> words(argv + 1, argv + argc);
        hypervisor::ConnectOptions options;
        options.embed_root = words.at(0);
        if (words.at(1) == "glance") {
            hypervisor::glance(options, words.at(2), context);
            return 0;
        }
        const auto machines = hypervisor::connect(options, context);
        hypervisor::act(*machines, words, context);
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
}
