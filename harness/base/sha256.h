#pragma once
// SHA-256 of text, of files, and of named inputs (a cache key).

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace crib {

[[nodiscard]] std::string sha256_hex(std::string_view data);
[[nodiscard]] std::string sha256_file(const std::filesystem::path& path);

// A cache key made of named inputs. text() is what is hashed, one "name value" a line in the order
// added, values with newlines as their digest; it is kept beside the entry, so that a miss can be explained.
class KeyBuilder {
public:
    KeyBuilder& add(std::string_view name, std::string_view value);
    [[nodiscard]] const std::string& text() const { return text_; }
    [[nodiscard]] std::string key() const { return sha256_hex(text_); }

private:
    std::string text_;
};

}  // namespace crib
