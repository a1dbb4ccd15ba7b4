#include "harness/component/source_tree.h"

#include "harness/base/error.h"
#include "harness/base/input_file.h"
#include "harness/base/printable.h"
#include "harness/component/go_mod.h"
#include "harness/component/source_walk.h"

#include <fmt/format.h>
#include <vector>

namespace crib::component {
namespace {

namespace fs = std::filesystem;

// Nothing of a file that is not there.
std::string text_of(const fs::path& file, const InputKind& kind) {
    if (try_open_input(file, kind).state == OpenedInput::State::absent) return {};
    return read_input(file, kind);
}

void add_all(SourceWalk& walk, const fs::path& folder, const std::vector<std::string>& paths) {
    for (const auto& path : paths) walk.add(folder / path);
}

// Only the modules that are built have a say in what is put in the place of others.
void add_module(SourceWalk& walk, const fs::path& folder) {
    walk.add(folder);
    add_all(walk, folder, folders_replaced_with_in(text_of(folder / "go.mod", input_kind::go_mod)));
}

}  // namespace

void require_checkout_of(const Row& row, const Source& source) {
    if (!row.local) {
        throw Error(ErrorKind::usage, fmt::format("{} cannot be built from a checkout", row.name),
                    "local:PATH is for cri-o, kubernetes and flannel");
    }
    const fs::path go_mod = source.checkout / "go.mod";
    const std::string module = module_of(read_input(go_mod, input_kind::go_mod));
    if (!row.go || module == row.go->module) return;
    throw Error(ErrorKind::usage,
                module.empty() ? fmt::format("{} names no module", go_mod.string())
                               : fmt::format("{} is of the module {}", go_mod.string(), printable(module)),
                fmt::format("{} is built from a checkout of {}", row.name, row.go->module));
}

std::string workspace_of(const fs::path& checkout) {
    const fs::path own = checkout / "go.work";
    std::error_code none;
    return fs::exists(own, none) ? own.string() : "off";
}

std::string fingerprint(const fs::path& checkout, const Context& context) {
    SourceWalk walk(context);
    add_module(walk, checkout);
    const std::string workspace = text_of(checkout / "go.work", input_kind::go_work);
    add_all(walk, checkout, folders_replaced_with_in(workspace));
    for (const auto& used : folders_used_in(workspace)) add_module(walk, checkout / used);
    return walk.finish();
}

std::string stamp_of(const std::string& version, const std::string& fingerprint) {
    return fingerprint.empty() ? version : fmt::format("{}+local.{}", version, fingerprint.substr(0, 8));
}

}  // namespace crib::component
