// JSON inside YAML: edited as JSON, all else kept byte for byte.

#include "harness/component/embedded_json.h"

#include "harness/base/error.h"

#include <gtest/gtest.h>

namespace crib::component {
namespace {

constexpr const char* manifest = R"(kind: ConfigMap
data:
  cni-conf.json: |
    {
      "name": "cbr0",
      "cniVersion": "1.0.0"
    }
  net-conf.json: |
    {
      "Network": "10.244.0.0/16"
    }
---
kind: DaemonSet
)";

TEST(EmbeddedJson, ChangesOnlyTheValueThatWasAskedFor) {
    const std::string edited = edit_embedded_json(manifest, "cni-conf.json", {{"/cniVersion", "0.3.1"}});
    std::string expected = manifest;
    expected.replace(expected.find("1.0.0"), 5, "0.3.1");
    EXPECT_EQ(edited, expected);
}

TEST(EmbeddedJson, ComplainsWhenTheUpstreamFileChangedItsShape) {
    EXPECT_THROW(static_cast<void>(edit_embedded_json(manifest, "other.json", {})), Error);
    EXPECT_THROW(static_cast<void>(edit_embedded_json(manifest, "cni-conf.json", {{"/gone", "x"}})), Error);
    EXPECT_THROW(static_cast<void>(edit_embedded_json("a.json: |\n  {broken\nb: 1\n", "a.json", {})), Error);
}

}  // namespace
}  // namespace crib::component
