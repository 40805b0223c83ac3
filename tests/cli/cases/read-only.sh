# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
if [ "$(id -u)" = 0 ]; then
    echo "skipped: root may write anywhere"
    exit 77
fi
cp "$PHOTOS/cat_chelsea.png" cat.png
mkdir locked
chmod a-w locked
with_model explain -q --no-predict -o locked/out cat.png
with_model explain -q --no-predict -o locked cat.png
with_model tap -l last -o locked cat.png
"$EIGENCAM" convert "$MODEL" -o locked/x.safetensors
echo "exit $?"
chmod a+w locked
ls locked
