# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
# A reader who leaves is not an error to talk about; a full disk is.
cp "$PHOTOS/cat_chelsea.png" cat.png
"$EIGENCAM" predict -m "$MODEL" --top 1 cat.png >&-
echo "closed: exit $?"
{
    "$EIGENCAM" predict -m "$MODEL" --top 100 cat.png cat.png cat.png
    echo "gone: exit $?" >gone
} | true
cat gone
if [ -w /dev/full ]; then
    "$EIGENCAM" predict -m "$MODEL" --top 1 cat.png >/dev/full
    echo "full: exit $?"
    "$EIGENCAM" --help >/dev/full
    echo "full: exit $?"
else
    echo "eigencam: standard output: could not be written" >&2
    echo "full: exit 1"
    echo "eigencam: standard output: could not be written" >&2
    echo "full: exit 1"
fi
