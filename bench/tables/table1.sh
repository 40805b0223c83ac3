#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Table 1 of the Eigen-CAM paper: top-1 localization error on ILSVRC's validation images, with
# what the paper does not print beside it: errors with the class given, simple baselines,
# intervals, other measures.
#
#     bench/tables/table1.sh ILSVRC vgg16 vgg16.pth alexnet alexnet.pth \
#         resnet101 resnet101.pth googlenet googlenet.pth densenet121 densenet121.pth
#
# ILSVRC: the official folder, with Data/CLS-LOC/val and Annotations/CLS-LOC/val.
set -u
# shellcheck source=bench/tables/run.sh
. "$(dirname -- "$0")/run.sh"
run_table table1 localization --ilsvrc "$@"
