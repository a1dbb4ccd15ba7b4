#pragma once
// Row: one line of the tables beside this file: what there is, what crib is asked, and what must come of it. README.md
// there says it for whoever adds one.

#include <filesystem>
#include <iosfwd>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace crib::test {

struct Row {
    std::string name;
    std::string why;
    std::vector<std::pair<std::string, std::string>> files;  // path below $HOME to what it is, as JSON (made_file.h)
    std::vector<std::vector<std::string>> before;            // command lines that must go well first
    std::vector<std::string> words;                          // the command line
    std::string surroundings;                                // shell, carried out in $HOME before
    std::vector<int> exits{0};                               // any of them
    std::vector<std::string> out, err;                       // texts that must be there
    std::vector<std::string> said;                           // in one of both
    std::vector<std::string> not_out, not_err;
    std::vector<std::string> changes;                      // what may change or go, with all below it
    std::vector<std::string> makes;                        // where new files may appear
    std::vector<std::string> keeps;                        // of crib's own folders: what must stay as it is
    std::map<std::string, std::vector<std::string>> then;  // path to texts that are in it at the end
    unsigned seconds = 4;                                  // of a processor, at most
    unsigned mib = 100;                                    // at most
    std::size_t most_bytes = 64U << 10U;                   // of what is said
};

// For the test's name.
void PrintTo(const Row& row, std::ostream* out);

// All tables. What cannot be read becomes a row of its own that says so and fails.
[[nodiscard]] std::vector<Row> read_rows(const std::filesystem::path& folder);

}  // namespace crib::test
