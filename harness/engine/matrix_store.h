#pragma once
// MatrixStore: the matrices run on this machine. Each is a folder state/matrices/ID with matrix.json, which is whole
// and of its latest state at any moment, so that a killed matrix can be resumed. The cells' own runs are in state/runs.

#include "harness/base/clock.h"
#include "harness/base/folders.h"
#include "harness/base/lock.h"
#include "harness/base/owned_folder.h"
#include "harness/events/matrix_record.h"

#include <filesystem>
#include <string>
#include <vector>

namespace crib::engine {

struct MatrixFolder {
    std::filesystem::path path;

    [[nodiscard]] std::filesystem::path record() const { return path / "matrix.json"; }
    [[nodiscard]] std::filesystem::path events() const { return path / "events.jsonl"; }
    [[nodiscard]] std::filesystem::path junit() const { return path / "junit.xml"; }
    [[nodiscard]] std::filesystem::path grid() const { return path / "grid.txt"; }
    [[nodiscard]] std::filesystem::path owner_lock() const { return owner_lock_in(path); }
};

// Error(usage) when its record would become larger than what is read again: it could not be resumed.
void require_storable(const events::MatrixRecord& record);
// The same as far as their number says, before there is a record.
void require_storable(std::size_t cells);

class MatrixStore {
public:
    explicit MatrixStore(const Folders& folders)
        : root_(folders.state / "matrices"), next_command_(folders.next_command) {}

    struct Created {
        std::string id;  // "NAME-xxxx"
        MatrixFolder folder;
        FileLock owner;
    };
    [[nodiscard]] Created create(const std::string& name) const;

    void save(const events::MatrixRecord& record) const;

    // Error(usage) with the known ones when there is none of that id; an unambiguous prefix will do. Error(usage) also
    // when a crib is still at work on it.
    [[nodiscard]] events::MatrixRecord load_ended(const std::string& id_or_prefix) const;

    [[nodiscard]] MatrixFolder folder(const std::string& id) const { return {root_ / id}; }
    [[nodiscard]] const NextCommand& next_command() const { return next_command_; }

private:
    [[nodiscard]] std::vector<std::string> ids() const;
    std::filesystem::path root_;
    NextCommand next_command_;
};

}  // namespace crib::engine
