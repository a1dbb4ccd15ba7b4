#pragma once
// What scenarios may name on this machine: images, components and versions, recipes with their steps, checks.

#include "harness/base/folders.h"
#include "harness/catalogue/catalogue.h"
#include "harness/catalogue/legality.h"
#include "harness/cli/checkout_check.h"
#include "harness/cli/shell_check.h"
#include "harness/provision/recipe.h"
#include "harness/scenario/load.h"

#include <map>
#include <memory>
#include <string>

namespace crib::cli {

struct Services;

// All of it, read once.
struct Knowledge {
    scenario::Known known;
    std::shared_ptr<const catalogue::Catalogue> catalogue;
    std::shared_ptr<const catalogue::Legality> rules;  // what does not go together
    std::map<std::string, provision::Recipe> recipes;  // by name; those that are broken are not among them
    std::shared_ptr<ShellCheck> shell{};               // that `known` refuses scripts by; null: it does not
};

// Broken images and recipes are told where a scenario names them.
[[nodiscard]] Knowledge read_knowledge(const Folders& folders);
// For what is to be run, planned or locked: besides, what is no shell and what is no checkout is refused before
// anything is built. all_files: what only looks at scenarios refuses what a build could not read, too.
[[nodiscard]] Knowledge read_knowledge(Services& services, CheckoutCheck::Reads reads = CheckoutCheck::Reads::go_mod);

// What scenarios are loaded with, where nothing else is asked.
[[nodiscard]] scenario::Known known_facts(const Folders& folders);

// The published schema of scenario files.
[[nodiscard]] std::filesystem::path schema_file(const Folders& folders);

}  // namespace crib::cli
