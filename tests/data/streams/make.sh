#!/bin/sh
# Makes one of the streams beside this file anew: a tiny guest (tests/support/tiny_machine) that a real QEMU has saved.
#   make.sh NAME ACCEL[:CPU] QEMU...      e.g.  make.sh qemu-7.2-kvm kvm:qemu64,-cx16 qemu-system-x86_64
# QEMU... is the program or the words that lead to it, for instance into a chroot that has this machine's /dev/shm.
# Needs crib_make_stream in PATH: it is built as crib's tests are.
set -eu
[ $# -ge 3 ] || { sed -n '2,6s/^# \{0,1\}//p' "$0" >&2; exit 2; }
name=$1
accel=$2
shift 2
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d /dev/shm/crib-stream-XXXXXX)
trap 'rm -rf "$work"' EXIT
crib_make_stream "$work" "$accel" "$@" >"$work/json"
zstd -q -19 -f "$work/stream" -o "$here/$name.stream.zst"
cp "$work/json" "$here/$name.json"
cat "$work/json"
