#pragma once
// Has this host slept while a kept cluster was left alone? Its machines then stood still with it.

#include "harness/base/clock.h"
#include "harness/engine/run_store.h"

namespace crib::engine {

// How long this host has slept since it was started: one of its clocks goes on meanwhile, the other does not.
[[nodiscard]] Duration slept_so_far();

// Writes down that all clocks of the run's nodes were right when the host had slept for so long in all.
void note_awake(const RunFolder& folder, Duration slept);

// It has slept for more than a second since that was written down. False where it never was.
[[nodiscard]] bool has_slept_since(const RunFolder& folder, Duration slept) noexcept;

}  // namespace crib::engine
