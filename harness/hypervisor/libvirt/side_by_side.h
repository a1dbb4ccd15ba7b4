#pragma once
// Blocking libvirt calls for several machines at once. Private to the adapter.

#include "harness/base/context.h"

#include <cstddef>
#include <exception>
#include <functional>
#include <string>
#include <vector>

namespace crib::hypervisor {

using Job = std::function<void(std::size_t index)>;

// Runs a job for each index, each on a thread of its own; what each threw, in the indices' order.
std::vector<std::exception_ptr> try_side_by_side(std::size_t count, const Job& job);

// The same, but when a job throws or the context is done, those that still run are told to `abort`, again and again
// until they have ended (the first call may come before there is anything to abort; it must not throw).
// Throws what was thrown first, or the context's own Error with `what` when it was the reason.
void side_by_side(std::size_t count, const std::string& what, const Context& context, const Job& job, const Job& abort);

}  // namespace crib::hypervisor
