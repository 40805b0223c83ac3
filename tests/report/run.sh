#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# run.sh PROGRAM MODEL: session.js, where there are Node and a browser.
command -v node >/dev/null || {
    echo "SKIPPED: no node here; reports are not tried in a browser"
    exit 77
}
exec node "$(dirname "$0")/session.js" "$@"
