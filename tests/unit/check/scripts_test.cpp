#include "harness/check/detail/scripts.h"

#include <gmock/gmock.h>

namespace crib::check::detail {
namespace {

using testing::HasSubstr;

TEST(CheckScripts, ReadTheStatusAndTheBodyOfAnAnswer) {
    const auto answer = parse_web_answer("HTTP/1.1 200 OK\r\nServer: nginx\r\n\r\n<h1>Welcome to nginx!</h1>");
    ASSERT_TRUE(answer.has_value());
    EXPECT_EQ(answer->status, 200);
    EXPECT_EQ(answer->body, "<h1>Welcome to nginx!</h1>");
    EXPECT_EQ(parse_web_answer("HTTP/1.0 502 Bad Gateway\n\noops")->status, 502);
}

TEST(CheckScripts, SeeThatOtherOutputIsNoAnswer) {
    EXPECT_FALSE(parse_web_answer("").has_value());
    EXPECT_FALSE(parse_web_answer("SSH-2.0-OpenSSH").has_value());
    EXPECT_FALSE(parse_web_answer("HTTP/1.1").has_value());
    EXPECT_FALSE(parse_web_answer("HTTP/1.1 abc").has_value());
}

TEST(CheckScripts, ReadHowAScriptEndedAndWhatItSaid) {
    const auto told = parse_told("HTTP/1.1 200 OK\r\n\r\nno newline\ncrib-exit 0\n");
    ASSERT_TRUE(told.has_value());
    EXPECT_EQ(told->said, "HTTP/1.1 200 OK\r\n\r\nno newline");
    EXPECT_EQ(parse_told("\ncrib-exit 124\n")->exit_code, 124);
    EXPECT_FALSE(parse_told("cut off").has_value());
    EXPECT_FALSE(parse_told("a page that says\ncrib-exit what?").has_value());
}

TEST(CheckScripts, QuoteWhatTheyAreGiven) {
    EXPECT_THAT(fetch_script({"10.244.1.2", 80, "/a b'; reboot"}),
                HasSubstr(R"('http://10.244.1.2:80/a b'\''; reboot')"));
    EXPECT_THAT(resolve_script("a;reboot"), HasSubstr("'a;reboot'"));
    EXPECT_THAT(in_container_script("0123abcd", "reboot; 'hi'"),
                HasSubstr("crictl exec --sync 0123abcd sh -c 'reboot; "));
}

}  // namespace
}  // namespace crib::check::detail
