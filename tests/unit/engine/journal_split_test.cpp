#include "harness/engine/journal_split.h"

#include <gtest/gtest.h>

namespace crib::engine {
namespace {

TEST(JournalSplit, GivesEachServiceItsLines) {
    JournalSplit split;
    EXPECT_EQ(split.service_of("Nov 23 15:57:06.231468 master kubelet[837]: E1123 node not found"), "kubelet");
    EXPECT_EQ(split.service_of("Nov  3 15:57:06.231468 master crio[559]: time=\"...\""), "crio");
    EXPECT_EQ(split.service_of("Nov 23 15:57:06.231468 master (crio)[559]: unset variable"), "crio");
    EXPECT_EQ(split.service_of("Nov 23 15:57:06.231468 master kernel: kubelet looks like this"), "");
}

TEST(JournalSplit, CountsWhatSystemdSaysOfAService) {
    JournalSplit split;
    EXPECT_EQ(split.service_of("Nov 23 15:57:08.548360 master systemd[1]: Started kubelet.service - kubelet."),
              "kubelet");
    EXPECT_EQ(split.service_of("Nov 23 15:57:15.096379 master systemd[1]: Created slice kubepods.slice."), "");
}

TEST(JournalSplit, KeepsTheLinesOfOneMessageTogether) {
    JournalSplit split;
    EXPECT_EQ(split.service_of("Nov 23 15:57:06.231468 master crio[559]: panic"), "crio");
    EXPECT_EQ(split.service_of("                                      goroutine 1"), "crio");
    EXPECT_EQ(split.service_of("Nov 23 15:57:06.231468 master sshd[5]: x"), "");
    EXPECT_EQ(split.service_of("                                      y"), "");
}

TEST(JournalSplit, TakesAnyLine) {
    JournalSplit split;
    EXPECT_EQ(split.service_of(""), "");
    EXPECT_EQ(split.service_of("-- No entries --"), "");
    EXPECT_EQ(split.service_of("a b c d"), "");
    EXPECT_EQ(split.service_of("a b c d "), "");
}

}  // namespace
}  // namespace crib::engine
