#pragma once
// Shard: a matrix split over several machines, each of which finds out for itself which part is its own.

#include <string>
#include <vector>

namespace crib::scenario {

struct Shard {
    unsigned number = 1;  // from 1
    unsigned of = 1;
};

// "2/5". Error(usage) for anything else.
[[nodiscard]] Shard parse_shard(const std::string& text);

struct TimedCell {
    std::string id;
    double seconds = 0;  // measured; 0: not known, as long as the median of the others
};

// The shard (from 1) of each cell. Longest first, each cell goes to the shard that the hash of both prefers most
// among those that have time left, of a tenth more than the mean; where none has, to the shard with the least. So
// the shards take about equally long, and a new cell moves few others: the preferences stay, times are rounded to
// steps of a fifth, the time of a shard to steps of a twentieth. Whole numbers only: every machine finds the same.
[[nodiscard]] std::vector<unsigned> split_by_time(const std::vector<TimedCell>& cells, unsigned shards);

// Eight letters that are the same on machines that split alike: those whose cells and rounded times are the same.
[[nodiscard]] std::string split_name(const std::vector<TimedCell>& cells, unsigned shards);

}  // namespace crib::scenario
