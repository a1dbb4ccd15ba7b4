#!/bin/sh
# Every shell file of the project is clean by shellcheck.
set -eu
cd "$(dirname -- "$0")/../.."
if ! command -v shellcheck >/dev/null; then
    echo "shellcheck is not installed"
    exit 77
fi
find crib .ci/run tests harness fixtures images -type f \( -name '*.sh' -o -path crib -o -path .ci/run \) -exec shellcheck -x {} +
