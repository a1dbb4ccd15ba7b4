#pragma once
// Reading a FIFO, as QEMU does: crib::read_file() refuses one.

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace crib::test {

// Waits for a writer; all that was written until the last writer has closed it.
inline std::string read_fifo(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace crib::test
