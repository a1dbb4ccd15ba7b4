#include "harness/guest/clock_check.h"

#include "harness/base/text.h"

#include <fmt/format.h>

namespace crib::guest {

std::string clock_check(const std::string& node) {
    return fmt::format(
        "if [ -n \"${{BASH_VERSION-}}\" ] && {{ read -r crib_chip <{0}; }} 2>/dev/null; then\n"
        "    printf -v crib_now '%(%s)T' -1\n"
        "    crib_off=$((crib_chip - crib_now))\n"
        "    if [ \"${{crib_off#-}}\" -gt 1 ] && date --utc --set=\"$crib_off seconds\" >/dev/null; then\n"
        "        case $crib_off in -*) crib_way=ahead ;; *) crib_way=behind ;; esac\n"
        "        echo \"crib: the clock of\" {1} \"was ${{crib_off#-}} s $crib_way, for the machine or its host stood "
        "still; it is set right\" >&2\n"
        "    fi\n"
        "    unset crib_chip crib_now crib_off crib_way\n"
        "fi\n",
        kClockChip, shell_quote(node));
}

std::string clock_check_script(const std::string& node) {
    return clock_check(node) + "exit 0\n";
}

}  // namespace crib::guest
