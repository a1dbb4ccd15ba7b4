#include "harness/component/build_environment.h"

#include "harness/base/input_file.h"
#include "harness/base/text.h"

#include <cstdlib>
#include <map>
#include <set>

namespace crib::component {
namespace {

namespace fs = std::filesystem;

constexpr InputKind settings_of_go{"a file of `go env`", 1U << 20U};

// How modules are got, and where they are kept: go.sum and the pins say what they must be.
const std::set<std::string>& of_modules() {
    static const std::set<std::string> names{"GOAUTH",    "GOCACHE", "GOINSECURE", "GOMODCACHE", "GONOPROXY",
                                             "GONOSUMDB", "GOPATH",  "GOPRIVATE",  "GOPROXY",    "GOSUMDB"};
    return names;
}

const std::set<std::string>& of_the_machine() {
    static const std::set<std::string> names{
        "PATH",        "HOME",          "USER",         "LOGNAME",       "TMPDIR",          "XDG_CACHE_HOME",
        "NETRC",       "SSH_AUTH_SOCK", "SSL_CERT_DIR", "SSL_CERT_FILE", "XDG_CONFIG_HOME", "http_proxy",
        "https_proxy", "all_proxy",     "no_proxy",     "HTTP_PROXY",    "HTTPS_PROXY",     "ALL_PROXY",
        "NO_PROXY"};
    return names;
}

std::string variable(const std::string& name) {
    const char* value = std::getenv(name.c_str());
    return value == nullptr ? "" : value;
}

// Where `go env -w` writes; empty: nowhere.
fs::path file_of_go_env() {
    if (const auto given = variable("GOENV"); !given.empty()) return given == "off" ? fs::path() : fs::path(given);
    if (const auto config = variable("XDG_CONFIG_HOME"); !config.empty()) return fs::path(config) / "go" / "env";
    const auto home = variable("HOME");
    return home.empty() ? fs::path() : fs::path(home) / ".config" / "go" / "env";
}

}  // namespace

void use_build_environment(process::Command& command) {
    command.inherits = of_the_machine();
    command.inherits->insert(of_modules().begin(), of_modules().end());
    command.env.emplace("GOENV", "off");
    const auto file = file_of_go_env();
    // What cannot be read is nothing to `go` either.
    if (file.empty() || try_open_input(file, settings_of_go).state != OpenedInput::State::open) return;
    std::map<std::string, std::string> settings;  // the last of a name counts
    for (const std::string& line : split_lines(read_input(file, settings_of_go))) {
        const std::string name = line.substr(0, line.find('='));
        // A variable of the user's own goes before what the file says of it, as with `go` itself.
        if (!of_modules().contains(name) || name == line || !variable(name).empty()) continue;
        settings.insert_or_assign(name, std::string(trim(line.substr(name.size() + 1))));
    }
    command.env.insert(settings.begin(), settings.end());
}

}  // namespace crib::component
