#pragma once
// Prefixes: which cells of a matrix come to the same cluster at the end of a stage, who of them makes it and saves a
// checkpoint there, and who waits for that. Pure.

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace crib::engine {

// A stage of a cell as it is planned. The keys are a chain: cells with equal keys at a stage have equal ones before it.
struct PlannedStage {
    std::string stage;
    std::string key;            // of all that leads to its end, as far as it is known before anything is built
    bool worth_saving = false;  // the recipe has it among its checkpoints

    bool operator==(const PlannedStage&) const = default;
};

// A tree: many cells may share an early stage, few of them a later one too. A cell waits for the latest stage that is
// made for it; what is not made by anybody it makes itself on its way, as long as others are still to come for it.
class Prefixes {
public:
    // The stages of each cell in their order; a cell without any shares nothing.
    explicit Prefixes(const std::vector<std::vector<PlannedStage>>& cells);

    // Whom the cell waits for, and until the end of which stage. Nothing: it may begin. Whoever is named has begun and
    // not ended.
    struct Awaited {
        std::size_t maker = 0;
        std::string stage;
    };
    [[nodiscard]] std::optional<Awaited> awaited(std::size_t cell) const;

    struct Course {
        std::string from;               // the stage that was made for it; empty: none
        std::vector<std::string> save;  // the stages at whose end it is to save a checkpoint, in order
    };
    [[nodiscard]] Course begin(std::size_t cell);
    void drop(std::size_t cell);  // it will never begin

    // What a cell that has begun tells.
    void saved(std::size_t cell, const std::string& stage);
    void restored(std::size_t cell, const std::string& stage);  // it goes on from there
    void not_saved(std::size_t cell);                           // and will not try again
    void ended(std::size_t cell);

    // The number of all that the cell shares anything with, itself included, by a number of theirs. Nothing: a cell for
    // itself.
    [[nodiscard]] std::optional<std::size_t> family(std::size_t cell) const;

private:
    struct Group {
        std::string stage;
        std::size_t to_come = 0;  // so many of its cells have not begun
        std::optional<std::size_t> maker{};
        bool made = false;
        unsigned tries = 0;  // of makers that did not make it
    };
    [[nodiscard]] static bool is_given_up(const Group& group);
    void relieve(std::size_t cell, Group& group);

    std::vector<Group> groups_;
    std::vector<std::vector<std::size_t>> of_cell_;    // its groups, the earliest stage first
    std::vector<std::vector<std::string>> stages_of_;  // of a cell with groups: all, in order
};

}  // namespace crib::engine
