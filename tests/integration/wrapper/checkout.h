#pragma once
// Checkout: a small copy of the project with the real wrapper, and fake apt, dpkg, cmake, ninja and ctest in PATH
// that write down how they were called.

#include "harness/base/file.h"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace crib::wrapper {

struct Run {
    int exit_code = -1;
    std::string out;
    std::string err;
};

class Checkout {
public:
    Checkout();

    // Runs ./crib with these words; the variables are added to a clean environment.
    [[nodiscard]] Run crib(const std::vector<std::string>& words,
                           const std::map<std::string, std::string>& variables = {});

    // Every call of a fake tool so far, one a line: "apt-get -q update".
    [[nodiscard]] std::string calls() const;
    void forget_calls();

    void install_everything();  // as if each package of the list were there
    void uninstall(const std::string& package);
    void be_user(const std::string& uid);                           // what `id -u` says; "0" at first
    void tool(const std::string& name, const std::string& script);  // replaces a fake

    [[nodiscard]] const std::filesystem::path& path() const { return folder_.path(); }
    [[nodiscard]] std::filesystem::path source() const { return folder_.path() / "source"; }

private:
    TempFolder folder_;
};

}  // namespace crib::wrapper
