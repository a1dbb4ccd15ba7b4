#pragma once
// Chance: a sound text or file, broken by chance, always the same way for a seed.

#include <cstddef>
#include <random>
#include <string>
#include <vector>

namespace crib::test {

// Of JSON: texts with their quotes, words and numbers, and each other character by itself.
[[nodiscard]] std::vector<std::string> tokens_of(const std::string& json);

// What JSON may have in any other place.
extern const std::vector<std::string> kOddTokens;

class Chance {
public:
    explicit Chance(unsigned seed) : random_(seed) {}

    // Up to four tokens changed, each into one of `others`, into another of its own, into nothing, or doubled; of one
    // in four a byte besides.
    [[nodiscard]] std::string text(std::vector<std::string> tokens,
                                   const std::vector<std::string>& others = kOddTokens);

    // Up to eight changes: bits, bytes, numbers of 1 to 8 bytes in either order, and pieces that are left out, doubled,
    // put elsewhere, or taken from `donor`; or cut off.
    [[nodiscard]] std::string bytes(std::string whole, const std::string& donor);

    [[nodiscard]] std::size_t pick(std::size_t count) { return random_() % count; }

private:
    void change(std::vector<std::string>& tokens, const std::vector<std::string>& others);
    void spoil(std::string& text);
    void change(std::string& bytes, const std::string& donor);
    void put_number(std::string& bytes);

    std::mt19937 random_;
};

}  // namespace crib::test
