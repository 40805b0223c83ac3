# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
# A network against PyTorch's numbers, and against its own.
golden=$TESTS/golden/resnet18/model.pth
fixtures=$TESTS/fixtures/compare
# Differences are rounding: only whether there are any worth telling is the same everywhere.
rounded() {
    sed -E -e 's/[0-9]\.[0-9]{2}e-0[6-9]/SMALL/g' -e 's/([0-9]\.[0-9]{3})[0-9]{5,}/\1/g' -e "s|$TESTS|TESTS|g"
}
on() {
    "$EIGENCAM" compare --threads 1 "$@" >out
    status=$?
    rounded <out
    echo "exit $status"
}
on "$golden" --inputs "$fixtures/input.npy" --reference "$fixtures/good.npz"
on "$golden" --inputs "$fixtures/input.npy" --reference "$fixtures/bad.npz"
echo "-- other ways to say it"
for options in '' '--plan many' '--plan many --no-winograd' '--isa scalar' '--threads 2'; do
    # shellcheck disable=SC2086
    "$EIGENCAM" compare -m "$golden" --reference "$fixtures/good.npz" $options | grep compared
done
"$EIGENCAM" compare "$golden" --inputs "$fixtures/input.npy" --reference "$fixtures/good.npz" \
    --tolerance 0 >out
echo "exit $?"
"$EIGENCAM" compare "$golden" --inputs "$fixtures/input.npy" --reference "$fixtures/bad.npz" \
    --tolerance 1 | grep -e 'first beyond' -e compared
echo "-- what does not fit together is run apart, what cannot be run is told"
"$EIGENCAM" compare "$golden" --reference "$fixtures/good.npz" --threads 1 --limit arena-bytes=60k | grep compared
on "$golden" --reference "$fixtures/good.npz" --limit macs=300k
echo "-- JSON"
"$EIGENCAM" compare "$golden" --inputs "$fixtures/input.npy" --reference "$fixtures/bad.npz" --json \
    --threads 1 >out
echo "exit $?"
sed -E 's/"(max_abs|max_rel|mean_abs|cosine)":-?[0-9][^,]*/"\1":NUMBER/g; s/"isa":"[a-z0-9]*"/"isa":"LEVEL"/' out |
    rounded
echo "-- its own taps, a folder"
cp "$PHOTOS/cat_chelsea.png" cat.png
"$EIGENCAM" tap -q -m "$MODEL" --threads 1 -l 'input,conv1,layer1.*,layer4,fc' -o taps cat.png >/dev/null
on -m "$MODEL" --reference taps
"$EIGENCAM" predict -q -m "$MODEL" --threads 1 --logits logits.npy cat.png >/dev/null
on -m "$MODEL" --inputs taps/input.npy --reference logits.npy
on -m "$MODEL" --inputs taps/input.npy --reference taps/fc.npy --json | steady | cut -c 1-80
echo "-- what cannot be compared"
mkdir empty
try compare "$golden" --inputs "$fixtures/input.npy" --reference "$fixtures/strange.npz" 2>&1 | rounded
try compare "$golden" --reference "$fixtures/bad.npz" 2>&1 | rounded
try compare "$golden" --inputs taps/fc.npy --reference "$fixtures/good.npz"
try compare "$golden" --inputs missing.npy --reference "$fixtures/good.npz" --json
try compare "$golden" --inputs taps/input.npy --reference empty
try compare "$golden" --inputs taps/input.npy --reference missing.npz
try compare "$golden" --inputs cat.png --reference taps
try compare "$golden" --inputs taps/input.npy
try compare "$golden" other.pth --reference taps
try compare "$golden" --reference taps --tolerance -1
