#pragma once
// JSON inside a YAML block scalar (`key: |`), as flannel's manifest holds its CNI configuration: edited as JSON.

#include <map>
#include <string>

namespace crib::component {

// Each pointer of `set` gets its new string in every block named `key`; all else of the text stays byte for byte.
// Error(component) when there is no such block, it is not JSON, or it has nothing at a pointer.
[[nodiscard]] std::string edit_embedded_json(const std::string& yaml, const std::string& key,
                                             const std::map<std::string, std::string>& set);

}  // namespace crib::component
