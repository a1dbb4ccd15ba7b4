// worker FOLDER SEED: uses the store in FOLDER in every way, again and again, until it is killed. It ends by itself,
// with 1, only when something is wrong that no other process can be the reason for.

#include "harness/base/error.h"
#include "tests/integration/checkpoint/worked_store.h"

#include <cstdio>
#include <cstdlib>

int main(int argc, char** argv) {
    if (argc != 3) return 2;
    try {
        crib::checkpoint::WorkedStore worked(argv[1]);
        std::mt19937 random(static_cast<unsigned>(std::strtoul(argv[2], nullptr, 10)));
        for (;;) {
            try {
                worked.do_something(random);
            } catch (const crib::Error& error) {
                // Another worker may remove, at any time, what this one names or stands on.
                const std::string text = error.what();
                const bool is_gone = text.find("there is no checkpoint") != std::string::npos ||
                                     text.find("not in the store any more") != std::string::npos;
                if (!is_gone) throw;
            }
        }
    } catch (const std::exception& error) {
        std::fprintf(stderr, "worker: %s\n", error.what());
        return 1;
    }
}
