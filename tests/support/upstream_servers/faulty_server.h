#pragma once
// FaultyServer: a web server on loopback that serves a folder, or stands before another server, as upstream's do, and
// has their faults on demand.

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>

namespace crib::test {

// How a file is answered instead of whole.
struct Fault {
    int status = 200;
    std::string page = {};      // in place of the file
    std::size_t cut_after = 0;  // so many bytes come, then the connection ends
    bool slow = false;          // a byte now and then, for ever
};

class FaultyServer {
public:
    explicit FaultyServer(std::filesystem::path root);
    ~FaultyServer();
    FaultyServer(const FaultyServer&) = delete;
    FaultyServer& operator=(const FaultyServer&) = delete;

    // Every path that ends with `ending` has the fault from now on.
    void fail(const std::string& ending, const Fault& fault);
    void mend();

    // Every path that begins with `beginning` is answered by a redirection to `target` and its rest: publishers send
    // clients on to a network of mirrors.
    void redirect(const std::string& beginning, const std::string& target);

    // What the folder does not have is asked of the server at `url`.
    void forward(const std::string& url);

    [[nodiscard]] std::string url(const std::string& path = {}) const;  // "http://127.0.0.1:PORT" + path
    [[nodiscard]] int requests() const;
    [[nodiscard]] int continued() const;  // requests for a part of a file

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace crib::test
