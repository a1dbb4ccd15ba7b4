#!/bin/sh
# Times the main job: a calibration (one bare machine from start to SSH), then two-node, stage by stage, and prints
# each stage's seconds and its ratio to the calibration; from nothing, without checkpoints. Figures of different machines, or hours, compare by ratio only.
# Also: crib's own peak memory and processor time, the answer to a bad file, the switch's throughput.
# usage: tests/benchmark/run.sh [RUNS]   (default 1; needs warm caches: run two-node once before)
set -eu
cd "$(dirname -- "$0")/../.."
runs=${1:-1}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
./crib version >/dev/null # built, if it was not

# Prints "STAGE SECONDS" for each stage of an event log.
stages_of() {
    sed -n 's/.*"event":"stage-finished","stage":"\([^"]*\)".*"took":\([0-9.]*\).*/\1 \2/p' "$1"
}
seconds_of() { # seconds_of LOG STAGE
    stages_of "$1" | awk -v stage="$2" '$1 == stage { print $2 }'
}

# Keeps a process's peak memory (KiB), its own processor time and its age (s) in $work/itself until it ends. Its own:
# the nodes' QEMU processes are children whose time "time" would add.
watch_itself() { # watch_itself PID
    began=$(date +%s)
    while kill -0 "$1" 2>/dev/null; do
        peak=$(awk '/^VmHWM/ { print $2 }' "/proc/$1/status" 2>/dev/null || true)
        used=$(awk '{ sub(/.*\) /, ""); print ($12 + $13) / 100 }' "/proc/$1/stat" 2>/dev/null || true)
        if [ -n "$peak" ] && [ -n "$used" ]; then
            echo "$peak $used $(($(date +%s) - began + 1))" >"$work/itself"
        fi
        sleep 2
    done
}

echo "machine: $(nproc) cores, $(awk '/MemTotal/ { printf "%.0f", $2 / 1048576 }' /proc/meminfo) GiB, load $(cut -d' ' -f1 /proc/loadavg), $(date -u +%Y-%m-%d)"
i=0
while [ "$i" -lt "$runs" ]; do
    i=$((i + 1))
    ./crib run --json --until os-ready tests/benchmark/one-node.json >"$work/one.jsonl"
    boot=$(seconds_of "$work/one.jsonl" boot)
    echo
    echo "calibration: one machine to SSH in $boot s"
    status=0
    ./crib run --no-cache --json scenarios/two-node.json >"$work/two.jsonl" &
    watch_itself $!
    wait $! || status=$?
    printf '%-22s %9s %7s\n' stage seconds ratio
    stages_of "$work/two.jsonl" | awk -v boot="$boot" '{ printf "%-22s %9.1f %7.2f\n", $1, $2, $2 / boot }'
    total=$(sed -n 's/.*"event":"run-finished".*"took":\([0-9.]*\).*/\1/p' "$work/two.jsonl")
    awk -v total="$total" -v boot="$boot" 'BEGIN { printf "%-22s %9.1f %7.2f\n", "everything", total, total / boot }'
    echo "two-node ended with exit code $status"
    if [ -s "$work/itself" ]; then
        awk '{ printf "crib itself: %.0f MiB at its peak, %.1f%% of a core\n", $1 / 1024, 100 * $2 / $3 }' "$work/itself"
    fi
done

echo '{"name": "bad", "nodes": 3}' >"$work/bad.json"
began=$(date +%s%N)
./crib run "$work/bad.json" 2>/dev/null || true
echo
echo "a bad file is refused after $((($(date +%s%N) - began) / 1000000)) ms (with the wrapper)"
if [ -x build/release/bin/switch_benchmark ]; then build/release/bin/switch_benchmark; fi
