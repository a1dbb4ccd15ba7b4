#include "tests/support/tiny_machine/tiny_rom.h"

#include <cstddef>
#include <string_view>

namespace crib::test {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t kRomBytes = 64U << 10U;
constexpr std::size_t kFirstInstruction = 0xfff0;  // where a processor begins

constexpr auto kProgram =
    "\xfa"                                          // cli
    "\x31\xc0\x8e\xd8"                              // ds = 0
    "\xbb\x00\x10"                                  // bx = 0x1000, the segment of the first page
    "\x8e\xc3\x31\xff\x89\xd8"                      // fill: es = bx, di = 0, ax = bx
    "\xb9\x00\x08\xfc\xf3\xab"                      // 2048 words of ax
    "\x81\xc3\x00\x01\x81\xfb\x00\x90"              // the next page, up to 0x9000
    "\x72\xea"                                      // jb fill
    "\x66\xc7\x06\x00\x05\x00\x00\x00\x00"          // [0x500] = 0
    "\x66\xff\x06\x00\x05"                          // count: ++[0x500]
    "\x66\xa1\x00\x05\x66\x89\xc3"                  // ebx = eax = the count
    "\x83\xe3\x7f\xc1\xe3\x08"                      // bx = 0x1000 + (bx & 0x7f) * 0x100
    "\x81\xc3\x00\x10\x8e\xc3"                      // es = bx
    "\x26\x66\xa3\x00\x00"                          // es:[0] = eax
    "\xba\xf8\x03\xb9\x08\x00"                      // dx = 0x3f8, cx = 8
    "\x66\xc1\xc0\x04\x66\x89\xc3"                  // digit: the next four bits of eax, kept in ebx
    "\x24\x0f\x04\x30\x3c\x39\x76\x02\x04\x07\xee"  // al as a digit, to the port
    "\x66\x89\xd8\xe2\xe9"                          // eax = ebx, loop digit
    "\xb0\x0a\xee"                                  // the line's end
    "\x66\xb9\xd0\x07\x00\x00"                      // ecx = 2000
    "\x66\x49\x75\xfc"                              // down to 0
    "\xeb\xb7"sv;                                   // jmp count

constexpr auto kJump = "\xea\x00\x00\x00\xf0"sv;  // to the program

}  // namespace

std::string tiny_rom() {
    std::string rom(kRomBytes, '\0');
    rom.replace(0, kProgram.size(), kProgram);
    rom.replace(kFirstInstruction, kJump.size(), kJump);
    return rom;
}

}  // namespace crib::test
