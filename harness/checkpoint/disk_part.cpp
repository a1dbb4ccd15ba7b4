#include "harness/checkpoint/disk_part.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/file_error.h"
#include "harness/base/text.h"
#include "harness/checkpoint/file_io.h"

#include <fmt/format.h>

namespace crib::checkpoint {

void pack_disk(process::Runner& runner, const std::filesystem::path& frozen, const std::filesystem::path& layer,
               const std::string& backing, const Context& context) {
    process::Command command;
    command.program = "qemu-img";
    // Of a disk with a backing file, convert copies what the top layer holds and nothing below it.
    command.args = {
        "convert", "-q",    "-c", "-f",    "qcow2",         "-O",          "qcow2", "-o", "compression_type=zstd",
        "-B",      backing, "-F", "qcow2", frozen.string(), layer.string()};
    command.ends_with_crib = true;
    const auto result = runner.run(command, context);
    context.throw_if_done("packing " + frozen.filename().string());
    if (!result.ok()) {
        const auto words = last_lines(result.err, 2);
        const auto what = fmt::format("packing {}", frozen.filename().string());
        if (words.find("No space left") != std::string::npos) throw_disk_full(what, layer.parent_path());
        throw Error(ErrorKind::process, fmt::format("{}: qemu-img {}: {}", what, result.how_it_ended(), words));
    }
    std::filesystem::permissions(layer, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    const auto file = open_to_read(layer);
    sync_file(file.get(), layer);
}

}  // namespace crib::checkpoint
