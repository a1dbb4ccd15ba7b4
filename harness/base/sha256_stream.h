#pragma once
// Sha256: the digest of what comes piece by piece.

#include <memory>
#include <string>
#include <string_view>

namespace crib {

// Not thread-safe.
class Sha256 {
public:
    Sha256();
    ~Sha256();
    Sha256(const Sha256&) = delete;
    Sha256& operator=(const Sha256&) = delete;

    void add(std::string_view data);
    [[nodiscard]] std::string hex();  // once, at the end

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace crib
