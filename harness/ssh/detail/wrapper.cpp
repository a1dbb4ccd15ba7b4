#include "harness/ssh/detail/wrapper.h"

#include "harness/base/error.h"
#include "harness/base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace crib::ssh::detail {
namespace {

bool is_shell_name(const std::string& name) {
    const auto ok = [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; };
    return !name.empty() && std::isdigit(static_cast<unsigned char>(name[0])) == 0 &&
           std::all_of(name.begin(), name.end(), ok);
}

std::string exports_of(const Exec& exec) {
    std::string text;
    for (const auto& [name, value] : exec.env) {
        if (!is_shell_name(name)) {
            throw Error(ErrorKind::usage, fmt::format("{}: '{}' cannot be the name of a variable", exec.name, name),
                        "use letters, digits and underscores, and no digit first");
        }
        if (value.find('\0') != std::string::npos) {
            throw Error(ErrorKind::usage, fmt::format("{}: the value of {} contains a zero byte", exec.name, name));
        }
        text += fmt::format("export {}={}\n", name, shell_quote(value));
    }
    return text;
}

std::string file_name_of(const std::string& name) {
    std::string safe;
    for (const char c : name.substr(0, 100)) {
        const bool keep = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '_' || c == '-';
        safe += keep ? c : '_';
    }
    // Not empty, not hidden (".env" is the exports' file), no option to a program.
    return safe.empty() || safe[0] == '.' || safe[0] == '-' ? "script" + safe : safe;
}

constexpr const char* start_program =
    "u=$(umask); umask 077; d=; "
    "for p in /run /dev/shm \"${{TMPDIR:-/tmp}}\" /tmp; do "
    "if mkdir \"$p/crib-{token}\" 2>/dev/null; then d=$p/crib-{token}; break; fi; done; "
    "if [ -z \"$d\" ]; then echo \"crib: neither /run nor /dev/shm nor /tmp can hold the script\" >&2; exit 125; fi; "
    // Only the script's size need be checked: it comes last and is never empty.
    "{take_env}head -c {size} >\"$d/{file}\"; "
    "if [ \"$(wc -c <\"$d/{file}\")\" -ne {size} ]; then "
    "rm -rf \"$d\"; echo \"crib: the script did not arrive whole\" >&2; exit 125; fi; "
    "{use_env}umask \"$u\"; export CRIB_EXEC={token}; exec bash \"$d/{file}\"";

// Found by their environment: that also catches children that left the process group.
constexpr const char* end_program =
    "pids() {{ grep -lsaF CRIB_EXEC={token} /proc/[0-9]*/environ 2>/dev/null | cut -d/ -f3; }}; "
    "tell() {{ for p in $(pids); do kill -\"$1\" \"$p\" 2>/dev/null; done; }}; "
    "tell TERM; i=0; while [ $i -lt 10 ] && [ -n \"$(pids)\" ]; do sleep 0.2; i=$((i+1)); done; "
    "tell KILL; tell KILL; rm -rf /run/crib-{token} /dev/shm/crib-{token} /tmp/crib-{token}; true";

}  // namespace

Wrapped wrap(const Exec& exec, const std::string& token) {
    const auto end = fmt::format(fmt::runtime(end_program), fmt::arg("token", token));
    const auto end_command = "exec sh -c " + shell_quote(end);
    if (exec.only_a_program) {
        if (!exec.env.empty()) throw Error(ErrorKind::internal, exec.name + ": a program alone is given no variables");
        return {"CRIB_EXEC=" + token + " exec " + exec.script, exec.input, end_command};
    }
    const auto exports = exports_of(exec);
    const auto script = "rm -rf -- \"${BASH_SOURCE[0]%/*}\"; " + exec.script + "\n";
    // Each program that is started costs some ms in an emulated guest.
    const auto take_env = exports.empty() ? "" : fmt::format("head -c {} >\"$d/.env\"; ", exports.size());
    const auto use_env = exports.empty() ? "" : ". \"$d/.env\"; ";
    const auto start = fmt::format(fmt::runtime(start_program), fmt::arg("token", token),
                                   fmt::arg("take_env", take_env), fmt::arg("use_env", use_env),
                                   fmt::arg("size", script.size()), fmt::arg("file", file_name_of(exec.name)));
    return {"exec sh -c " + shell_quote(start), exports + script + exec.input, end_command};
}

}  // namespace crib::ssh::detail
