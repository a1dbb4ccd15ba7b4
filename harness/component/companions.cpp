#include "harness/component/companions.h"

#include "harness/base/error.h"
#include "harness/base/text.h"
#include "harness/component/request.h"

#include <fmt/format.h>
#include <algorithm>

namespace crib::component {
namespace {

std::vector<std::string> without(const std::vector<std::string>& all, const std::vector<std::string>& some) {
    std::vector<std::string> rest;
    std::copy_if(all.begin(), all.end(), std::back_inserter(rest),
                 [&](const std::string& one) { return std::find(some.begin(), some.end(), one) == some.end(); });
    return rest;
}

void add_images(const Row& row, std::vector<std::string>& found) {
    for (const ImageSpec& image : row.images) found.push_back(expand(image.reference, row.version, row.version));
}

}  // namespace

std::vector<std::string> companion_images(const Table& table, const Row& row) {
    std::vector<Request> required;
    for (const auto& [name, version] : row.requires_) required.push_back({name, version, {}});
    std::vector<std::string> found;
    for (const Request& request : with_requirements(table, required)) {
        add_images(table.row(request.name, request.version), found);
    }
    add_images(row, found);
    return found;
}

std::vector<std::string> images_in_manifest(std::string_view manifest) {
    std::vector<std::string> found;
    for (const std::string& line : split_lines(manifest)) {
        std::string_view text = trim(line);
        if (text.starts_with("- ")) text = trim(text.substr(2));
        if (!text.starts_with("image:")) continue;
        std::string image(trim(text.substr(6)));
        std::erase_if(image, [](char letter) { return letter == '"' || letter == '\''; });
        if (std::find(found.begin(), found.end(), image) == found.end()) found.push_back(image);
    }
    return found;
}

void require_companions(const Table& table, const Row& row, const std::vector<std::string>& wanted,
                        const std::string& who) {
    const auto missing = without(wanted, companion_images(table, row));
    if (missing.empty()) return;
    std::vector<std::string> fitting;
    for (const std::string& version : table.versions(row.name)) {
        if (without(missing, companion_images(table, table.row(row.name, version))).empty()) fitting.push_back(version);
    }
    const std::string cure =
        fitting.empty()
            ? fmt::format(
                  "call it by the version that it is of (versions.{}), or write rows for what is missing and "
                  "name them in \"requires\": fixtures/components/README.md",
                  row.name)
            : fmt::format("they come with versions.{}: {}", row.name, join(fitting, " or "));
    throw Error(ErrorKind::component,
                fmt::format("{} wants {}; what {} {} requires does not make that", who, join(missing, ", "), row.name,
                            row.version),
                cure);
}

}  // namespace crib::component
