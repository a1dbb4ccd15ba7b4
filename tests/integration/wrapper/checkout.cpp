#include "tests/integration/wrapper/checkout.h"

#include "harness/base/text.h"

#include <sys/wait.h>

#include <algorithm>
#include <cstdlib>

namespace crib::wrapper {
namespace fs = std::filesystem;
namespace {

// Fakes find their state beside them in $FAKES.
constexpr auto kDpkgQuery = R"sh(
while read -r package; do echo "installed $package"; done <"$FAKES/installed"
)sh";
constexpr auto kAptGet = R"sh(
if [ -e "$FAKES/apt-fails" ]; then echo "E: no network"; exit 100; fi
case "$*" in *' install '*) for word in "$@"; do echo "$word" >>"$FAKES/installed"; done ;; esac
)sh";
constexpr auto kAptCache = R"sh(
echo "$2:"
if grep -qx "$2" "$FAKES/candidates"; then echo "  Candidate: 1.0"; else echo "  Candidate: (none)"; fi
)sh";
constexpr auto kCmake = R"sh(
while [ $# -gt 0 ]; do if [ "$1" = -B ]; then mkdir -p "$2/bin" && : >"$2/build.ninja"; fi; shift; done
)sh";
constexpr auto kNinja = R"sh(
if [ -e "$FAKES/ninja-fails" ]; then
    echo "[1/2] Building a.o"; echo "FAILED: a.o"; echo "g++ -c a.cpp"; echo "a.cpp:1:1: error: no such thing"
    echo "[2/2] Building b.o"; exit 1
fi
printf '#!/bin/sh\nfor word in "$@"; do printf "[%%s]" "$word"; done; echo " source=$CRIB_SOURCE"; exit 7\n' >"$2/bin/crib"
chmod +x "$2/bin/crib"
)sh";

}  // namespace

Checkout::Checkout() : folder_(fs::temp_directory_path(), "crib-wrapper") {
    const fs::path root = CRIB_SOURCE_DIR;
    for (const auto* name : {"source/harness", "source/tests/tools", "fakes", "bin"}) make_folder(path() / name);
    fs::copy_file(root / "crib", source() / "crib");
    for (const auto* name : {"tests/tools/run_tests.sh", "tests/tools/failures.awk"}) {
        fs::copy_file(root / name, source() / name);
    }
    fs::copy_file(root / "CMakePresets.json", source() / "CMakePresets.json");
    write_file(source() / "CMakeLists.txt", "");
    write_file(source() / "harness/a.cpp", "");
    write_file(path() / "fakes/installed", "");
    write_file(path() / "fakes/candidates", "libboost1.81-dev\n");
    be_user("0");
    tool("dpkg-query", kDpkgQuery);
    tool("apt-get", kAptGet);
    tool("apt-cache", kAptCache);
    tool("cmake", kCmake);
    tool("ninja", kNinja);
    tool("id", "cat \"$FAKES/uid\"");
    tool("sudo", "exec \"$@\"");
    tool("go", "");
    forget_calls();
}

void Checkout::tool(const std::string& name, const std::string& script) {
    const auto line = "#!/bin/sh\necho \"" + name + " $*\" >>\"$FAKES/calls\"\n";
    write_file(path() / "bin" / name, line + script, 0755);
}

void Checkout::be_user(const std::string& uid) {
    write_file(path() / "fakes/uid", uid + "\n");
}

std::string Checkout::calls() const {
    return read_file(path() / "fakes/calls");
}

void Checkout::forget_calls() {
    write_file(path() / "fakes/calls", "");
}

void Checkout::install_everything() {
    std::string packages;
    bool in_list = false;
    for (const auto& line : split_lines(read_file(source() / "crib"))) {
        const auto words = split(line, ' ');
        if (line == "LIST") in_list = false;
        if (in_list && words.size() > 1) packages += words[1].substr(0, words[1].find_first_of("|?")) + "\n";
        if (line.ends_with("<<'LIST'")) in_list = true;
    }
    write_file(path() / "fakes/installed", packages);
}

void Checkout::uninstall(const std::string& package) {
    auto packages = split_lines(read_file(path() / "fakes/installed"));
    std::erase(packages, package);
    write_file(path() / "fakes/installed", join(packages, "\n") + "\n");
}

Run Checkout::crib(const std::vector<std::string>& words, const std::map<std::string, std::string>& variables) {
    std::vector<std::string> command{"env", "-i", "PATH=" + (path() / "bin").string() + ":/usr/bin:/bin",
                                     "FAKES=" + (path() / "fakes").string()};
    for (const auto& [name, value] : variables) command.push_back(name + "=" + value);
    command.push_back((source() / "crib").string());
    command.insert(command.end(), words.begin(), words.end());
    const auto line = shell_join(command) + " </dev/null >" + shell_quote((path() / "out").string()) + " 2>" +
                      shell_quote((path() / "err").string());
    const int status = std::system(line.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read_file(path() / "out"), read_file(path() / "err")};
}

}  // namespace crib::wrapper
