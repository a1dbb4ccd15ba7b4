#include "harness/cli/exit_code.h"

namespace crib::cli {

using events::Outcome;

int exit_code_of(const events::RunFinished& finished) {
    switch (finished.outcome) {
        case Outcome::passed:
        case Outcome::skipped:
            return 0;
        case Outcome::failed:
            return 1;
        case Outcome::error:
            return finished.refused ? 2 : 3;
        case Outcome::interrupted:
            return 130;
    }
    return 3;
}

}  // namespace crib::cli
