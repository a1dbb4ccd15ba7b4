#include "harness/events/matrix_choice.h"

#include "harness/base/pattern.h"
#include "harness/base/text.h"

#include <charconv>
#include <optional>
#include <string>

namespace crib::events {
namespace {

// Nothing for more than the type holds.
template <class Number>
std::optional<Number> number_in(const std::string& digits) {
    Number number{};
    const auto* end = digits.data() + digits.size();
    const auto read = std::from_chars(digits.data(), end, number);
    if (read.ec != std::errc{} || read.ptr != end) return std::nullopt;
    return number;
}

}  // namespace

std::vector<CellChoice> choices_in(std::string_view chosen) {
    static const Pattern pairwise(R"(pairwise with seed (\d+): .*)");
    static const Pattern sample(R"(a sample with seed (\d+): (\d+) of .*)");
    static const Pattern shard(R"(shard (\d+) of (\d+): .*)");
    std::vector<CellChoice> choices;
    for (const auto& part : split(chosen, ';')) {
        const auto text = trim(part);
        if (const auto found = pairwise.groups_of(text)) {
            if (const auto seed = number_in<std::uint64_t>(found->at(0))) choices.emplace_back(PairwiseChoice{*seed});
        } else if (const auto of_sample = sample.groups_of(text)) {
            const auto seed = number_in<std::uint64_t>(of_sample->at(0));
            const auto cells = number_in<std::size_t>(of_sample->at(1));
            if (seed && cells) choices.emplace_back(SampleChoice{*seed, *cells});
        } else if (const auto of_shard = shard.groups_of(text)) {
            const auto number = number_in<unsigned>(of_shard->at(0));
            const auto of = number_in<unsigned>(of_shard->at(1));
            if (number && of) choices.emplace_back(ShardChoice{*number, *of});
        }
    }
    return choices;
}

}  // namespace crib::events
