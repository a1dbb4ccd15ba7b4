#include "harness/guest/facts.h"

#include "harness/base/error.h"
#include "harness/base/text.h"
#include "harness/guest/clock_check.h"

#include <fmt/format.h>

#include <charconv>
#include <map>

namespace crib::guest {
namespace {

// A clock that was set within this time is not older than it.
constexpr auto kPrompt = std::chrono::seconds{1};

constexpr const char* facts_script =
    "cat /etc/os-release\n"
    "echo \"CRIB_KERNEL=$(uname -r)\"\n"
    "echo \"CRIB_ARCHITECTURE=$(uname -m)\"\n"
    "echo \"CRIB_CPUS=$(nproc)\"\n"
    "echo \"CRIB_BOOT_ID=$(cat /proc/sys/kernel/random/boot_id)\"\n"
    "echo \"CRIB_MEMORY_KIB=$(sed -n 's/^MemTotal: *\\([0-9]*\\) kB$/\\1/p' /proc/meminfo)\"\n";

// os-release is shell: a value may stand in quotes, with backslashes before what is special there.
std::string unquote(std::string_view value) {
    if (value.size() >= 2 && (value.front() == '"' || value.front() == '\'') && value.back() == value.front()) {
        value = value.substr(1, value.size() - 2);
    }
    std::string text;
    for (std::size_t i = 0; i < value.size(); ++i) {
        if (value[i] == '\\' && i + 1 < value.size()) ++i;
        text += value[i];
    }
    return text;
}

std::uint64_t number(const std::string& text) {
    std::uint64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

ssh::ExecResult run_or_throw(Node& node, const ssh::Exec& exec, const Context& context) {
    auto result = node.run(exec, context);
    if (!result.ok()) {
        throw Error(ErrorKind::guest, fmt::format("{}: {} {}: {}", node.name(), exec.name, result.how_it_ended(),
                                                  trim(last_lines(result.err, 3))));
    }
    return result;
}

}  // namespace

Facts parse_facts(const std::string& text) {
    std::map<std::string, std::string> values;
    for (const auto& line : split_lines(text)) {
        const auto equals = line.find('=');
        if (equals != std::string::npos)
            values[line.substr(0, equals)] = unquote(std::string_view(line).substr(equals + 1));
    }
    return {values["PRETTY_NAME"],
            values["ID"],
            values["VERSION_ID"],
            values["VERSION_CODENAME"],
            values["CRIB_KERNEL"],
            values["CRIB_ARCHITECTURE"],
            ByteSize{number(values["CRIB_MEMORY_KIB"]) * 1024},
            static_cast<unsigned>(number(values["CRIB_CPUS"])),
            values["CRIB_BOOT_ID"]};
}

Facts read_facts(Node& node, const Context& context) {
    return parse_facts(run_or_throw(node, {.script = facts_script, .name = "facts"}, context).out);
}

void set_clock(Node& node, const Context& context) {
    using namespace std::chrono;
    const auto now = duration_cast<milliseconds>(context.clock->wall_now().time_since_epoch()).count();
    const auto script = fmt::format("date --utc --set=@{}.{:03}", now / 1000, now % 1000);
    const auto start = context.clock->now();
    run_or_throw(node, {.script = script, .name = "set-clock", .only_a_program = true}, context);
    if (context.clock->now() - start < kPrompt) return;
    run_or_throw(node, {.script = clock_check_script(node.name()), .name = "check-clock"}, context);
}

}  // namespace crib::guest
