#include "harness/cli/cache_words.h"

#include "harness/cli/command_words.h"

namespace crib::cli {

void CacheWords::declare(CLI::App& app, CommandLine& line) {
    auto* cache = app.add_subcommand("cache", "the checkpoints on this machine, and what else is kept between runs");
    cache->require_subcommand(1);
    auto* list = cache->add_subcommand("ls", "the checkpoints, least recently used first");
    list->add_flag("--json", list_.json, "print JSON, with what each key is made of");
    list->callback([this, &line] { line.command = list_; });
    auto* remove = cache->add_subcommand("rm", "remove checkpoints");
    remove->add_option("CHECKPOINT", remove_.names, "its name, or, when it has none, at least 6 digits of its key");
    remove->add_flag("--all", remove_.all, "all that are not in use, named ones too");
    remove->add_flag("--dry-run", remove_.dry_run, kDryRun);
    remove->callback([this, &line] {
        require_one_of("CHECKPOINT", !remove_.names.empty(), "--all", remove_.all);
        line.command = remove_;
    });
    auto* collect = cache->add_subcommand("gc", "remove leftovers, and the least recently used above the limit");
    collect->add_option("--limit", collect_.limit, "of the checkpoints' size; else CRIB_CACHE_LIMIT, else a default")
        ->type_name("SIZE");
    collect->add_flag("--dry-run", collect_.dry_run, kDryRun);
    collect->callback([this, &line] { line.command = collect_; });
    auto* verify = cache->add_subcommand("verify", "read all checkpoints and drop those that are damaged");
    verify->add_flag("--dry-run", verify_.dry_run, kDryRun);
    verify->callback([this, &line] { line.command = verify_; });
    auto* explain = cache->add_subcommand("explain", "why a run's stage could be taken from a checkpoint or not");
    explain->add_option("RUN", why_.run)->required();
    explain->add_option("STAGE", why_.stage)->required();
    explain->add_flag("--entries", why_.entries, "print also everything that the key is made of");
    explain->callback([this, &line] { line.command = why_; });
}

}  // namespace crib::cli
