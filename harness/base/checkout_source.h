#pragma once
// CheckoutSource: the source of a component that is a checkout, as scenarios, flags and records write it:
// "local:../cri-o". The other sources are words: "modules", "upstream".

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace crib {

class CheckoutSource {
public:
    static constexpr std::string_view kPrefix = "local:";

    explicit CheckoutSource(const std::filesystem::path& path) : path_(path.string()) {}

    // Nothing where it is a source of another kind, or none. Of "local:" alone, which is a mistake, the path is empty.
    [[nodiscard]] static std::optional<CheckoutSource> parse(std::string_view source);

    // As it is written: "../cri-o".
    [[nodiscard]] const std::string& path() const { return path_; }
    [[nodiscard]] bool has_path() const { return !path_.empty(); }

    // Where it is, as an absolute and plain path; a relative one is meant from `base`, and that, as an empty one, from
    // the current folder. Error(usage) when the current folder is not there any more.
    [[nodiscard]] std::filesystem::path folder(const std::filesystem::path& base = {}) const;

    // "local:../cri-o"
    [[nodiscard]] std::string text() const { return std::string(kPrefix) + path_; }

private:
    std::string path_;
};

[[nodiscard]] bool is_checkout(std::string_view source);

}  // namespace crib
