#pragma once
// LibvirtError: an Error that keeps libvirt's error number.

#include "harness/base/error.h"

#include <string>

namespace crib::hypervisor {

class LibvirtError : public Error {
public:
    LibvirtError(int number, const std::string& message, std::string hint = {})
        : Error(ErrorKind::hypervisor, message, std::move(hint)), number_(number) {}

    [[nodiscard]] int number() const { return number_; }  // a virErrorNumber

private:
    int number_;
};

// libvirt's last error of this thread: "`what`: the reason". Call it right after the call that failed.
[[nodiscard]] LibvirtError last_error(const std::string& what);

}  // namespace crib::hypervisor
