#pragma once
// How many files this process may have open at once.

#include <string_view>

namespace crib {

// Raises the limit where that is allowed. Error(environment) when it stays below `least`, "only 8 files may be open at
// once, virtual machines need 128", of which `who_need` is "virtual machines need".
void require_open_files(unsigned least, std::string_view who_need);

}  // namespace crib
