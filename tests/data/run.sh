#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# run.sh CASE PROGRAM: real weights on real photos, from the folder $ECAM_TEST_DATA, which
# is not part of the project. Skipped without it. What is expected was computed by
# PyTorch: tools/dev/make_data_expectations.py.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
case_name=$1
program=$(cd "$(dirname "$2")" && pwd)/$(basename "$2")
data=${ECAM_TEST_DATA:-}
if [ ! -f "$data/weights/squeezenet1_1.pth" ]; then
    echo "SKIPPED: no real weights and photos, ECAM_TEST_DATA is '$data'"
    exit 77
fi
squeezenet=$data/weights/squeezenet1_1.pth
resnet20=$data/weights/resnet20-cifar10.th
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

fail() {
    echo "FAILED: $*"
    exit 1
}

# One line a photo: its name, then the class that is first.
classes() {
    sed -n 's|^.*"input":"\([^"]*/\)*\([^"/]*\)".*"top":\[{"index":\([0-9]*\).*$|\2 \3|p'
}

# Floats of a .npy file, one a line.
floats() {
    od -A n -v -t f4 -w4 -j "$((10 + $(od -A n -t u2 -j 8 -N 2 "$1")))" "$1"
}

case $case_name in
top1)
    # A decoder's last bit may decide for a photo whose two first classes are close.
    "$program" predict -q -m "$squeezenet" --json "$data"/imagenet-sample/ | classes | sort >got
    sort "$here/squeezenet-top1.txt" >want
    [ "$(wc -l <got)" -eq "$(wc -l <want)" ] || fail "$(wc -l <got) photos"
    other=$(comm -13 want got | wc -l)
    echo "$other photos have another class than PyTorch's"
    [ "$other" -le 2 ] || fail "$(comm -3 want got)"
    ;;
cifar)
    "$program" predict -q -m "$resnet20" --logits got.npy "$here/cifar-input.npy"
    floats got.npy >got
    floats "$here/cifar-logits.npy" >want
    paste got want | awk '
        { d = $1 - $2; if (d < 0) d = -d; if (d > worst) worst = d
          m = $2 < 0 ? -$2 : $2; if (m > largest) largest = m }
        END { printf "worst error %g of %g, %d logits\n", worst, largest, NR
              exit !(NR == 10 && worst <= 1e-5 * largest) }' || fail "logits of ResNet-20"
    ;;
threads)
    for threads in 1 2 5; do
        "$program" explain -q -m "$squeezenet" --threads "$threads" --plan many -o "$threads" \
            --save overlay,raw "$data"/photos/*.png "$data"/photos/*.jpg >/dev/null
        rm -f "$threads"/*.json # tells the number of threads
    done
    [ "$(find 1 -name '*.overlay.png' | wc -l)" -eq 4 ] || fail "not every photo has an overlay"
    diff -r 1 2 || fail "two threads make other files than one"
    diff -r 1 5 || fail "five threads make other files than one"
    ;;
convert)
    for weights in "$squeezenet" "$resnet20"; do
        "$program" convert -q "$weights" -o model.safetensors >/dev/null
        "$program" convert -q model.safetensors -o again.safetensors >/dev/null
        cmp model.safetensors again.safetensors || fail "a model file converts to another"
        for model in "$weights" model.safetensors; do
            "$program" predict -q -m "$model" --logits "$(basename "$model").npy" \
                "$data"/photos/*.png >/dev/null
        done
        cmp "$(basename "$weights").npy" model.safetensors.npy || fail "other logits"
        rm model.safetensors again.safetensors
    done
    ;;
folders)
    for folder in val-small voc-raccoon; do
        photos=$(find "$data/$folder" -name '*.JPEG' -o -name '*.jpg' | wc -l)
        "$program" predict -q -r -m "$squeezenet" --json "$data/$folder" >got
        [ "$(grep -c '"top":' got)" -eq "$photos" ] ||
            fail "$folder: $(grep -c '"top":' got) results of $photos photos"
        echo "$folder: $photos photos"
    done
    ;;
predictions)
    # Rows that can be recomputed to the last digit from what the authors of CNN-Fixations
    # published: top-1 localization, GT-known and class error; then the centred box.
    while read -r net top1 known class centred; do
        "$program" evaluate localization --predictions "$data/ilsvrc/cnn_fixations_$net.txt" \
            --boxes "$data/ilsvrc/LOC_val_solution.csv" --sizes "$data/ilsvrc/val_sizes.csv" >got
        grep -q "  predictions  *$top1 .* $known .* $class " got || fail "$net: $(cat got)"
        grep -q "  centred box, 0.72 of the sides  *$centred .* 46.238 " got || fail "$net: $(cat got)"
    done <<EOF
vgg16 55.220 43.658 27.052 57.988
alexnet 65.698 48.026 41.638 65.876
EOF
    ;;
tables)
    # Real annotations, and the scores of a real network within what other decoders and
    # instruction sets move: each image is 0.3 points.
    "$program" evaluate localization -q -m "$squeezenet" --ilsvrc "$data/val-small" \
        --methods eigencam --format csv -o val.jsonl >val.csv
    [ "$(wc -l <val.jsonl)" -eq 326 ] || fail "$(wc -l <val.jsonl) lines"
    if grep '"error"' val.jsonl; then fail "an image"; fi
    awk -F, 'NR == 2 { d = $7 - 46.77; exit !(d < 1 && d > -1) }' val.csv || fail "$(cat val.csv)"
    "$program" evaluate proposal -q --voc "$data/voc-raccoon" -o voc.jsonl >voc.txt
    [ "$(wc -l <voc.jsonl)" -eq 101 ] || fail "$(wc -l <voc.jsonl) lines"
    ;;
*)
    fail "no case '$case_name'"
    ;;
esac
