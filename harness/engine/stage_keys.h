#pragma once
// What led to each stage of a cluster, as a chain of keys: equal keys stand for equal clusters. Pure.

#include "harness/checkpoint/keys.h"
#include "harness/engine/cluster_state.h"
#include "harness/provision/plan.h"

#include <string>

namespace crib::engine {

// What is the same for all nodes and stands before the first step.
struct Ground {
    std::string hypervisor;                     // Hypervisor::version_key()
    std::map<std::string, std::string> images;  // node image to its digest
    std::string image_store;                    // name of the disk of preloaded container images; it tells the content
};

// The stages of the plan, in order. `state` has the nodes as they are to be started; its run, ports, keys and files in
// the run's folder do not count. A repository's content counts from the first stage with a step that is told its URL:
// before, no guest can have seen it.
[[nodiscard]] checkpoint::KeyChain stage_keys(const provision::Plan& plan, const ClusterState& state,
                                              const Ground& ground);

// One of the inputs of a chain: what saves its checkpoints.
[[nodiscard]] checkpoint::KeyEntry hypervisor_entry(const std::string& version_key);

// What saved the last checkpoint of a chain, by its entries; empty where they do not say.
[[nodiscard]] std::string hypervisor_of(const checkpoint::KeyChain& chain);

// Memory is loaded by the hypervisor that saved it, and by no other. Error(usage) naming both when the chain says that
// `here`, a version_key(), is another.
void require_same_hypervisor(const checkpoint::KeyChain& chain, const std::string& here);

}  // namespace crib::engine
