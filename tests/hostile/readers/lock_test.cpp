// Lock files that chance has broken.

#include "harness/scenario/lock.h"
#include "tests/support/chance/chance.h"
#include "tests/support/chance/trials.h"

#include <gtest/gtest.h>

namespace crib::scenario {
namespace {

Lock whole() {
    const std::string digest(64, 'a');
    return {"two-node",
            {{"kubernetes", "1.36.3"}, {"cri-o on worker", "1.36.2"}},
            {{"kubernetes 1.36.3", "modules " + digest}},
            {{"debian-13", digest}},
            {{"debian-13 crun", "1.21-1"}},
            {{"kubeadm-init", digest}},
            {{"recipe", "crio-kubeadm-flannel"}},
            {{"worker", "worker, debian-13, 1800 MiB, 2 vcpus"}},
            {{"fails-at", "kubeadm-init"}},
            {{"steps on worker", {"sysctls", "kubeadm-join (waits for kubeadm-init)"}}, {"checks", {"nodes-ready"}}}};
}

TEST(HostileLockOfChance, IsReadOrRefused) {
    const auto text = to_json(whole());
    const auto tokens = test::tokens_of(text);
    const auto trial = [&](unsigned seed) -> std::string {
        test::Chance chance(seed);
        const auto broken = chance.pick(2) == 0 ? chance.text(tokens) : chance.bytes(text, text);
        return test::read_or_refused({ErrorKind::usage}, [&] {
            const auto lock = parse_lock(broken, "a.lock.json");
            for (const auto& one : differences(whole(), lock)) (void)to_string(one);
            if (to_json(parse_lock(to_json(lock), "b.lock.json")) != to_json(lock))
                throw std::logic_error("another lock");
        });
    };
    EXPECT_EQ(test::problem_of(20'000, trial), "");
}

}  // namespace
}  // namespace crib::scenario
