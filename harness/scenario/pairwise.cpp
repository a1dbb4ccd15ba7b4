#include "harness/scenario/pairwise.h"

#include <algorithm>
#include <queue>
#include <tuple>

namespace crib::scenario {
namespace {

// Numbers the pairs of values of any two axes.
class PairTable {
public:
    explicit PairTable(const std::vector<Column>& columns) {
        for (std::size_t i = 0; i < columns.size(); ++i) {
            if (columns[i].is_axis) axes_.push_back({i, columns[i].axis_values});
        }
        for (std::size_t i = 0; i < axes_.size(); ++i) {
            for (std::size_t j = i + 1; j < axes_.size(); ++j) {
                offsets_.push_back(size_);
                size_ += axes_[i].values * axes_[j].values;
            }
        }
    }

    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] std::size_t axes() const { return axes_.size(); }

    // The cell's pairs; fewer where it leaves an axis out or has a value beside the axis's own.
    template <typename Body>
    void each_pair(const Cells& cells, std::size_t cell, Body&& body) const {
        std::size_t block = 0;
        for (std::size_t i = 0; i < axes_.size(); ++i) {
            const auto a = cells.at(cell, axes_[i].column);
            for (std::size_t j = i + 1; j < axes_.size(); ++j, ++block) {
                const auto b = cells.at(cell, axes_[j].column);
                if (a < axes_[i].values && b < axes_[j].values) body(offsets_[block] + a * axes_[j].values + b);
            }
        }
    }

    [[nodiscard]] bool in_product(const Cells& cells, std::size_t cell) const {
        for (std::size_t i = 0; i < cells.columns().size(); ++i) {
            const auto& column = cells.columns()[i];
            const auto number = cells.at(cell, i);
            if (column.is_axis ? number >= column.axis_values : number != Cells::kUnset) return false;
        }
        return true;
    }

private:
    struct Axis {
        std::size_t column = 0;
        std::size_t values = 0;
    };
    std::vector<Axis> axes_;
    std::vector<std::size_t> offsets_;
    std::size_t size_ = 0;
};

class Cover {
public:
    Cover(const Cells& cells, std::uint64_t seed)
        : cells_(cells), seed_(seed), table_(cells.columns()), times_(table_.size()) {}

    Pairwise find() {
        std::vector<bool> wanted(table_.size());
        for (std::size_t cell = 0; cell < cells_.size(); ++cell) {
            if (!table_.in_product(cells_, cell)) {
                kept_.push_back(cell);
                count(cell, 1);
            } else if (table_.axes() < 2) {
                kept_.push_back(cell);
            } else {
                push(cell, table_.axes() * (table_.axes() - 1) / 2);
                table_.each_pair(cells_, cell, [&](std::size_t pair) { wanted[pair] = true; });
            }
        }
        const auto pairs = static_cast<std::size_t>(std::ranges::count(wanted, true));
        choose();
        drop_superfluous();
        kept_.insert(kept_.end(), chosen_.begin(), chosen_.end());
        std::ranges::sort(kept_);
        return {cells_.select(kept_), cells_.size(), pairs};
    }

private:
    using Entry = std::tuple<std::size_t, std::uint64_t, std::size_t>;  // how many new pairs, hash, cell

    void push(std::size_t cell, std::size_t gain) { queue_.emplace(gain, stable_hash(seed_, cells_.id(cell)), cell); }

    void count(std::size_t cell, int by) {
        table_.each_pair(cells_, cell, [&](std::size_t pair) { times_[pair] += by; });
    }

    [[nodiscard]] std::size_t gain_of(std::size_t cell) const {
        std::size_t gain = 0;
        table_.each_pair(cells_, cell, [&](std::size_t pair) { gain += times_[pair] == 0 ? 1U : 0U; });
        return gain;
    }

    // What a cell adds never grows while others are chosen: an old number is a bound, and only the cell at the
    // top has to be looked at anew.
    void choose() {
        while (!queue_.empty()) {
            auto [old_gain, hash, cell] = queue_.top();
            queue_.pop();
            const auto gain = gain_of(cell);
            if (gain == 0) continue;
            if (gain < old_gain) {
                queue_.emplace(gain, hash, cell);
                continue;
            }
            chosen_.push_back(cell);
            count(cell, 1);
        }
    }

    // Early choices may have become needless by later ones.
    void drop_superfluous() {
        std::erase_if(chosen_, [&](std::size_t cell) {
            bool needed = false;
            table_.each_pair(cells_, cell, [&](std::size_t pair) { needed = needed || times_[pair] < 2; });
            if (!needed) count(cell, -1);
            return !needed;
        });
    }

    const Cells& cells_;
    std::uint64_t seed_;
    PairTable table_;
    std::vector<int> times_;  // how often each pair occurs in what is chosen
    std::priority_queue<Entry> queue_;
    std::vector<std::size_t> kept_;
    std::vector<std::size_t> chosen_;
};

}  // namespace

Pairwise pairwise(const Cells& cells, std::uint64_t seed) {
    return Cover(cells, seed).find();
}

}  // namespace crib::scenario
