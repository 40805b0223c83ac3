# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
cp "$PHOTOS/cat_chelsea.png" cat.png
echo "all kinds"
with_model explain --save overlay,heat,panel,mask,salience,fused,raw,map,json cat.png | steady
ls eigencam-out
echo "no prediction"
with_model explain -q --no-predict -o a --save raw,json cat.png | steady
grep -q '"top"' a/cat.json || echo "no classes"
echo "one component, and by share"
with_model explain -q --component 2 -o b --save raw --top 1 cat.png | steady
with_model explain -q --components 0.5 -o c --save raw --top 1 cat.png | steady
with_model explain -q --component 1000 -o d --save raw cat.png
echo "the first component is the same, whichever way it is asked for"
cmp a/cat.raw.npy c/cat.pc1.raw.npy && cmp a/cat.raw.npy eigencam-out/cat.raw.npy && echo same
echo "modes, signs and scales"
for options in "--mode centered" "--sign absmax" "--sign flip" "--scale minmax" "--alpha-by-value" \
    "--colormap turbo --alpha 1" "--no-box" "--salience pca" "--fuse"; do
    # shellcheck disable=SC2086 # several words
    "$EIGENCAM" explain -q -m "$MODEL" $options --no-predict -o e --save overlay,json cat.png \
        >/dev/null || echo "failed: $options"
done
