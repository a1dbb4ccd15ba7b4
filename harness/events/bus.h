#pragma once
// Bus: hands each event to every sink, one event at a time.

#include "harness/base/clock.h"
#include "harness/events/event.h"

#include <mutex>
#include <vector>

namespace crib::events {

class Sink {
public:
    virtual ~Sink() = default;
    // Called by one thread at a time, in order. Must not publish, and must not throw for a full disk.
    virtual void on(const Event& event) = 0;
};

class Bus {
public:
    explicit Bus(const Clock& clock) : clock_(clock), start_(clock.now()) {}

    void add(Sink& sink);  // not owned; must outlive the bus or be removed
    void remove(Sink& sink);

    void publish(Body body);  // thread-safe

    void info(std::string text, std::string node = {});
    void warn(std::string text, std::string node = {}, std::string hint = {});

private:
    const Clock& clock_;
    TimePoint start_;
    std::mutex mutex_;
    std::vector<Sink*> sinks_;
};

}  // namespace crib::events
