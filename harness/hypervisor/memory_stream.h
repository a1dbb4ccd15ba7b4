#pragma once
// A saved machine as libvirt writes it (its header, XML and cookie, then QEMU's migration stream) taken apart: the
// machine's RAM as a flat file that QEMU can map, and all the rest as an image that libvirt restores as any other.

#include "harness/base/context.h"

#include <filesystem>

namespace crib::hypervisor {

// What the block of the machine's RAM is called in `rest`, and so what a machine restored from it must call it.
inline constexpr const char* kRamBlock = "crib.ram";

// Makes `ram` (guest RAM offset = file offset, holes where nothing but zeros was sent) and `rest` (the image without a
// page of that RAM; QEMU leaves pages that were not sent as they are). At least kStateHead bytes of `rest` are
// libvirt's header, XML and cookie: the XML is filled up with spaces, and QEMU's own stream begins there, or later if
// they were longer already. Both are new files of mode 0600, and neither is left behind after a failure. `image` is
// consumed: what has been copied is given back to the file system on the way, and the caller removes it, also after a
// failure. Error(hypervisor) naming the image, the byte and what was there: the image is damaged, or it is none that
// crib reads (memory_stream_format.h), as a compressed one or one without all of the memory in it.
void split_memory(const std::filesystem::path& image, const std::filesystem::path& ram,
                  const std::filesystem::path& rest, const Context& context);

}  // namespace crib::hypervisor
