#include "harness/network/config.h"

#include "harness/base/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

namespace crib::network {
namespace {

using ::testing::HasSubstr;

SwitchConfig two_nodes() {
    SwitchConfig config;
    config.run_id = "r1";
    config.nodes = {{"master", *Mac::parse("52:54:00:76:00:0b"), *Ipv4::parse("192.168.76.11")},
                    {"worker", *Mac::parse("52:54:00:76:00:0c"), *Ipv4::parse("192.168.76.12")}};
    config.forwards = {{"ssh-master", *Ipv4::parse("192.168.76.11"), 22}};
    return config;
}

std::string refusal(const std::function<void(SwitchConfig&)>& change) {
    auto config = two_nodes();
    change(config);
    try {
        validate(config);
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::usage);
        return error.what();
    }
    return "accepted";
}

TEST(SwitchConfig, AcceptsAnOrdinaryCluster) {
    EXPECT_EQ(refusal([](SwitchConfig&) {}), "accepted");
}

TEST(SwitchConfig, NamesWhatIsWrong) {
    EXPECT_THAT(refusal([](auto& c) { c.nodes[1].name = "master"; }), HasSubstr("two nodes are called master"));
    EXPECT_THAT(refusal([](auto& c) { c.nodes[1].ip = c.nodes[0].ip; }), HasSubstr("two nodes have the address"));
    EXPECT_THAT(refusal([](auto& c) { c.nodes[1].mac = c.nodes[0].mac; }), HasSubstr("two nodes have the address"));
    EXPECT_THAT(refusal([](auto& c) { c.nodes[1].ip = *Ipv4::parse("10.0.0.11"); }), HasSubstr("10.0.0.11"));
    EXPECT_THAT(refusal([](auto& c) { c.nodes[1].ip = *Ipv4::parse("192.168.76.2"); }), HasSubstr("192.168.76.2"));
    EXPECT_THAT(refusal([](auto& c) { c.nodes[1].mac = c.gateway_mac; }), HasSubstr("hardware address"));
    EXPECT_THAT(refusal([](auto& c) { c.forwards[0].node = *Ipv4::parse("192.168.76.99"); }), HasSubstr("no node's"));
    EXPECT_THAT(refusal([](auto& c) { c.forwards.push_back(c.forwards[0]); }), HasSubstr("two forwards"));
    EXPECT_THAT(refusal([](auto& c) { c.http["/x"] = "/no/such/folder"; }), HasSubstr("/no/such/folder"));
}

TEST(SwitchConfig, SurvivesTheWayToTheProgram) {
    auto config = two_nodes();
    config.http["/cri-o/v1.36/deb"] = "/some/folder";
    config.names["registry.crib.test"] = *Ipv4::parse("192.168.76.1");
    config.internet = true;
    config.capture = "/some/file.pcap";
    const auto text = to_json(config);
    EXPECT_EQ(to_json(parse_switch_config(text)), text);
    EXPECT_THAT(text, HasSubstr("/some/file.pcap"));
    EXPECT_THAT(text, HasSubstr("192.168.76.12"));
}

TEST(SwitchConfig, RefusesBrokenText) {
    EXPECT_THROW(parse_switch_config("{"), Error);
    EXPECT_THROW(parse_switch_config("{}"), Error);
}

TEST(SwitchConfig, KnowsEachNodeByItsShortAndItsWholeName) {
    const auto names = all_names(two_nodes());
    EXPECT_EQ(names.at("master"), *Ipv4::parse("192.168.76.11"));
    EXPECT_EQ(names.at("worker.crib.test"), *Ipv4::parse("192.168.76.12"));
    EXPECT_EQ(names.at("packages.crib.test"), *Ipv4::parse("192.168.76.1"));
}

}  // namespace
}  // namespace crib::network
