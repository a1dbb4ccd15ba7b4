#pragma once
// Pipeline: pieces prepared on several threads and delivered one after the other, in their order. Internal.

#include "harness/base/context.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace crib::checkpoint {

// One thread's tools and buffers. prepare(i) runs beside other workers, deliver(i) when all before i are delivered.
class PieceWorker {
public:
    virtual ~PieceWorker() = default;
    virtual void prepare(std::size_t index) = 0;
    virtual void deliver(std::size_t index) = 0;
};

// Works off `count` pieces on two to four threads and throws what the first failing worker threw, or Error(cancelled)
// or Error(timeout) naming `what`. SIGPIPE is blocked in the workers.
void in_order(std::size_t count, const std::string& what, const Context& context,
              const std::function<std::unique_ptr<PieceWorker>()>& make_worker);

}  // namespace crib::checkpoint
