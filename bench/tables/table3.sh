#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Table 3 of the Eigen-CAM paper: one object proposal an image on VOC 2007, in three readings of
# its text.
#
#     bench/tables/table3.sh VOCdevkit/VOC2007 googlenet googlenet.pth
set -u
# shellcheck source=bench/tables/run.sh
. "$(dirname -- "$0")/run.sh"
run_table table3 proposal --voc "$@"
