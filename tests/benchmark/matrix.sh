#!/bin/sh
# Times the planning of matrices of 1,000 and 100,000 cells, all of them, in pairs and in shards, and the memory it
# takes. The goals: 1,000 in 50 ms, 100,000 in 5 s and less than 1 GiB. Needs GNU time for the memory.
# usage: tests/benchmark/matrix.sh [CRIB]   (default: ./crib, built if it was not)
set -eu
cd "$(dirname -- "$0")/../.."
crib=${1:-./crib}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
"$crib" version >/dev/null

# Prints "v0", "v1" ... as the elements of a JSON list.
values() { # values COUNT
    seq -f '"v%g"' 0 $(($1 - 1)) | paste -s -d, -
}

scenario() { # scenario FILE COUNT: COUNT^3 cells on two systems and runtimes each
    cat >"$1" <<JSON
{"name": "many", "extends": "$PWD/scenarios/two-node.json",
 "parameters": {"runtime": {"default": "crun"}},
 "mutations": [{"set": {"RUNTIME": "\${parameters.runtime}"}}],
 "matrix": {"axes": {"nodes.master.labels.a": [$(values "$2")], "nodes.master.labels.b": [$(values "$2")],
                     "nodes.master.labels.c": [$(values "$2")], "os": ["debian-12", "debian-13"],
                     "parameters.runtime": ["crun", "runc"]},
            "exclude": [{"nodes.master.labels.a": "v1*", "os": "debian-12", "why": "no reason"}], "limit": 1000000}}
JSON
}

report() { # report WORDS...
    began=$(date +%s%N)
    if [ -x /usr/bin/time ]; then
        /usr/bin/time -f %M -o "$work/memory" "$crib" matrix "$@" --list --json >"$work/list"
    else
        echo 0 >"$work/memory"
        "$crib" matrix "$@" --list --json >"$work/list"
    fi
    took=$((($(date +%s%N) - began) / 1000000))
    shift
    printf '%7d cells %6d excluded  %-14s %6d ms %5d MiB\n' "$(grep -c '"sets"' "$work/list")" \
        "$(grep -c '"reason"' "$work/list")" "${1:-all}" "$took" "$(($(tail -n 1 "$work/memory") / 1024))"
}

for count in 6 29; do # 864 and 97,556 cells
    scenario "$work/many.json" "$count"
    report "$work/many.json"
    report "$work/many.json" --pairwise
    report "$work/many.json" --shard 2/5
    report "$work/many.json" --sample 10
done
