# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
# What a page looks like and does is for tests/report/; here, what the program does.
cp "$PHOTOS/cat_chelsea.png" cat.png
cp "$PHOTOS/raccoon_face_512.jpg" "a raccoon.jpg"
size() { # FILE MOST
    [ "$(wc -c <"$1")" -le "$2" ] || echo "$1 has $(wc -c <"$1") bytes"
}
parts() {
    grep -c '<article' "$1"
    grep -o '<h3>[^<]*' "$1"
}

echo "one photo"
with_model report cat.png | steady
size cat.report.html 500000
parts cat.report.html
echo "the same again is the same"
with_model report -q cat.png >again.txt
cp cat.report.html first.html
with_model report -q cat.png >again.txt
cmp first.html cat.report.html
with_model report -q --level full --colormap turbo --mode centered -o full.html cat.png >again.txt
cp full.html first.html
with_model report -q --level full --colormap turbo --mode centered -o full.html cat.png >again.txt
cmp first.html full.html
size full.html 3000000
parts full.html
echo "several, of which one is missing and a folder is empty"
mkdir empty
with_model report -q --top 1 cat.png missing.png empty "a raccoon.jpg" | steady
parts eigencam-report.html | grep -v layer4
grep -o '<strong>Not explained:.*' eigencam-report.html
grep -o '<li><a href.*' eigencam-report.html
echo "on standard output"
with_model report -q -o - cat.png >stdout.txt
head -n 1 stdout.txt
tail -n 2 stdout.txt
echo "as JSON"
with_model report -q --json -o o.html cat.png missing.png | steady
echo "nothing is left of a page without a photo"
with_model report -q missing.png
ls ./*missing*
echo "to teach"
with_model report -q --level teach -o teach.html cat.png >teach.txt
size teach.html 8000000
parts teach.html
echo "without a prediction"
with_model report -q --level teach --no-predict -o none.html cat.png
parts none.html | grep -e said -e output
rm none.html
echo "every layer that has rows and columns, in little room"
with_model report -q -l all -o all.html cat.png >all.txt
size all.html 500000
grep -c 'class="viewer"' all.html
echo "times"
with_model report -q --level full --times -o times.html cat.png >times.txt
grep -c '<td>[0-9.]* %</td></tr>' times.html
echo "two compared"
mkdir a b moved
with_model explain -q --no-predict --save raw,json -o a cat.png >compare.txt
with_model explain -q --no-predict -l layer3 --save raw,json -o b cat.png >compare.txt
try report --compare a/cat.json b/cat.json
grep -o 'class="[a-z]*" value="[-0-9.]*"' comparison.report.html | steady
size comparison.report.html 500000
mv a/cat.raw.npy a/cat.json moved # found beside the result
try report --compare moved/cat.json b/cat.json -o moved.html
cp moved/cat.json . && mv cat.png kept.png # neither there
try report --compare moved/cat.json b/cat.json -o grey.html
mv kept.png cat.png
try report --compare cat.json b/cat.json -o none.html
echo "results that are none"
with_model explain -q --no-predict -o c cat.png >compare.txt
echo '{"maps":[]}' >empty.json
sed 's/"photo": \[300, 451\]/"photo": [70000, 70000]/; s/"photo":\[300,451\]/"photo":[70000,70000]/' b/cat.json | tr '\n' ' ' |
    sed 's/"photo": *\[ *300, *451 *\]/"photo":[70000,70000]/' >huge.json
sed 's/"box"/"bax"/' b/cat.json >boxless.json
sed 's/"scale": "max"/"scale": "most"/' b/cat.json >scale.json
for result in c/cat.json empty.json huge.json boxless.json scale.json cat.png missing.json; do
    try report --compare b/cat.json $result -o none.html
done
ls none.html
try report --compare b/cat.json
try report --compare b/cat.json b/cat.json -o b/cat.json
echo "an index"
cp b/cat.json a
try report --index a b -o index.html
grep -c '<tr><td>' index.html
mkdir set
cp cat.png set
with_model evaluate perturbation -q --images set --perturbations set --methods eigencam -o set.jsonl >set.txt
try report --index set.jsonl
for result in empty missing.json set.txt empty.json; do
    try report --index $result -o none.html
done
ls none.html
try report --index
try report --index a/cat.json -o a/cat.json
echo "wrong usage"
with_model report --times cat.png
with_model report --salience-layer conv1 cat.png
with_model report --level full --times --no-predict cat.png
with_model report --level lecture cat.png
with_model report -l nosuch cat.png
with_model report -o cat.png cat.png
with_model report
with_model report -o nowhere/page.html cat.png
cmp "$PHOTOS/cat_chelsea.png" cat.png
