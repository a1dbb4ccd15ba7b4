#include "harness/network/frame_stream.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace crib::network {
namespace {

Frame frame_of(std::size_t size, std::uint8_t fill) {
    return Frame(size, fill);
}

Frame on_the_wire(const std::vector<Frame>& frames) {
    FrameQueue queue(1U << 20U);
    for (const auto& frame : frames) EXPECT_TRUE(queue.push(frame));
    return Frame(queue.waiting().begin(), queue.waiting().end());
}

// Feeds the stream in parts of `step` bytes.
std::vector<Frame> read_all(const Frame& stream, std::size_t step) {
    FrameReader reader;
    std::vector<Frame> frames;
    for (std::size_t at = 0; at < stream.size(); at += step) {
        const auto part = Bytes(stream).subspan(at, std::min(step, stream.size() - at));
        std::copy(part.begin(), part.end(), reader.room().begin());
        EXPECT_TRUE(reader.take(part.size(), [&](Bytes frame) { frames.emplace_back(frame.begin(), frame.end()); }));
    }
    return frames;
}

TEST(FrameStream, GivesBackTheSameFramesHoweverTheStreamIsCut) {
    const std::vector<Frame> frames{frame_of(60, 1), frame_of(1514, 2), frame_of(14, 3), frame_of(9000, 4)};
    const auto stream = on_the_wire(frames);
    for (const std::size_t step : {1U, 3U, 64U, 1500U, 100000U}) EXPECT_EQ(read_all(stream, step), frames) << step;
}

TEST(FrameStream, CarriesTheLongestFrameThatQemuSends) {
    const std::vector<Frame> frames{frame_of(longest_frame, 7), frame_of(60, 8)};
    EXPECT_EQ(read_all(on_the_wire(frames), 65536), frames);
}

TEST(FrameStream, EndsAStreamWithAnImpossibleLength) {
    for (const std::uint32_t length : {0U, static_cast<std::uint32_t>(longest_frame + 1), 0xffffffffU}) {
        FrameReader reader;
        write32(reader.room(), 0, length);
        EXPECT_FALSE(reader.take(4, [](Bytes) { ADD_FAILURE(); })) << length;
    }
}

TEST(FrameStream, LeavesOutFramesTooShortForAHeader) {
    EXPECT_TRUE(read_all(on_the_wire({frame_of(13, 1)}), 100).empty());
}

TEST(FrameQueue, RefusesWhatDoesNotFitAndGoesOnWhenThereIsRoom) {
    FrameQueue queue(200);
    EXPECT_TRUE(queue.push(frame_of(96, 1)));
    EXPECT_TRUE(queue.push(frame_of(96, 2)));
    EXPECT_FALSE(queue.push(frame_of(96, 3)));
    queue.written(100);
    EXPECT_TRUE(queue.push(frame_of(96, 4)));
    EXPECT_EQ(queue.waiting().size(), 200U);
    EXPECT_EQ(queue.waiting()[4], 2);
    queue.written(200);
    EXPECT_TRUE(queue.empty());
}

}  // namespace
}  // namespace crib::network
