# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
# Every help fits 80 columns, has an example and tells the exit status.
for command in explain predict layers tap compare convert info; do
    "$EIGENCAM" help $command >by_help
    "$EIGENCAM" $command --help >by_option
    cmp by_help by_option
    awk -v c=$command 'length($0) > 80 { print c ": too wide: " $0 }' by_help
    grep -q "^  eigencam $command" by_help || echo "$command: no example"
    grep -q '^exit status: 0' by_help || echo "$command: no exit status"
done
try --help
try help
try help nothing
try help explain predict
"$EIGENCAM" --version | sed -E 's/[0-9]+\.[0-9.]+.*/NUMBER/; s/: .*/: .../'
"$EIGENCAM" -V >/dev/null && "$EIGENCAM" predict -V >/dev/null && echo "versions"
