#include "harness/component/root_cache.h"

#include "harness/base/file.h"
#include "harness/base/lock.h"
#include "harness/base/sha256.h"
#include "harness/base/text.h"

namespace crib::component {

namespace fs = std::filesystem;

Layer RootCache::ensure(const std::vector<std::string>& packages, const std::function<void(std::string_view)>& on_line,
                        const Context& context) {
    KeyBuilder key;
    key.add("format", "1").add("distribution", host_.codename).add("architecture", architecture());
    key.add("packages", join(packages, " "));
    make_folder(folder_);
    const fs::path tar = folder_ / (key.key().substr(0, 16) + ".tar");
    const fs::path sum = tar.string() + ".sha256";
    const FileLock lock = FileLock::take(tar.string() + ".lock", context);
    if (!fs::exists(sum) || !fs::exists(tar)) {
        // mmdebstrap knows the format by the name's end; by its beginning it goes with the entry when nobody uses that.
        const fs::path partial = tar.string() + ".partial.tar";
        remove_all_quietly(partial);
        remove_all_quietly(sum);
        make_root_tar(runner_, host_, packages, partial, on_line, context);
        const std::string hex = sha256_file(partial);
        fs::rename(partial, tar);
        write_file(folder_ / (tar.filename().string() + ".txt"), key.text());
        write_file(sum, hex);
    }
    return {tar, std::string(trim(read_file(sum))), true};
}

}  // namespace crib::component
