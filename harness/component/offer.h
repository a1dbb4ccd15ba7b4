#pragma once
// NAME/offer.json: what people ask about a component's versions that no row can say. Which are not on offer and what to
// do instead, and which versions of another component go with it.

#include <filesystem>
#include <string>
#include <vector>

namespace crib::component {

// Versions are exact ("1.36.0"), whole minors ("1.35") or ranges of minors ("1.20-1.35").
struct AbsentVersions {
    std::vector<std::string> versions;
    std::string why;
    std::string instead;
    std::string source;
};

struct Pairing {
    std::string with;                   // the other component
    std::vector<std::string> versions;  // its versions
    std::string standing;               // "supported" by upstream, or "works" though upstream does not test it
    std::string why;
    std::string source;
};

struct Offer {
    std::vector<AbsentVersions> absent;
    std::vector<Pairing> pairs;

    // Null when nothing is said about it.
    [[nodiscard]] const AbsentVersions* find_absent(const std::string& version) const;
    [[nodiscard]] const Pairing* find_pairing(const std::string& with, const std::string& version) const;
};

// Empty when there is no such file. Error(component) names the file and the place in it.
[[nodiscard]] Offer read_offer(const std::filesystem::path& file);

}  // namespace crib::component
