#include "harness/cli/offered_files.h"

#include "harness/base/error.h"
#include "harness/base/short_words.h"
#include "harness/base/text.h"

#include <fmt/format.h>

#include <algorithm>

namespace crib::cli {
namespace {

template <typename Take>
void take_if_sound(const std::string& name, BrokenFiles& broken, const Take& take) {
    try {
        take();
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::usage) throw;
        broken[name] = {error.what(), error.hint()};
    }
}

// An image file sets values of recipes' inputs: another name would do nothing.
void require_known_inputs(const image::ImageFile& image, const OfferedFiles& offered) {
    if (!offered.broken_recipes.empty()) return;  // one of those may have it
    std::vector<std::string> known;
    for (const auto& [recipe, read] : offered.recipes) {
        for (const auto& [name, info] : read.inputs) known.push_back(name);
    }
    for (const auto& [name, value] : image.inputs) {
        if (std::find(known.begin(), known.end(), name) != known.end()) continue;
        const auto meant = nearest(name, known);
        throw Error(ErrorKind::usage,
                    fmt::format("{}: inputs.{}: no recipe has such an input", image.file.string(), name),
                    meant ? fmt::format("did you mean \"{}\"?", *meant) : "leave it out");
    }
}

}  // namespace

OfferedFiles offered_files(const Folders& folders) {
    OfferedFiles offered;
    offered.recipe_names = provision::recipes_on_offer(folders.fixtures());
    for (const auto& name : offered.recipe_names) {
        take_if_sound(name, offered.broken_recipes, [&] {
            offered.recipes.emplace(name, provision::load_recipe(folders.fixtures() / "recipes" / name));
        });
    }
    offered.image_names = image::images_on_offer(folders.source / "images");
    for (const auto& name : offered.image_names) {
        take_if_sound(name, offered.broken_images, [&] {
            auto image = image::load_image_file(folders.source / "images" / (name + ".json"));
            require_known_inputs(image, offered);
            offered.images.emplace(name, std::move(image));
        });
    }
    return offered;
}

void require_unbroken(const BrokenFiles& broken, const std::string& name) {
    const auto found = broken.find(name);
    if (found != broken.end()) throw Error(ErrorKind::usage, found->second.message, found->second.hint);
}

std::string told(const BrokenFiles& broken) {
    std::string text;
    for (const auto& [name, problem] : broken) {
        text += with_short_words(fmt::format("{}\n  -> {}\n", problem.message, problem.hint));
    }
    return text;
}

}  // namespace crib::cli
