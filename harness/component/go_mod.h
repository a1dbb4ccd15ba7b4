#pragma once
// What crib reads in a go.mod or a go.work.

#include <string>
#include <vector>

namespace crib::component {

// "github.com/cri-o/cri-o"; empty without a module line.
[[nodiscard]] std::string module_of(const std::string& go_mod_text);

// The oldest Go that will do, "1.26.0"; "0" without a go line.
[[nodiscard]] std::string go_line_of(const std::string& go_mod_text);

// The folders that a go.work uses, as they are written there.
[[nodiscard]] std::vector<std::string> folders_used_in(const std::string& go_work_text);

// The folders that take the place of modules (replace … => ../x), in a go.mod or a go.work.
[[nodiscard]] std::vector<std::string> folders_replaced_with_in(const std::string& text);

}  // namespace crib::component
