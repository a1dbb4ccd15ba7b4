#include "harness/scenario/shard.h"

#include "harness/base/error.h"
#include "harness/base/sha256.h"
#include "harness/scenario/cells.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <functional>
#include <map>
#include <numeric>
#include <tuple>

namespace crib::scenario {
namespace {

using Weight = std::uint64_t;

constexpr unsigned kMostShards = 10'000;

// The least number of a row, each about 1/`part` more than the one before, that is not less than `least`.
Weight rounded_up(Weight least, Weight part) {
    Weight step = 1;
    while (step < least) step += std::max<Weight>(1, step / part);
    return step;
}

std::vector<Weight> weights_of(const std::vector<TimedCell>& cells) {
    constexpr double longest = 1e7;
    std::vector<Weight> known;
    std::vector<Weight> weights;
    for (const auto& cell : cells) {
        const bool measured = cell.seconds > 0;
        weights.push_back(measured ? rounded_up(static_cast<Weight>(std::min(cell.seconds, longest)) + 1, 5) : 0);
        if (measured) known.push_back(weights.back());
    }
    std::ranges::sort(known);
    const Weight median = known.empty() ? 100 : known[known.size() / 2];
    std::ranges::replace(weights, Weight{0}, median);
    return weights;
}

std::vector<unsigned> preferences_of(const std::string& id, unsigned shards) {
    std::vector<std::pair<std::uint64_t, unsigned>> ranks;
    for (unsigned shard = 0; shard < shards; ++shard) ranks.emplace_back(stable_hash(shard + 1, id), shard);
    std::ranges::sort(ranks, std::greater{});
    std::vector<unsigned> order;
    for (const auto& [hash, shard] : ranks) order.push_back(shard);
    return order;
}

}  // namespace

Shard parse_shard(const std::string& text) {
    Shard shard{0, 0};
    const auto* end = text.data() + text.size();
    const auto first = std::from_chars(text.data(), end, shard.number);
    if (first.ec == std::errc{} && first.ptr != end && *first.ptr == '/') {
        const auto second = std::from_chars(first.ptr + 1, end, shard.of);
        const bool whole = second.ec == std::errc{} && second.ptr == end;
        if (whole && shard.number >= 1 && shard.number <= shard.of && shard.of <= kMostShards) return shard;
    }
    throw Error(ErrorKind::usage,
                shard.of > 0 && shard.number > shard.of
                    ? fmt::format("--shard {}: there is no shard {} of {}", text, shard.number, shard.of)
                    : fmt::format("--shard {}: is not NUMBER/OF, both from 1, OF at most {}", text, kMostShards),
                "for example --shard 2/5: the second of five");
}

std::vector<unsigned> split_by_time(const std::vector<TimedCell>& cells, unsigned shards) {
    const auto weights = weights_of(cells);
    // Longest first; the hash and not the place orders those of one length.
    std::vector<std::tuple<Weight, std::uint64_t, std::size_t>> order;
    for (std::size_t i = 0; i < cells.size(); ++i) order.emplace_back(weights[i], stable_hash(0, cells[i].id), i);
    std::ranges::sort(order, std::greater{});
    const auto total = std::accumulate(weights.begin(), weights.end(), Weight{0});
    const auto room = rounded_up((total * 11 + shards * 10 - 1) / (shards * 10), 20);
    std::vector<Weight> loads(shards);
    std::vector<unsigned> result(cells.size());
    for (const auto& [weight, hash, cell] : order) {
        const auto preferred = preferences_of(cells[cell].id, shards);
        auto chosen = std::ranges::find_if(preferred, [&](unsigned s) { return loads[s] + weights[cell] <= room; });
        if (chosen == preferred.end())
            chosen = std::ranges::min_element(preferred, {}, [&](unsigned s) { return loads[s]; });
        loads[*chosen] += weights[cell];
        result[cell] = *chosen + 1;
    }
    return result;
}

std::string split_name(const std::vector<TimedCell>& cells, unsigned shards) {
    const auto weights = weights_of(cells);
    std::map<std::string, Weight> sorted;
    for (std::size_t i = 0; i < cells.size(); ++i) sorted[cells[i].id] = weights[i];
    KeyBuilder key;
    key.add("shards", std::to_string(shards));
    for (const auto& [id, weight] : sorted) key.add(id, std::to_string(weight));
    return key.key().substr(0, 8);
}

}  // namespace crib::scenario
