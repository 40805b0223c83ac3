# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
# Spaces and worse in names, photos of one name, a photo inside the output folder.
mkdir one two
cp "$PHOTOS/cat_chelsea.png" "one/my cat.png"
cp "$PHOTOS/cat_chelsea.png" "two/my cat.png"
cp "$PHOTOS/cat_chelsea.png" "$(printf 'new\nline.png')"
cp "$PHOTOS/cat_chelsea.png" ./-dash.png
with_model explain -q -o out --save overlay,json --no-predict "one/my cat.png" "two/my cat.png" \
    "$(printf 'new\nline.png')" -- -dash.png | steady
ls out
echo "the photo stays"
mkdir here
cp "$PHOTOS/cat_chelsea.png" here/cat.png
cp "$PHOTOS/cat_chelsea.png" here/cat.overlay.png
with_model explain -q -o here --save overlay --no-predict here | steady
cmp "$PHOTOS/cat_chelsea.png" here/cat.overlay.png && ls here
echo "layers and components in names"
with_model explain -q -o many --save raw --components 2 -l layer3,layer4 here/cat.png | steady
