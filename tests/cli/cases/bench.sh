# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
# Timing: the members and columns that scripts read, and what is refused. Times differ
# from run to run, so only names are compared.
bench() {
    "$EIGENCAM" bench -q --threads 1 --repeat 2 "$@"
}
echo "-- JSON"
bench -m "$MODEL" --size 64x48 --json >line.json
wc -l <line.json | tr -d ' '
for member in model threads isa median_ms min_ms gflops; do
    grep -q "\"$member\":" line.json && echo "$member"
done
echo "-- CSV of the layers"
bench -m "$MODEL" --size 64x64 --layers --csv | cut -d, -f1-5 | sed '1,2d' | head -n 8
echo "-- a family with random weights; no term left out"
bench -m squeezenet1_1 --size 64x64 --no-winograd --layers --csv | grep -c winograd
echo "-- input and logits"
bench -m "$MODEL" --logits logits.npy --json >/dev/null && ls logits.npy
echo "-- refused"
bench -m nosuchnet
echo "status $?"
bench -m "$MODEL" --repeat 0
echo "status $?"
bench -m "$MODEL" --size 0x9
echo "status $?"
