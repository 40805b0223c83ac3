# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
cp "$PHOTOS/cat_chelsea.png" cat.png
with_model predict --limit photo-pixels=1000 cat.png
with_model predict --limit photo-bytes=1k cat.png
with_model predict --limit macs=1M cat.png
with_model predict --limit arena-bytes=1000 cat.png
with_model predict --limit file-bytes=1k cat.png 2>&1 | steady
