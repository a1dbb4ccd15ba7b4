#!/bin/sh
# Every C++ file is formatted by .clang-format. Versions differ in taste, so one version decides.
# With --fix: formats them.
set -eu
cd "$(dirname -- "$0")/../.."
program=$(command -v clang-format-14 || command -v clang-format || true)
if [ -z "$program" ] || ! "$program" --version | grep -q 'version 14\.'; then
    echo "clang-format 14 is not installed"
    exit 77
fi
action="--dry-run -Werror"
if [ "${1:-}" = --fix ]; then action=-i; fi
# shellcheck disable=SC2086  # two options
find harness tests \( -name '*.h' -o -name '*.cpp' \) -exec "$program" $action {} +
