#include "harness/component/go_toolchain.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/owned_folder.h"
#include "harness/base/pattern.h"
#include "harness/base/system_error.h"
#include "harness/base/text.h"
#include "harness/base/version.h"
#include "harness/component/build_environment.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace crib::component {
namespace {

namespace fs = std::filesystem;
using process::Command;

// It answers at once, or something is wrong with it.
constexpr auto version_time = std::chrono::seconds(30);

constexpr const char* install_hint = "install Debian's package golang-go, or Go from its own site, and try again";

Command go(const std::string& program, std::vector<std::string> args) {
    Command command;
    command.program = program;
    command.args = std::move(args);
    command.env = {{"GOTOOLCHAIN", "local"}, {"GOFLAGS", std::nullopt}, {"GOWORK", "off"}};
    use_build_environment(command);
    return command;
}

// "go version go1.26.8 linux/amd64" -> {"1.26.8", "linux-amd64"}
std::pair<std::string, std::string> parse_go_version(const std::string& text) {
    static const Pattern shape(R"(go version go(\d+(?:\.\d+)*)\S* (\w+)/(\w+)\s*)");
    const auto found = shape.groups_of(text);
    if (!found) {
        throw Error(ErrorKind::environment, fmt::format("`go version` answered \"{}\"", trim(text)), install_hint);
    }
    return {found->at(0), found->at(1) + "-" + found->at(2)};
}

// An old `go` unpacks modules without execute bits.
void make_executable(const fs::path& folder) {
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        if (!entry.is_regular_file()) continue;
        const auto all = fs::perms::owner_exec | fs::perms::group_exec | fs::perms::others_exec;
        if ((entry.status().permissions() & fs::perms::owner_exec) == fs::perms::none) {
            fs::permissions(entry.path(), all, fs::perm_options::add);
        }
    }
}

// What the machine's own `go` is.
struct OwnGo {
    std::string version;
    std::string platform;  // "linux-amd64"
};

OwnGo look_at_own_go(process::Runner& runner, const Context& context) {
    require_current_folder();  // which go would not be able to tell
    try {
        Command asking = go("go", {"version"});
        asking.ends_with_crib = true;
        const auto answer = output_of(runner, asking, context.with_timeout(version_time));
        const auto [version, platform] = parse_go_version(answer);
        return {version, platform};
    } catch (const Error& error) {
        context.throw_if_done("asking go for its version");
        if (error.kind() != ErrorKind::process && error.kind() != ErrorKind::timeout) throw;
        const bool is_silent = error.kind() == ErrorKind::timeout;
        throw Error(is_silent ? error.kind() : ErrorKind::environment, fmt::format("no Go toolchain: {}", error.what()),
                    install_hint);
    }
}

// The version that is fetched where the machine's is too old.
std::string pinned_version(const std::string& own, const std::string& at_least, const fs::path& pins) {
    const std::string pinned = nlohmann::json::parse(read_file(pins)).at("version");
    if (!is_older(pinned, at_least)) return pinned;
    throw Error(
        ErrorKind::component,
        fmt::format("the machine's Go is {}, {} is needed, and the pinned toolchain is {}", own, at_least, pinned),
        fmt::format("pin a newer one in {}", pins.string()));
}

GoToolchain fetch(process::Runner& runner, const std::string& platform, const fs::path& pins, const Context& context) {
    const auto pinned = nlohmann::json::parse(read_file(pins));
    const std::string version = pinned.at("version");
    if (!pinned.at("sums").contains(platform)) {
        throw Error(ErrorKind::component, fmt::format("no Go toolchain is pinned for {}", platform), install_hint);
    }
    const std::string module = fmt::format("golang.org/toolchain@v0.0.1-go{}.{}", version, platform);
    const OwnedTempFolder folder("crib-go");
    Command init = go("go", {"mod", "init", "crib.test/toolchain"});
    init.cwd = folder.path();
    static_cast<void>(output_of(runner, init, context));
    Command download = go("go", {"mod", "download", "-json", module});
    download.cwd = folder.path();
    download.env["TMPDIR"] = folder.path().string();  // what it leaves when it is stopped goes with the folder
    const auto answer = nlohmann::json::parse(output_of(runner, download, context));
    if (answer.value("Sum", "") != pinned.at("sums").at(platform).get<std::string>()) {
        throw Error(ErrorKind::component, fmt::format("{} does not have its pinned sum", module),
                    "the module proxy in use (go env GOPROXY) answers with other bytes: do not trust it");
    }
    const fs::path root = answer.at("Dir").get<std::string>();
    make_executable(root / "bin");
    make_executable(root / "pkg" / "tool");
    return {root / "bin" / "go", version};
}

}  // namespace

GoToolchain choose_go_toolchain(process::Runner& runner, const std::string& at_least, const fs::path& pins,
                                const Context& context) {
    const auto own = look_at_own_go(runner, context);
    if (!is_older(own.version, at_least)) return {"go", own.version};
    return {{}, pinned_version(own.version, at_least, pins)};
}

GoToolchain find_go_toolchain(process::Runner& runner, const std::string& at_least, const fs::path& pins,
                              const Context& context) {
    const auto own = look_at_own_go(runner, context);
    if (!is_older(own.version, at_least)) return {"go", own.version};
    static_cast<void>(pinned_version(own.version, at_least, pins));
    return with_note(fmt::format("the machine's Go is {}, {} is needed", own.version, at_least),
                     [&] { return fetch(runner, own.platform, pins, context); });
}

}  // namespace crib::component
