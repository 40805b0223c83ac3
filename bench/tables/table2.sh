#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Table 2 of the Eigen-CAM paper: pixel precision at equal error rate on Graz-02.
#
#     bench/tables/table2.sh graz02 vgg16 vgg16.pth
#
# graz02: a folder with bikes, cars and people of INRIA's annotations (ig02).
set -u
# shellcheck source=bench/tables/run.sh
. "$(dirname -- "$0")/run.sh"
run_table table2 segmentation --graz "$@"
