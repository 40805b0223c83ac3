# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
# Ctrl-C: the program ends by the signal, and no file is left half.
mkdir photos
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    cp "$PHOTOS/raccoon_face_512.jpg" photos/$i.jpg
done
# A background job of a shell ignores SIGINT, so that SIGTERM stands for it.
"$EIGENCAM" explain -q -m "$MODEL" --save panel,map,overlay,json -o out photos >/dev/null &
pid=$!
while [ ! -e out/1.json ]; do
    kill -0 $pid 2>/dev/null || break
    sleep 0.01
done
kill -TERM $pid
{ wait $pid; } 2>/dev/null
echo "exit $?"
[ -e out/9.json ] && echo "too late to tell"
find out -name '.*' -type f
for f in out/*.png; do
    tail -c 8 "$f" | od -An -tx1 | grep -q '^ 49 45 4e 44 ae 42 60 82$' || echo "$f is cut"
done
