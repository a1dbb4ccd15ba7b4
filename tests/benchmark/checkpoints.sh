#!/bin/sh
# Times what checkpoints of two-node cost and save, in one run on one machine: saving, restoring, an unchanged run, a
# changed nginx step, going back, one restored, two side by side. Prints a table.
# usage: tests/benchmark/checkpoints.sh   (makes the checkpoints itself when they are not there: minutes)
set -eu
cd "$(dirname -- "$0")/../.."
work=$(mktemp -d)
run=''
cleanup() {
    if [ -n "$run" ]; then ./crib down "$run" >/dev/null 2>&1 || true; fi
    rm -rf "$work"
}
trap cleanup EXIT INT TERM

now() { date +%s.%N; }
since() { echo "$1 $(now)" | awk '{ printf "%.1f", $2 - $1 }'; }
row() { printf '| %s | %s |\n' "$1" "$2"; }

echo "machine: $(nproc) cores, $(awk '/MemTotal/ { printf "%.0f", $2 / 1048576 }' /proc/meminfo) GiB, load $(cut -d' ' -f1 /proc/loadavg), $(date -u +%Y-%m-%d)"
began=$(now)
./crib run --no-cache --save control-plane-ready --save network-ready --save workload-ready \
    scenarios/two-node.json >"$work/first" 2>&1
whole=$(since "$began")

began=$(now)
./crib run scenarios/two-node.json >"$work/again" 2>&1
row "from nothing, three checkpoints saved" "$whole s"
sed -n 's/.*checkpoint of \(.*\) saved in \(.*\): \(.*\), the nodes stood still for \(.*\)/| saved at \1 | \3 in \2, the nodes stood still for \4 |/p' "$work/first"
row "unchanged run, command to exit" "$(since "$began") s"
row "of it: SSH on both nodes, their clocks set" \
    "$(awk '/all nodes answer SSH and have the right time/ { print $1 }' "$work/again")"
sed -n 's/.*checkpoint of .* restored in \(.*\)/| of it: restored, both nodes Ready | \1 |/p' "$work/again"

cat >"$work/changed.json" <<TEXT
{
  "extends": "$PWD/scenarios/two-node.json",
  "name": "two-node",
  "mutations": [{"insert-before": "nginx", "id": "hello", "run": "echo hello"}]
}
TEXT
began=$(now)
./crib run "$work/changed.json" >"$work/nginx" 2>&1
row "nginx step changed, command to exit" "$(since "$began") s"

./crib run --keep scenarios/two-node.json >"$work/kept" 2>&1
run=$(sed -n 's/.*run \([a-z0-9-]*\): .*/\1/p' "$work/kept" | head -n 1)
./crib cache rm benchmark >/dev/null 2>&1 || true  # of one that was broken off: its name is not given twice
began=$(now)
./crib checkpoint "$run" benchmark >"$work/saved" 2>&1
row "crib checkpoint" "$(since "$began") s"
began=$(now)
./crib rewind "$run" benchmark >"$work/back" 2>&1
row "crib rewind" "$(since "$began") s"
./crib down "$run" >/dev/null
run=''

# Two at once beside a third cluster would be six emulated machines: on two cores they wait for each other for minutes.
restored() {
    ./crib restore benchmark --copies "$1" >"$work/restored" 2>&1
}
down() {
    sed -n 's/^\([a-z0-9-]*\) runs, .*/\1/p' "$work/restored" | while read -r one; do ./crib down "$one" >/dev/null; done
}
began=$(now)
restored 1
row "crib restore" "$(since "$began") s"
down
began=$(now)
restored 2
row "crib restore --copies 2, both" "$(since "$began") s"
down
./crib cache rm benchmark >/dev/null
