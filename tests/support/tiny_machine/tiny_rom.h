#pragma once
// TinyRom: firmware that is all the guest there is, in 16-bit code, so that any accelerator runs it.

#include <string>

namespace crib::test {

// 64 KiB for QEMU's -bios. The guest fills each page from 64 KiB to 576 KiB with the page's own number, then counts
// from 1: each count goes to the four bytes at 0x500, to the first four bytes of another of those pages, and as eight
// hexadecimal digits in a line to the first serial port.
std::string tiny_rom();

}  // namespace crib::test
