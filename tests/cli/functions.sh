# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
# What the cases share; read by run.sh.

# Runs the program and tells its exit status.
try() {
    "$EIGENCAM" "$@"
    echo "exit $?"
}

# The same with the bundled model's file, on one thread.
with_model() {
    command=$1
    shift
    "$EIGENCAM" "$command" -m "$MODEL" --threads 1 "$@"
    echo "exit $?"
}

# Takes out what differs between instruction sets and folders: digits behind the
# first two of a fraction, the level, the model's path.
steady() {
    sed -E -e 's/([0-9]\.[0-9]{2})[0-9]*(e-?[0-9]+)?/\1/g' -e 's/"isa":"[a-z0-9]*"/"isa":"LEVEL"/' \
        -e "s|$MODEL|MODEL|g"
}
