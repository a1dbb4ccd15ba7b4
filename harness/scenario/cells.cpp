#include "harness/scenario/cells.h"

#include "harness/base/sha256.h"
#include "harness/base/text.h"

#include <algorithm>
#include <cctype>
#include <numeric>

namespace crib::scenario {
namespace {

constexpr std::size_t kLongestLabel = 24;
constexpr std::size_t kLongestId = 72;
constexpr std::size_t kDigestLength = 12;

// What can be typed in a shell and stand in a file's name. The comma is left to stand between labels.
bool is_plain(unsigned char c) {
    return std::isalnum(c) != 0 || c == '.' || c == '-' || c == '_' || c == '+';
}

std::string label_of(const std::string& value) {
    std::string label;
    for (const char c : value) {
        if (is_plain(static_cast<unsigned char>(c))) {
            label += c;
        } else if (!label.empty() && label.back() != '-') {
            label += '-';
        }
    }
    if (label.size() > kLongestLabel) label.resize(kLongestLabel);
    while (!label.empty() && label.back() == '-' && label != value) label.pop_back();
    return label;
}

}  // namespace

Cells::Cells(std::vector<Column> columns) {
    auto layout = std::make_shared<Layout>();
    layout->columns = std::move(columns);
    layout->by_path.resize(layout->columns.size());
    std::iota(layout->by_path.begin(), layout->by_path.end(), std::size_t{0});
    std::ranges::sort(layout->by_path, {}, [&](std::size_t i) { return layout->columns[i].path; });
    for (const auto& column : layout->columns) {
        auto& labels = layout->labels.emplace_back();
        auto& exact = layout->exact.emplace_back();
        for (const auto& value : column.values) {
            labels.push_back(label_of(value));
            exact.push_back(!value.empty() && labels.back() == value);
        }
    }
    layout_ = std::move(layout);
}

std::vector<std::uint32_t> Cells::numbers(std::size_t cell) const {
    const auto begin = numbers_.begin() + static_cast<std::ptrdiff_t>(cell * columns().size());
    return {begin, begin + static_cast<std::ptrdiff_t>(columns().size())};
}

Assignment Cells::assignment(std::size_t cell) const {
    Assignment assignment;
    for (std::size_t column = 0; column < columns().size(); ++column) {
        const auto number = at(cell, column);
        if (number != kUnset) assignment[columns()[column].path] = columns()[column].values[number];
    }
    return assignment;
}

std::string Cells::id(std::size_t cell) const {
    std::string id;
    bool exact = true;
    for (const auto column : layout_->by_path) {
        const auto number = at(cell, column);
        const bool is_axis = columns()[column].is_axis;
        if (number == kUnset) {
            exact = exact && !is_axis;
            continue;
        }
        exact = exact && is_axis && layout_->exact[column][number];
        if (!id.empty()) id += ',';
        id += layout_->labels[column][number];
    }
    if (exact && id.size() <= kLongestId) return id;
    std::string all;
    for (const auto& [path, value] : assignment(cell)) {
        // Lengths, so that no two assignments have one text.
        all += std::to_string(path.size()) + ' ' + path + std::to_string(value.size()) + ' ' + value;
    }
    id.resize(std::min(id.size(), kLongestId - kDigestLength - 1));
    return id + "~" + sha256_hex(all).substr(0, kDigestLength);
}

void Cells::add(const std::vector<std::uint32_t>& numbers) {
    numbers_.insert(numbers_.end(), numbers.begin(), numbers.end());
    ++size_;
}

Cells Cells::none() const {
    Cells result;
    result.layout_ = layout_;
    return result;
}

Cells Cells::select(const std::vector<std::size_t>& cells) const {
    auto result = none();
    const auto width = columns().size();
    result.numbers_.reserve(cells.size() * width);
    for (const auto cell : cells) {
        const auto begin = numbers_.begin() + static_cast<std::ptrdiff_t>(cell * width);
        result.numbers_.insert(result.numbers_.end(), begin, begin + static_cast<std::ptrdiff_t>(width));
    }
    result.size_ = cells.size();
    return result;
}

std::vector<std::string> sets_of(const Assignment& assignment) {
    std::vector<std::string> sets;
    // In the order of the paths: "nodes" before "nodes.worker.count", which is in it.
    for (const auto& [path, value] : assignment) sets.push_back(path + "=" + value);
    return sets;
}

std::string to_string(const Assignment& assignment) {
    return join(sets_of(assignment), ", ");
}

std::uint64_t stable_hash(std::uint64_t seed, std::string_view text) {
    std::uint64_t hash = 0xcbf29ce484222325U ^ (seed * 0x9e3779b97f4a7c15U);  // FNV-1a
    for (const char c : text) {
        hash ^= static_cast<unsigned char>(c);
        hash *= 0x100000001b3U;
    }
    // The finaliser of splitmix64: FNV's high bits alone are too much alike for short texts.
    hash ^= hash >> 30U;
    hash *= 0xbf58476d1ce4e5b9U;
    hash ^= hash >> 27U;
    hash *= 0x94d049bb133111ebU;
    return hash ^ (hash >> 31U);
}

}  // namespace crib::scenario
