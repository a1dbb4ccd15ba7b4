#pragma once
// CellProcess: one cell of a matrix as a `crib run` of its own. libvirt's embedded driver has one root a process; and a
// cell whose process dies takes no other with it.

#include "harness/engine/matrix_scheduler.h"
#include "harness/process/runner.h"
#include "harness/scenario/scenario.h"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace crib::engine {

// What `crib run` gets to make a cell.
struct CellOrder {
    std::string file;
    std::vector<std::string> sets;
    std::optional<scenario::Expect> expect;  // what the matrix expects of it
    std::vector<std::string> options{};      // further ones of `crib run`: "--accel", "kvm"
    std::vector<std::string> save{};         // a --save each
};

// The words behind `crib`: "run", a --set each, the expectation as one more, the options, and the file behind "--".
[[nodiscard]] std::vector<std::string> words_of(const CellOrder& order);

class CellProcess {
public:
    struct Calls {
        std::function<void(CellLauncher::News::Kind kind, const std::string& stage)> tell;  // any kind but ended
        std::function<void(const std::string& what)> doing;  // "boot", "kubeadm-init on master"
    };

    // `crib` has the program and what all cells share: environment and --state. When `hurry` is set,
    // the cell is told to stop once more: no evidence, only cleaning up.
    CellProcess(process::Runner& runner, process::Command crib, std::stop_token hurry)
        : runner_(runner), crib_(std::move(crib)), hurry_(std::move(hurry)) {}

    // Does not throw for what goes wrong in the cell. A cancelled context makes it stop, collect evidence and clean up.
    CellResult run(const CellOrder& order, const Calls& calls, const Context& context);

private:
    process::Runner& runner_;
    process::Command crib_;
    std::stop_token hurry_;
};

}  // namespace crib::engine
