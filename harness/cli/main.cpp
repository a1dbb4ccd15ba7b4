// crib: the composition root. Parses the command line, runs the command, turns what it throws into an exit code.

#include "harness/base/error.h"
#include "harness/cli/command_line.h"
#include "harness/cli/commands.h"
#include "harness/cli/services.h"

#include <fmt/format.h>

#include <exception>
#include <filesystem>

namespace {

int exit_code_of(const crib::Error& error) {
    if (error.kind() == crib::ErrorKind::usage) return 2;
    if (error.kind() == crib::ErrorKind::cancelled) return 130;
    return 3;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        const auto parsed = crib::cli::parse_command_line({argv + 1, argv + argc});
        if (!parsed.line) {
            fmt::print(parsed.exit_code == 0 ? stdout : stderr, "{}", parsed.text);
            return parsed.exit_code;
        }
        crib::cli::Services services(crib::cli::find_source(), parsed.line->state,
                                     std::filesystem::read_symlink("/proc/self/exe"));
        return std::visit([&](const auto& command) { return execute(services, command); }, parsed.line->command);
    } catch (const crib::Error& error) {
        fmt::print(stderr, "crib: {}\n", error.what());
        if (!error.hint().empty()) fmt::print(stderr, "  {}\n", error.hint());
        return exit_code_of(error);
    } catch (const std::exception& error) {
        fmt::print(stderr, "crib: a bug in crib: {}\n", error.what());
        return 3;
    }
}
