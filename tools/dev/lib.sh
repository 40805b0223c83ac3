# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
# What the scripts of this folder share. Sourced, with the project as the current
# folder. Results go, a line "passed failed skipped name" each, to $ECAM_RESULTS,
# which a calling script may have set to collect them over several scripts.

logs=build-logs
mkdir -p "$logs"

# shellcheck disable=SC2034 # for who sources this
if [ -z "${ECAM_RESULTS:-}" ]; then
    ECAM_RESULTS=$PWD/$logs/results
    export ECAM_RESULTS
    : >"$ECAM_RESULTS"
    results_are_ours=yes
else
    results_are_ours=no
fi

say() {
    printf '\n== %s\n' "$*"
}

result() { # PASSED FAILED SKIPPED NAME...
    printf '%s\n' "$*" >>"$ECAM_RESULTS"
}

# Sets up DIR, or sets it up anew with other options or after a move.
configure() { # DIR MESON-OPTION...
    dir=$1
    shift
    if [ -f "$dir/build.ninja" ] && meson setup --reconfigure "$dir" "$@"; then
        return 0
    fi
    rm -rf "$dir"
    meson setup "$dir" "$@"
}

# Runs a command with its output in a log; shows the end of the log on failure.
# Does not count.
quietly() { # NAME COMMAND...
    name=$1
    shift
    log=$logs/$(printf '%s' "$name" | tr -c 'A-Za-z0-9._-' '-').log
    since=$(date +%s)
    status=0
    "$@" >"$log" 2>&1 </dev/null || status=$?
    took=$(($(date +%s) - since))
    case $status in
    0) printf 'ok      %-44s %4d s\n' "$name" "$took" ;;
    77) printf 'SKIPPED %-44s %s\n' "$name" "$(tail -n 1 "$log")" ;;
    *)
        printf 'FAILED  %-44s %4d s, status %d; the end of %s:\n' "$name" "$took" "$status" "$log"
        tail -n 40 "$log" | sed 's/^/        /'
        ;;
    esac
    return "$status"
}

# One check that counts as one test; status 77 says that it cannot be done here.
step() { # NAME COMMAND...
    status=0
    quietly "$@" || status=$?
    case $status in
    0) result 1 0 0 "$1" ;;
    77) result 0 0 1 "$1" ;;
    *) result 0 1 0 "$1" ;;
    esac
    return "$status"
}

set_up_and_compile() { # DIR MESON-OPTION...
    configure "$@" && meson compile -C "$1"
}

# The tests of a build, counted one by one. Trouble without a test that failed, and
# a run of no tests at all, count as a failure.
suites() { # NAME DIR MESON-TEST-OPTION...
    what=$1
    dir=$2
    shift 2
    rm -f "$dir"/meson-logs/testlog*.json
    status=0
    quietly "$what" meson test -C "$dir" --no-rebuild --print-errorlogs "$@" || status=$?
    counts='0 0 0'
    for log in "$dir"/meson-logs/testlog*.json; do
        [ ! -f "$log" ] || counts=$(tools/dev/count-tests "$log")
    done
    # shellcheck disable=SC2086 # three words
    set -- $counts
    if [ "$(($1 + $2))" = 0 ] || { [ "$status" != 0 ] && [ "$2" = 0 ]; }; then
        set -- "$1" "$(($2 + 1))" "$3"
    fi
    printf '        %s passed, %s failed, %s skipped in %s\n' "$1" "$2" "$3" "$what"
    result "$1" "$2" "$3" "$what"
    [ "$2" = 0 ]
}

# The one line, over everything in $ECAM_RESULTS, and the status for exit.
closing_line() {
    awk '{ p += $1; f += $2; s += $3 }
        END {
            printf "%d passed, %d failed", p, f
            if (s > 0)
                printf ", %d skipped", s
            printf "\n"
            exit f > 0 || p == 0
        }' "$ECAM_RESULTS"
}
