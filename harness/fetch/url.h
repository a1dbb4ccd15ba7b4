#pragma once
// What people write as a URL: where an image or a mirror is.

#include <string>

namespace crib::fetch {

// Or is it a path?
[[nodiscard]] bool is_url(const std::string& location);

// Why it is none that crib fetches from, as the end of a sentence: "does not begin with https://, http:// or file://".
// Empty: it is one.
[[nodiscard]] std::string objection_to_url(const std::string& url);

}  // namespace crib::fetch
