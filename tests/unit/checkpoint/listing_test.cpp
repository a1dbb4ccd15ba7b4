// crib cache ls --json: what a program reads of the store.

#include "harness/checkpoint/store.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace crib::checkpoint {
namespace {

TEST(Listing, CallsEachPartWhatItIs) {
    Listed listed;
    listed.entry.chain = {{"joined", "key", {}}};
    listed.entry.parts = {{Part::Kind::memory, "master", "a", 10, 40, {}},
                          {Part::Kind::machine, "master", "b", 2, 3, {}},
                          {Part::Kind::disk, "master", "c", 5, 6, {}}};
    const auto document = nlohmann::json::parse(listing_json({listed}));
    std::vector<std::string> kinds;
    for (const auto& part : document.at(0).at("parts")) kinds.push_back(part.at("kind"));
    EXPECT_EQ(kinds, (std::vector<std::string>{"memory", "machine state", "disk"}));
    EXPECT_EQ(document[0]["parts"][1]["raw_bytes"], 3);
}

}  // namespace
}  // namespace crib::checkpoint
