#pragma once
// An apt repository in the layout of those that publish Kubernetes and CRI-O.

#include "harness/base/context.h"
#include "harness/process/runner.h"
#include "tests/support/upstream_servers/signer.h"

#include <filesystem>
#include <vector>

namespace crib::test {

// Where a package lies in such a repository: "amd64/kubeadm_1.36.3-1.1_amd64.deb".
[[nodiscard]] std::filesystem::path place_of(const std::filesystem::path& deb);

// As the Open Build Service makes them: the index and its signatures in `folder`, packages below it in a folder an
// architecture. What was there is replaced.
void publish_repository(process::Runner& runner, const std::vector<std::filesystem::path>& debs, Signer& signer,
                        const std::filesystem::path& folder, const Context& context);

}  // namespace crib::test
