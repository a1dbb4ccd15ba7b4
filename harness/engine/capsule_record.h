#pragma once
// A run's record on its way into a capsule, and out of one into the runs of another machine.

#include "harness/capsule/manifest.h"
#include "harness/capsule/pack.h"
#include "harness/engine/capsule_scenario.h"
#include "harness/engine/run_store.h"

#include <filesystem>
#include <string>
#include <vector>

namespace crib::engine {

struct RecordSources {
    std::vector<capsule::Source> sources;
    std::vector<LeftOut> left_out;     // what is there and is not packed
    std::vector<std::string> changed;  // what is packed as it is now, not as it was when the run began: "scenario/..."
    bool knows_changes = true;         // false: nothing tells how the scenario was when the run began
};

// run.json, events.jsonl, junit.xml, lock.json, checkpoints.json, network.txt, nodes/ and api/ of the run's folder, as
// run/...; its scenario (capsule_scenario.h), or that of the capsule that it came from, as scenario/...; never
// private/, locks, or what tells of this host's processes. Left out are links, what is no regular file, what cannot be
// read, what is none of these, and what the limits do not let through, so that the capsule can be opened; `others` are
// its parts besides.
// Error(usage) when there is no run.json that can be read, here and out of a capsule.
[[nodiscard]] RecordSources sources_of_record(const RunInfo& run, const RunFolder& folder,
                                              const capsule::Limits& limits = {}, std::size_t others = 0);

// Does a path of a capsule belong to a record?
[[nodiscard]] bool is_of_record(const std::string& path);

// The record that was unpacked into `unpacked` becomes an ended run of this machine, with the id that it had, or with
// another of the same length when that is taken. It can be read and nothing else: it names no hypervisor, process or
// port. Renamed into its place at the end. Error(usage) for a record that crib would not have made.
[[nodiscard]] RunInfo take_in_record(const RunStore& runs, const capsule::Manifest& manifest,
                                     const std::filesystem::path& unpacked);

}  // namespace crib::engine
