#include "tests/support/chance/chance.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>

namespace crib::test {

const std::vector<std::string> kOddTokens{"null",     "true",      "-1",          "1e400",       "18446744073709551616",
                                          "\"\"",     "\"${\"",    "\"${name}\"", "\"${zzz}\"",  "[]",
                                          "{}",       "[[1]]",     "{\"a\":{}}",  "\"\\u0000\"", "\"ä\"",
                                          "\"name\"", "\"nodes\"", "\"run\"",     "\"extends\"", "\"${parameters.p}\""};

std::vector<std::string> tokens_of(const std::string& json) {
    std::vector<std::string> tokens;
    for (std::size_t at = 0; at < json.size();) {
        auto end = at + 1;
        if (json[at] == '"') {
            end = json.find('"', at + 1) + 1;
        } else if (std::isalnum(static_cast<unsigned char>(json[at])) != 0) {
            while (std::isalnum(static_cast<unsigned char>(json[end])) != 0) ++end;
        }
        tokens.push_back(json.substr(at, end - at));
        at = end;
    }
    return tokens;
}

std::string Chance::text(std::vector<std::string> tokens, const std::vector<std::string>& others) {
    for (auto changes = 1 + pick(4); changes > 0; --changes) change(tokens, others);
    std::string text;
    for (const auto& token : tokens) text += token;
    if (pick(4) == 0 && !text.empty()) spoil(text);
    return text;
}

std::string Chance::bytes(std::string whole, const std::string& donor) {
    for (auto changes = 1 + pick(8); changes > 0 && !whole.empty(); --changes) change(whole, donor);
    return whole;
}

void Chance::change(std::vector<std::string>& tokens, const std::vector<std::string>& others) {
    auto& token = tokens[pick(tokens.size())];
    switch (pick(4)) {
        case 0:
            token = others[pick(others.size())];
            break;
        case 1:
            token = tokens[pick(tokens.size())];
            break;
        case 2:
            token.clear();
            break;
        default:
            token += "," + token;
    }
}

void Chance::spoil(std::string& text) {
    const auto at = pick(text.size());
    switch (pick(3)) {
        case 0:
            text.resize(at);
            break;
        case 1:
            text[at] = static_cast<char>(pick(256));
            break;
        default:
            text.insert(at, 1, static_cast<char>(pick(256)));
    }
}

void Chance::put_number(std::string& bytes) {
    static constexpr std::array<std::uint64_t, 12> kNumbers{
        0, 1, 2, 0x7f, 0xff, 0x1000, 0x7fff, 0xffff, 0x7fffffff, 0xffffffff, 0x7fffffffffffffff, 0xffffffffffffffff};
    const auto size = std::size_t{1} << pick(4);
    if (bytes.size() < size) return;
    const auto at = pick(bytes.size() - size + 1);
    const auto number = kNumbers.at(pick(kNumbers.size()));
    const bool is_little = pick(2) == 0;
    for (std::size_t i = 0; i < size; ++i) {
        bytes[is_little ? at + i : at + size - 1 - i] = static_cast<char>(number >> (8 * i));
    }
}

void Chance::change(std::string& bytes, const std::string& donor) {
    // Heads matter more than what follows them.
    const auto at = pick(4) == 0 ? pick(std::min<std::size_t>(bytes.size(), 512)) : pick(bytes.size());
    const auto length = 1 + pick(pick(2) == 0 ? 16 : std::max<std::size_t>(bytes.size() / 4, 1));
    switch (pick(9)) {
        case 0:
        case 1:
            bytes[at] = static_cast<char>(bytes[at] ^ (1 << pick(8)));
            break;
        case 2:
            bytes[at] = static_cast<char>(pick(256));
            break;
        case 3:
            put_number(bytes);
            break;
        case 4:
            bytes.erase(at, length);
            break;
        case 5:
            bytes.insert(pick(bytes.size()), bytes.substr(at, length));
            break;
        case 6: {
            const auto piece = bytes.substr(at, length);
            bytes.replace(pick(bytes.size()), piece.size(), piece);
            break;
        }
        case 7:
            if (!donor.empty()) bytes.insert(at, donor.substr(pick(donor.size()), length));
            break;
        default:
            if (pick(3) == 0) bytes.resize(at);
    }
}

}  // namespace crib::test
