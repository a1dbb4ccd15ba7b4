#pragma once
// The node images and recipes of this checkout, to which users add their own: those that can be used, and why others
// cannot. One that is broken is no reason to refuse what does not name it.

#include "harness/base/folders.h"
#include "harness/image/image_file.h"
#include "harness/provision/recipe.h"
#include "harness/scenario/load.h"

#include <map>
#include <string>
#include <vector>

namespace crib::cli {

using BrokenFiles = std::map<std::string, scenario::BrokenFile>;  // by name

struct OfferedFiles {
    std::vector<std::string> recipe_names;  // of all, sorted
    std::vector<std::string> image_names;
    std::map<std::string, provision::Recipe> recipes;  // those that can be used, by name
    std::map<std::string, image::ImageFile> images;
    BrokenFiles broken_recipes;
    BrokenFiles broken_images;  // also one whose inputs no recipe has
};

// Error only for what is wrong with the machine.
[[nodiscard]] OfferedFiles offered_files(const Folders& folders);

// Error(usage) when that one is among the broken.
void require_unbroken(const BrokenFiles& broken, const std::string& name);

// What is wrong with each, and what to do, in lines.
[[nodiscard]] std::string told(const BrokenFiles& broken);

}  // namespace crib::cli
