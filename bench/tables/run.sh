# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
# What the scripts of the three tables share; read by them, never run.
#
# Options: --program FILE (eigencam of the PATH), -o FOLDER (tables), -j N (shards of one
# thread each that run at once; 1 with all threads), then the data and pairs of
# NETWORK[:LAYERS] and a model; '-' is the bundled one.

table='' what='' source='' # set by run_table
program=eigencam
output=tables
jobs=1

tell() {
    echo "$table: $*" >&2
}

usage() {
    tell "$*"
    tell "usage: $table.sh [--program EIGENCAM] [-o FOLDER] [-j N] DATA NETWORK[:LAYERS] MODEL ..."
    exit 2
}

# How the paper's text has each network prepared: ResNet-101 alone is cropped.
prep_of() {
    case $1 in
    resnet101) echo crop ;;
    *) echo squash ;;
    esac
}

# evaluate OPTION ...: of $network with its $layers and $model, going on with what is there.
# An image that fails has its line, and the table counts it: no reason to stop.
evaluate() {
    [ "$model" = - ] || set -- -m "$model" "$@"
    "$program" evaluate "$what" "$source" "$data" --prep "$(prep_of "$network")" \
        -l "${layers:-last}" --resume "$@" >/dev/null
    [ $? -le 1 ]
}

# Into $results.
evaluate_all() {
    if [ "$jobs" = 1 ]; then
        evaluate -o "$results"
        return
    fi
    i=0
    while [ $i -lt "$jobs" ]; do
        i=$((i + 1))
        evaluate -q --threads 1 --shard $i/"$jobs" -o "$results.$i-of-$jobs" &
    done
    wait
    "$program" evaluate merge -q "$results".*-of-"$jobs" -o "$results" >/dev/null
}

# run_table NAME WHAT OPTION ARGUMENT ...: `eigencam evaluate WHAT OPTION DATA` for each pair of
# the arguments, and one table of all, in four formats.
run_table() {
    table=$1 what=$2 source=$3
    shift 3
    while [ $# -gt 0 ]; do
        case $1 in
        --program)
            program=${2:?}
            shift 2
            ;;
        -o)
            output=${2:?}
            shift 2
            ;;
        -j)
            jobs=${2:?}
            shift 2
            ;;
        -*) usage "no option '$1'" ;;
        *) break ;;
        esac
    done
    [ $# -ge 3 ] || usage "expected a folder of data, then networks with their models"
    data=$1
    shift
    mkdir -p "$output" || exit 1
    n=$#
    while [ "$n" -gt 0 ]; do
        [ "$n" -ge 2 ] || usage "'$1' has no model"
        network=${1%%:*}
        layers=${1#"$network"}
        layers=${layers#:}
        model=$2
        shift 2
        results=$output/$table-$network.jsonl
        began=$(date +%s)
        set -- "$@" "$results"
        n=$((n - 2))
        evaluate_all && [ -s "$results" ] || exit 1
        tell "$network: $(($(wc -l <"$results") - 1)) images, $(($(date +%s) - began)) s"
    done
    for format in text markdown csv json; do
        "$program" evaluate table --published --format $format "$@" >"$output/$table.$format" || exit 1
    done
    cat "$output/$table.text"
}
