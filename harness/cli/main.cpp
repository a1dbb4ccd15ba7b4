// crib: the composition root. Parses the command line, runs the command, turns what it throws into an exit code.

#include "harness/base/folders.h"
#include "harness/cli/cell_loader.h"
#include "harness/cli/command_line.h"
#include "harness/cli/commands.h"
#include "harness/cli/exit_code.h"
#include "harness/cli/output.h"
#include "harness/cli/services.h"

#include <exception>
#include <filesystem>

namespace {

using crib::cli::Output;

int run(Output& output, std::vector<std::string> words) {
    const auto parsed = crib::cli::parse_command_line(std::move(words));
    if (!parsed.line) {
        if (parsed.exit_code == 0) {
            output.print_lines(parsed.text);
        } else {
            output.say_lines(parsed.text);
        }
        return parsed.exit_code;
    }
    crib::cli::Services services(crib::cli::find_source(), parsed.line->state,
                                 std::filesystem::read_symlink("/proc/self/exe"), output);
    const auto execute_it = [&](const auto& command) {
        if constexpr (requires { command.components; }) {
            return crib::cli::naming_components(command.components, [&] { return execute(services, command); });
        } else {
            return execute(services, command);
        }
    };
    return std::visit(execute_it, parsed.line->command);
}

int run_and_tell(Output& output, std::vector<std::string> words) {
    try {
        return run(output, std::move(words));
    } catch (const std::exception& problem) {
        const auto failure = crib::cli::failure_of(problem);
        output.say_lines(to_text(failure));
        return failure.exit_code;
    }
}

}  // namespace

int main(int argc, char** argv) {
    crib::cli::prepare_standard_streams();
    crib::forget_relative_user_folders();
    Output output;
    try {
        return output.exit_code_after(run_and_tell(output, {argv + 1, argv + argc}));
    } catch (const std::exception&) {
        return 3;  // not even memory for a word about it
    }
}
