#pragma once
// What the words of an image file may be: they become parts of URLs, of lines that apt reads, of file names and of
// mmdebstrap's command line. Internal to image.

#include "harness/image/image_file.h"

#include <string>

namespace crib::image {

// A word for people's eyes and for file names: "trixie", "Debian".
[[nodiscard]] bool is_word(const std::string& text);

// A suite or a component of an archive: "trixie-updates", "buster/updates", "non-free-firmware".
[[nodiscard]] bool is_suite(const std::string& text);

// A package's name by Debian's rules: "libseccomp2", "g++".
[[nodiscard]] bool is_package(const std::string& text);

// Error(usage), naming image file and key, for a file on this machine that is not there, cannot be read, or is no qcow2
// where one must be.
void require_files(const ImageFile& image);

}  // namespace crib::image
