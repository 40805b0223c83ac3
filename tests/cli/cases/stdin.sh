# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
with_model predict --top 1 - <"$PHOTOS/cat_chelsea.png" | steady
with_model explain -q --save heat - <"$PHOTOS/cat_chelsea.png" | steady
# shellcheck disable=SC2002 # a pipe is what is tried here
cat "$PHOTOS/cat_chelsea.png" | with_model predict --json --top 1 - | steady
with_model predict - </dev/null
