#pragma once
// Error: the one exception type of crib, with a kind that decides how a run ends.

#include <stdexcept>
#include <string>
#include <vector>

namespace crib {

enum class ErrorKind {
    usage,        // a flag or a scenario file is wrong: exit code 2, nothing was started
    environment,  // the host lacks something: a tool, memory, disk, a port
    hypervisor,   // libvirt or QEMU refused or died
    network,      // the virtual switch or its gateway
    ssh,          // the channel to a node
    process,      // a local program could not be run or failed
    component,    // a component could not be built, fetched or verified
    image,        // a node image could not be made, fetched or verified
    guest,        // a node panicked, ran out of memory or never became reachable
    timeout,      // a wait ran out; the text says what was seen last
    cancelled,    // the user asked to stop
    internal,     // a bug in crib
};

[[nodiscard]] const char* to_string(ErrorKind kind);

// what() is the whole text: the outermost note first, then the cause, joined by ": ";
// hint() says what the reader can do about it, and may be empty.
class Error : public std::runtime_error {
public:
    Error(ErrorKind kind, const std::string& message, std::string hint = {});

    [[nodiscard]] ErrorKind kind() const { return kind_; }
    [[nodiscard]] const std::string& hint() const { return hint_; }

    // The same error with a note in front of it, e.g. "joining node worker1".
    [[nodiscard]] Error with_note(const std::string& note) const;

private:
    ErrorKind kind_;
    std::string hint_;
};

// Runs `body`; an Error that leaves it gets `note` in front.
template <typename Body>
auto with_note(const std::string& note, Body&& body) -> decltype(body()) {
    try {
        return body();
    } catch (const Error& error) {
        throw error.with_note(note);
    }
}

}  // namespace crib
