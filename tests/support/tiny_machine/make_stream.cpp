// Makes one of tests/data/streams: crib_make_stream FOLDER ACCEL[:CPU] QEMU... writes FOLDER/stream, and on standard
// output one line of JSON: QEMU's version and the digest of what the memory held, by QEMU's own account.

#include "harness/base/error.h"
#include "harness/base/sha256.h"
#include "harness/base/text.h"
#include "harness/process/boost_runner.h"
#include "tests/support/tiny_machine/tiny_machine.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cstdio>

namespace crib::test {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kLongEnough = 200;  // so that each page has been counted in

void make(const std::filesystem::path& folder, const std::string& accel, const std::vector<std::string>& qemu) {
    SystemClock clock;
    const auto context = Context::with_clock(clock).with_timeout(5min);
    process::BoostRunner runner;
    TinyMachine machine(runner, {qemu, split(accel, ':'), folder, {}, {}}, context);
    machine.wait_until_counted(kLongEnough, context);
    machine.stop(context);
    machine.save(folder / "stream", context);
    const nlohmann::json line{{"qemu", machine.version(context)},
                              {"accel", split(accel, ':').front()},
                              {"memory", sha256_hex(machine.memory(context))}};
    fmt::print("{}\n", line.dump());
}

}  // namespace
}  // namespace crib::test

int main(int argc, char** argv) {
    if (argc < 4) {
        fmt::print(stderr, "usage: crib_make_stream FOLDER ACCEL[:CPU] QEMU...\n");
        return 2;
    }
    try {
        crib::test::make(argv[1], argv[2], {argv + 3, argv + argc});
        return 0;
    } catch (const std::exception& error) {
        fmt::print(stderr, "crib_make_stream: {}\n", error.what());
        return 1;
    }
}
