#pragma once
// How a node finds out by itself that it stood still (its host slept, its machine was paused), and sets its clock
// right. Pure.

#include <string>

namespace crib::guest {

// Lines of bash to stand in front of a command that is run on the node anyway. The machine's clock chip goes with the
// host's time, whatever the machine itself does (QEMU: -rtc clock=host, the default; libvirt: <clock offset='utc'/>),
// to the second: a system clock that is more than a second away from it is set by it, and that is said in a line on
// stderr. It is moved by the difference: a time that date(1) is given would be older by then. Costs no process and no
// round trip where the clock is right. A node without such a chip, or whose shell is another, goes on as if nothing
// were there.
[[nodiscard]] std::string clock_check(const std::string& node);

// The same by itself, as a script.
[[nodiscard]] std::string clock_check_script(const std::string& node);

// Where the kernel tells the chip's time, in seconds since 1970 (Documentation/ABI/testing/sysfs-class-rtc).
inline constexpr const char* kClockChip = "/sys/class/rtc/rtc0/since_epoch";

}  // namespace crib::guest
