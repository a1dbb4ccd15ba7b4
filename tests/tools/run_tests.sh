# Read by ./crib: `./crib test` builds the tests, runs them kind by kind, and says what it ran and how long each took.
# shellcheck shell=sh disable=SC2154

test_usage() {
    cat <<'TEXT'
usage: ./crib test [-L KINDS] [-R REGEX] [-E REGEX] [-j N] [-V] [--preset NAME] [--list]

  -L KINDS       only these kinds of tests; a regular expression over: unit contract integration hostile vm
                 soak matrix
  -R REGEX       only tests whose name matches
  -E REGEX       not those whose name matches
  -j N           so many at once (default: unit and contract one a core; integration and hostile too, but at most
                 four; the others one at a time)
  -V             show what the tests print (the vm tests' output is always shown)
  --preset NAME  build of CMakePresets.json: release (default), dev, asan, tsan, coverage
  --list         name the tests and stop

unit         no sleeping, no network, no virtual machine: seconds
contract     one suite against each implementation of an interface
integration  real programs: QEMU, sshd, apt
hostile      what careless and hostile people do: tables to which the next one adds a line, and inputs of chance
             (CRIB_FUZZ_SECONDS=N: others, N seconds for each reader; CRIB_SEED=N: the one that failed)
vm           real clusters: minutes
soak         the same on one real cluster again and again: only when -L asks for it
matrix       every cell of scenarios/versions.json, and a cluster from upstream: hours, and therefore only when -L asks for it
TEXT
}

parse_test_arguments() {
    kinds='^(unit|contract|integration|hostile|vm)$'
    jobs=''
    verbose=no
    list=no
    while [ $# -gt 0 ]; do
        case $1 in
        -L | -R | -E | -j | --preset)
            if [ $# -lt 2 ]; then die 2 "$1 needs a value (./crib test --help)"; fi
            ;;
        esac
        case $1 in
        -L) kinds=$2 && shift ;;
        -R) only=$2 && shift ;;
        -E) except=$2 && shift ;;
        -j) jobs=$2 && shift ;;
        --preset) preset=$2 && shift ;;
        -V | --verbose) verbose=yes ;;
        --list) list=yes ;;
        -h | --help)
            test_usage
            exit 0
            ;;
        *) die 2 "crib test knows no $1 (./crib test --help)" ;;
        esac
        shift
    done
    if ! grep -q "\"name\": \"$preset\"" "$source_dir/CMakePresets.json"; then
        die 2 "no preset $preset in CMakePresets.json; there are release, dev, asan, tsan and coverage"
    fi
}

# Runs CTest over one kind; adds its numbers to the totals and a line to the table.
run_kind() { # run_kind KIND
    kind=$1
    set -- --test-dir "$folder" -L "^$kind\$" --no-tests=ignore --output-junit "$folder/ctest-$kind.xml"
    if [ -n "${only:-}" ]; then set -- "$@" -R "$only"; fi
    if [ -n "${except:-}" ]; then set -- "$@" -E "$except"; fi
    if [ "$list" = yes ]; then
        ctest "$@" -N | sed -n 's/^ *Test *#[0-9]*: //p'
        return 0
    fi
    at_once=$jobs
    if [ -z "$at_once" ]; then
        case $kind in
        unit | contract) at_once=$(nproc) ;;
        integration | hostile) at_once=$(nproc | awk '{ print ($1 > 4) ? 4 : $1 }') ;;
        *) at_once=1 ;;
        esac
    fi
    # The file has what failed tests say as a whole: a cluster's life is longer than CTest's usual limit.
    set -- "$@" -j "$at_once" --test-output-size-failed 100000000
    case $kind in vm | soak | matrix) shown=yes ;; *) shown=$verbose ;; esac
    if [ "$shown" = yes ]; then set -- "$@" -V; else set -- "$@" --output-on-failure; fi
    rm -f "$folder/ctest-$kind.xml" "$folder/.ctest-failed"
    began=$(date +%s.%N)
    # Quiet while all is well: a passed test's line is of no use among a thousand. The JUnit file has them all.
    if [ "$shown" = yes ]; then
        ctest "$@" || : >"$folder/.ctest-failed"
    else
        { ctest "$@" || : >"$folder/.ctest-failed"; } | grep --line-buffered -v -E '^ *(Start +[0-9]+:|[0-9]+/[0-9]+ Test +#.* Passed )|^Internal ctest|^Test project|^$'
    fi
    took=$(echo "$began $(date +%s.%N)" | awk '{printf "%.1f", $2 - $1}')
    count_results "$folder/ctest-$kind.xml"
    if [ -e "$folder/.ctest-failed" ] && [ "$bad" = 0 ]; then # a test that could not even start, or CTest itself
        say "the $kind tests did not end well; see above"
        bad=1
    fi
    if [ "$ran" -gt 0 ]; then
        table="$table$(printf '%-12s %6d %7d %8d %9ss' "$kind" "$ran" "$bad" "$skipped" "$took")
"
    fi
    if [ "$bad" != 0 ] && [ -e "$folder/ctest-$kind.xml" ]; then
        failures="$failures$(awk -f "$source_dir/tests/tools/failures.awk" "$folder/ctest-$kind.xml")
"
    fi
    longest="$longest$(long_tests "$folder/ctest-$kind.xml")
"
    total_ran=$((total_ran + ran))
    total_bad=$((total_bad + bad))
    total_skipped=$((total_skipped + skipped))
}

# "193 vm/Kill.AtAnyMoment...": the seconds and the name of each test of CTest's JUnit file that took a minute or more.
long_tests() { # long_tests FILE
    if ! [ -e "$1" ]; then return 0; fi
    sed -n 's/^[[:space:]]*<testcase name="\([^"]*\)".* time="\([0-9]*\)[.0-9]*".*/\2 \1/p' "$1" | awk '$1 >= 60'
}

# Reads the attributes of CTest's own JUnit file into ran, bad and skipped. No file: nothing was run.
count_results() { # count_results FILE
    ran=0 bad=0 skipped=0
    if ! [ -e "$1" ]; then return 0; fi
    ran=$(sed -n 's/^[[:space:]]*tests="\([0-9]*\)".*/\1/p' "$1" | head -n 1)
    bad=$(sed -n 's/^[[:space:]]*failures="\([0-9]*\)".*/\1/p' "$1" | head -n 1)
    skipped=$(grep -c '<testcase .*status="notrun"' "$1")
    ran=${ran:-0} bad=${bad:-0}
}

run_tests() {
    parse_test_arguments "$@"
    ensure_packages test "run test"
    ensure_built
    total_ran=0 total_bad=0 total_skipped=0 table='' failures='' longest=''
    for kind in unit contract integration hostile vm soak matrix; do
        if printf '%s\n' "$kind" | grep -q -E -- "$kinds"; then run_kind "$kind"; fi
    done
    if [ "$list" = yes ]; then return 0; fi
    if [ "$total_ran" = 0 ]; then die 2 "no test matches"; fi
    printf '%s' "$failures"
    printf '\n%-12s %6s %7s %8s %10s\n%s' kind tests failed skipped time "$table"
    printf '%s' "$longest" | sort -rn | awk 'NF { if (!n++) print "\na minute or more:"; printf "%6ds  %s\n", $1, $2 }'
    # The closing line that machines read.
    printf '\n%d passed, %d failed, %d skipped\n' "$((total_ran - total_bad - total_skipped))" "$total_bad" "$total_skipped"
    [ "$total_bad" = 0 ]
}
