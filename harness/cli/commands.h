#pragma once
// The commands. Each returns crib's exit code: 0 passed, 1 a step or check failed, 2 usage or scenario,
// 3 host or harness, 130 interrupted; errors are thrown.

#include "harness/cli/command_line.h"
#include "harness/cli/services.h"

namespace crib::cli {

int execute(Services& services, const RunCommand& command);
int execute(Services& services, const PlanCommand& command);  // --diff: 1 when anything differs
int execute(Services& services, const LockCommand& command);
int execute(Services& services, const MatrixCommand& command);
int execute(Services& services, const ListCommand& command);
int execute(Services& services, const SshCommand& command);
int execute(Services& services, const KubectlCommand& command);
int execute(Services& services, const LogsCommand& command);
int execute(Services& services, const ConsoleCommand& command);
int execute(Services& services, const DownCommand& command);
int execute(Services& services, const CheckpointCommand& command);
int execute(Services& services, const RestoreCommand& command);
int execute(Services& services, const RewindCommand& command);
int execute(Services& services, const RedoCommand& command);
int execute(Services& services, const ForkCommand& command);
int execute(Services& services, const ExportCommand& command);
int execute(Services& services, const OpenCommand& command);
int execute(Services& services, const CollectGarbageCommand& command);
int execute(Services& services, const DoctorCommand& command);
int execute(Services& services, const ComponentsCommand& command);
int execute(Services& services, const ImagesCommand& command);
int execute(Services& services, const VersionCommand& command);
int execute(Services& services, const SchemaCommand& command);
int execute(Services& services, const ExplainFieldCommand& command);
int execute(Services& services, const ValidateCommand& command);  // 2 when anything is wrong
int execute(Services& services, const FormatCommand& command);    // --check: 1 when a file would change
int execute(Services& services, const RecipeListCommand& command);
int execute(Services& services, const RecipeShowCommand& command);
int execute(Services& services, const VersionsCommand& command);
int execute(Services& services, const CacheListCommand& command);
int execute(Services& services, const CacheRemoveCommand& command);
int execute(Services& services, const CacheCollectCommand& command);
int execute(Services& services, const CacheVerifyCommand& command);  // 1 when anything was damaged
int execute(Services& services, const CacheExplainCommand& command);

}  // namespace crib::cli
