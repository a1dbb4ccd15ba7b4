#pragma once
// ${name} references in the values of a recipe's inputs. Internal to provision.

#include <map>
#include <string>
#include <string_view>

namespace crib::provision {

// `text` with each ${name} replaced. Error(usage), beginning with `where`, for a name that is not in
// `facts` (with the nearest one that is) or a brace that is not closed.
[[nodiscard]] std::string replace_references(std::string_view text, const std::map<std::string, std::string>& facts,
                                             const std::string& where);

}  // namespace crib::provision
