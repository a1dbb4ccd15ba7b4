// The domain XML against libvirt's own schema.
#include "harness/base/file.h"
#include "harness/process/boost_runner.h"
#include "tests/support/recording_runner/recording_runner.h"

#include <gtest/gtest.h>

namespace crib::hypervisor {
namespace {

TEST(DomainSchema, AcceptsTheGoldenDomains) {
    SystemClock clock;
    const Context context = Context::with_clock(clock).with_timeout(std::chrono::seconds(30));
    process::BoostRunner runner;
    for (const char* tool : {"virt-xml-validate", "xmllint"}) {
        if (!runner.run(test::command("which", {tool}), context).ok()) GTEST_SKIP() << tool << " is not installed";
    }
    for (const char* name : {"domain_tcg.xml", "domain_kvm.xml", "domain_restored.xml"}) {
        const std::string file = std::string(CRIB_SOURCE_DIR) + "/tests/golden/" + name;
        const auto result = runner.run(test::command("virt-xml-validate", {file, "domain"}), context);
        EXPECT_TRUE(result.ok()) << result.out << result.err;
    }
}

}  // namespace
}  // namespace crib::hypervisor
