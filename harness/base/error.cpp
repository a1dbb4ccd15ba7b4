#include "harness/base/error.h"

#include <utility>

namespace crib {

const char* to_string(ErrorKind kind) {
    switch (kind) {
        case ErrorKind::usage:
            return "usage";
        case ErrorKind::environment:
            return "environment";
        case ErrorKind::hypervisor:
            return "hypervisor";
        case ErrorKind::network:
            return "network";
        case ErrorKind::ssh:
            return "ssh";
        case ErrorKind::process:
            return "process";
        case ErrorKind::component:
            return "component";
        case ErrorKind::image:
            return "image";
        case ErrorKind::guest:
            return "guest";
        case ErrorKind::timeout:
            return "timeout";
        case ErrorKind::cancelled:
            return "cancelled";
        case ErrorKind::internal:
            return "internal";
    }
    return "unknown";
}

Error::Error(ErrorKind kind, const std::string& message, std::string hint)
    : std::runtime_error(message), kind_(kind), hint_(std::move(hint)) {}

Error Error::with_note(const std::string& note) const {
    return {kind_, note + ": " + what(), hint_};
}

}  // namespace crib
