#pragma once
// From the words of a command line to a cell that can be run.

#include "harness/base/error.h"
#include "harness/base/folders.h"
#include "harness/cli/known_facts.h"
#include "harness/engine/cell_runner.h"

#include <string>
#include <vector>

namespace crib::cli {

// The arguments of --set, and after them those of --component: NAME=SOURCE is one more way to say
// components.NAME=SOURCE. Error(usage) for a component without a source, and for one that is given twice.
[[nodiscard]] std::vector<std::string> with_components(std::vector<std::string> sets,
                                                       const std::vector<std::string>& components);

// A text of what is wrong with the flags, as the user gave them.
[[nodiscard]] std::string as_given(std::string text, const std::vector<std::string>& components);

// What an Error of `body` says of "--set components.NAME=SOURCE" it says of --component, where that was given.
template <typename Body>
auto naming_components(const std::vector<std::string>& components, Body&& body) -> decltype(body()) {
    try {
        return body();
    } catch (const Error& error) {
        throw Error(error.kind(), as_given(error.what(), components), error.hint());
    }
}

// What an Error of `body` says of a --set or a --swap begins with the record that it is from: nobody has typed it.
template <typename Body>
auto naming_record(const std::string& record, const std::string& cure, Body&& body) -> decltype(body()) {
    try {
        return body();
    } catch (const Error& error) {
        const std::string text = error.what();
        if (text.find("--set ") == std::string::npos && text.find("--swap ") == std::string::npos) throw;
        throw Error(error.kind(), record + ": " + text, cure);
    }
}

// As naming_components(), of what is no mistake.
[[nodiscard]] engine::Cell with_notes_as_given(engine::Cell cell, const std::vector<std::string>& components);

// Error(usage) with everything that is wrong with the scenario, or with why what it asks for cannot work; what must
// fail ("expect") may be whatever it wants to show.
[[nodiscard]] engine::Cell load_cell(const Folders& folders, const Knowledge& knowledge, const std::string& file,
                                     const std::vector<std::string>& sets);
[[nodiscard]] engine::Cell load_cell(Services& services, const std::string& file, const std::vector<std::string>& sets);

// Of words like "cri-o=local:../cri-o": that checkout's build takes the place of what was set up, in a stage of its
// own. Error(usage) for what is no checkout of it, is given twice, is set up from it already, or that the recipe cannot
// swap.
void add_swaps(engine::Cell& cell, const Folders& folders, const std::vector<std::string>& swaps);

}  // namespace crib::cli
