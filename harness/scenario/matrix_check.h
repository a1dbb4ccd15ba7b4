#pragma once
// What is wrong with the values and the paths of a matrix: each is looked at by itself, whatever its cells are.
// Internal to scenario.

#include "harness/scenario/document.h"
#include "harness/scenario/load.h"
#include "harness/scenario/matrix_spec.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <set>
#include <string>
#include <vector>

namespace crib::scenario {

// A value is wrong when the scenario that has it is wrong whatever one other axis's value is besides: another axis may
// be what puts it right. Good values that do not go together are no mistake: rules leave their cells out.
class MatrixCheck {
public:
    // `document` is the scenario with its flags, and `matrix` its sound matrix. Both are referred to.
    MatrixCheck(Document& document, const Matrix& matrix, const Known& known);

    // Reports into the document.
    void look();

    // After look(): is what was found in the scenario itself found with each value of the matrix, too?
    [[nodiscard]] bool is_of_every_cell(const Diagnostic& found) const;

private:
    using Findings = std::vector<Diagnostic>;
    struct Trial {
        Findings findings;
        std::string place;  // where the last value was put: "$.nodes[0].memory"
    };
    using Ids = std::set<std::string>;

    // What the reader finds in the scenario with these values; good values that do not go together do not count.
    [[nodiscard]] Trial try_with(const Assignment& values, const Expect* expect = nullptr) const;
    [[nodiscard]] bool has_read_enough() const;
    // Each of the paths is at `top`; all of them make one cell.
    void look_at_paths(const std::vector<std::string>& paths, const std::string& top);
    void look_at_axis(const Axis& axis);
    void look_at_value(const Axis& axis, std::size_t number);
    void look_at_included(std::size_t number);
    void look_at_expected(std::size_t number);
    // Takes away what a value of one more axis puts right.
    void keep_lasting(Findings& findings, const Assignment& values, const Expect* expect, const CellPattern& when);
    [[nodiscard]] std::vector<Assignment> choices_of(const std::string& path, const CellPattern& when) const;
    void tell_of_axis(const Axis& axis, std::size_t number, const Diagnostic& found, const std::string& place);

    Document& document_;
    const Matrix& matrix_;
    Known known_;
    Document bare_;                 // without the matrix
    Ids own_;                       // of the scenario without the matrix
    Ids lasting_;                   // those of them that no value has put right
    Ids told_;                      // of the path of the axis at hand
    mutable std::size_t read_ = 0;  // values, by all trials
};

}  // namespace crib::scenario
