#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Runs one case of the program's tests and compares what it prints with NAME.expect:
#     run.sh [--rewrite] PROGRAM MODEL CASE.sh
# A case runs in an empty folder. It finds the program in $EIGENCAM, a model file in
# $MODEL, photos in $PHOTOS, the folder of all tests in $TESTS, and what functions.sh
# defines. --rewrite makes what is printed now the expectation; look at the difference
# before committing it.
set -u

rewrite=no
if [ "$1" = --rewrite ]; then
    rewrite=yes
    shift
fi
here=$(cd "$(dirname "$0")" && pwd)
EIGENCAM=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
MODEL=$(cd "$(dirname "$2")" && pwd)/$(basename "$2")
case_file=$(cd "$(dirname "$3")" && pwd)/$(basename "$3")
expect=${case_file%.sh}.expect
PHOTOS=$here/../../docs/photos
TESTS=$(cd "$here/.." && pwd)
export EIGENCAM MODEL PHOTOS TESTS here

if ! "$EIGENCAM" info --kernels >/dev/null 2>&1; then
    echo "the program does not start"
    exit 1
fi
# A level that this machine does not have: nothing can be tested at it.
if "$EIGENCAM" --version | grep -q 'in use: none'; then
    echo "skipped: this machine cannot run ECAM_ISA=$ECAM_ISA"
    exit 77
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/cwd"
cd "$work/cwd" || exit 1
unset NO_COLOR EIGENCAM_MODEL

sh -c '. "$here/functions.sh"; . "$1"' case "$case_file" \
    >"$work/stdout" 2>"$work/stderr" </dev/null
status=$?
if [ $status = 77 ]; then
    cat "$work/stdout"
    exit 77
fi
{
    echo "== exit $status"
    echo "== stdout"
    cat "$work/stdout"
    echo "== stderr"
    cat "$work/stderr"
} >"$work/got"

if [ $rewrite = yes ]; then
    cp "$work/got" "$expect"
    exit 0
fi
diff -u "$expect" "$work/got"
