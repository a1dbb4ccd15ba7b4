#include "harness/component/source_tree.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/sha256.h"
#include "harness/base/text.h"

#include <fmt/format.h>
#include <algorithm>
#include <set>

namespace crib::component {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t largest_diff = 512U << 20U;

process::Command git(const fs::path& checkout, const std::vector<std::string>& args) {
    process::Command command;
    command.program = "git";
    // The owner of a checkout under test may be another user than the one who runs crib.
    command.args = {"-c", fmt::format("safe.directory={}", checkout.string()), "-C", checkout.string()};
    command.args.insert(command.args.end(), args.begin(), args.end());
    command.keep_bytes = largest_diff;
    return command;
}

std::string file_digest(const fs::path& path) {
    if (fs::is_symlink(path)) return "link to " + fs::read_symlink(path).string();
    return fs::is_regular_file(path) ? sha256_file(path) : "absent";
}

std::string fingerprint_with_git(process::Runner& runner, const fs::path& checkout, const std::string& head,
                                 const Context& context) {
    KeyBuilder key;
    key.add("head", head);
    key.add("diff", output_of(runner, git(checkout, {"diff", "--binary", "HEAD", "--", "."}), context));
    const std::string untracked =
        output_of(runner, git(checkout, {"ls-files", "-z", "--others", "--exclude-standard", "--", "."}), context);
    for (const std::string& name : split(untracked, '\0')) {
        if (!name.empty()) key.add(name, file_digest(checkout / name));
    }
    return key.key();
}

std::string fingerprint_of_files(const fs::path& checkout, const Context& context) {
    static const std::set<std::string> products{".git", "_output", "bin"};
    std::vector<fs::path> files;
    for (auto it = fs::recursive_directory_iterator(checkout); it != fs::recursive_directory_iterator(); ++it) {
        if (it.depth() == 0 && products.contains(it->path().filename().string())) {
            it.disable_recursion_pending();
        } else if (!it->is_directory() || it->is_symlink()) {
            files.push_back(it->path());
        }
    }
    std::sort(files.begin(), files.end());
    KeyBuilder key;
    for (const fs::path& file : files) {
        context.throw_if_done("reading the checkout");
        key.add(file.lexically_relative(checkout).string(), file_digest(file));
    }
    return key.key();
}

}  // namespace

std::string fingerprint(process::Runner& runner, const fs::path& checkout, const Context& context) {
    if (fs::exists(checkout / ".git")) {
        const process::Result head = runner.run(git(checkout, {"rev-parse", "HEAD"}), context);
        context.throw_if_done("reading the checkout");
        if (head.ok()) return fingerprint_with_git(runner, checkout, std::string(trim(head.out)), context);
    }
    return fingerprint_of_files(checkout, context);
}

std::string stamp_of(const std::string& version, const std::string& fingerprint) {
    return fingerprint.empty() ? version : fmt::format("{}+local.{}", version, fingerprint.substr(0, 8));
}

}  // namespace crib::component
