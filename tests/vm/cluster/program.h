#pragma once
// Program: runs the real crib with runs of its own and the user's caches, or its own; shows its output while it comes.

#include "harness/base/file.h"
#include "harness/process/runner.h"

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace crib::vm {

struct Output {
    int exit_code = -1;
    std::string text;  // both streams
};

class Program {
public:
    enum class Caches { of_the_user, own };  // with its own, nothing of what was built or saved here is there

    explicit Program(Caches caches = Caches::of_the_user);
    ~Program();  // ends every cluster that a failed test left running
    Program(const Program&) = delete;
    Program& operator=(const Program&) = delete;

    using OnLine = std::function<void(const std::string& line)>;
    [[nodiscard]] Output run(const std::vector<std::string>& words, const OnLine& on_line = {});
    // The same as run() would start, for a test that starts it itself.
    [[nodiscard]] process::Command command(const std::vector<std::string>& words) const;
    [[nodiscard]] std::filesystem::path runs() const { return state_.path() / "crib" / "runs"; }
    [[nodiscard]] std::filesystem::path folder() const { return state_.path(); }
    // An environment variable of every crib that it starts from now on.
    void set(const std::string& name, const std::string& value) { added_[name] = value; }
    void keep_files() { state_.keep(); }
    // Images, fixtures and scenarios of another checkout than this one.
    void use_checkout(const std::filesystem::path& folder) { checkout_ = folder; }

private:
    [[nodiscard]] std::vector<std::string> environment() const;  // NAME=VALUE

    std::filesystem::path checkout_;
    TempFolder state_;
    Caches caches_;
    std::map<std::string, std::string> added_;
};

// What a program of this machine's prints, without the white space around it; empty when it fails.
[[nodiscard]] std::string output_of(const std::string& program, const std::vector<std::string>& args);

// The id that the first line of `crib run` names; empty when there is none.
[[nodiscard]] std::string run_id_of(const std::string& text);

// Process ids of those whose command line has all of these words in it.
[[nodiscard]] std::vector<int> pids_with(const std::vector<std::string>& words);

// Command lines of living processes that have this word in them.
[[nodiscard]] std::vector<std::string> processes_with(const std::string& word);

// "file: line" for each line of the folder's files that the regular expression finds something in.
[[nodiscard]] std::vector<std::string> files_with(const std::filesystem::path& folder, const std::string& pattern);

}  // namespace crib::vm
