#include "tests/unit/report/sample_run.h"

namespace crib::report {

using namespace std::chrono_literals;
using events::Outcome;

namespace {

events::RunRecord begun() {
    events::RunRecord record;
    record.started = {"k3x9", "two-node", "scenarios/two-node.json", {{"kubernetes", "1.36.3"}, {"os", "debian-13"}}};
    record.began = WallTime{1'800'000'000s};
    record.complete = true;
    return record;
}

}  // namespace

events::RunRecord failed_run() {
    auto record = begun();
    record.stages = {{"boot", Outcome::passed, 49s}, {"control-plane-ready", Outcome::failed, 72'100ms}};
    record.steps = {
        {"modules", "Load the kernel modules", "master", Outcome::passed, 0, "", "", 1'250ms},
        {"swap-off", "Turn swap off", "master", Outcome::skipped, std::nullopt, "the scenario skips it", "", 0s},
        {"kubeadm-init", "Initialise the control plane", "master", Outcome::failed, 1, "exit code 1",
         "\x1b[31m[ERROR Swap]\x1b[0m: running with swap on is not supported <&\"> \x01\xFF\nsecond line", 72s}};
    record.checks = {
        {"nodes-ready", "every node is Ready", Outcome::failed, "1 of 2 nodes Ready", "worker1 NotReady", 60s},
        {"dns", "a pod resolves kubernetes.default", Outcome::error, "no answer", "", 3s}};
    record.notices = {{events::Level::warning, "worker1", "the clock jumped", "look at the host's load"}};
    record.finished = {Outcome::failed, "kubeadm-init failed on master", "swap is on", 133s, "/state/runs/k3x9", false};
    return record;
}

events::RunRecord passed_run() {
    auto record = begun();
    record.stages = {{"boot", Outcome::passed, 49s}, {"network-ready", Outcome::passed, 131s}};
    record.checks = {{"nodes-ready", "every node is Ready", Outcome::passed, "2 of 2 nodes Ready", "", 850ms},
                     {"http", "nginx answers", Outcome::passed, "200 from 10.244.1.2", "", 1'500ms}};
    record.tables = {{"nodes", "NAME     STATUS\nmaster   Ready\nworker1  Ready\n"},
                     {"pods", "NAMESPACE  NAME   READY\ndefault    nginx  1/1\n"}};
    record.finished = {Outcome::passed, "", "", 303s, "/state/runs/k3x9", false};
    return record;
}

}  // namespace crib::report
