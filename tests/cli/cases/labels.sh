# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
# Class names in the forms in which they are published.
named() {
    "$EIGENCAM" convert "$MODEL" -o new.safetensors --labels "$1" >/dev/null || echo "exit $?"
    "$EIGENCAM" info new.safetensors | grep '^class names'
    rm -f new.safetensors
}
seq 111 | awk '{ printf "n%08d name %d, other name\n", $1, $1 }' >synset_words.txt
named synset_words.txt
sed 's/^n[0-9]* //; s/$/\r/; 1s/^/\xef\xbb\xbf/' synset_words.txt >crlf.txt
named crlf.txt
awk '{ print (NR == 1 ? "[" : ",") "\"name " NR "\"" } END { print "]" }' synset_words.txt >list.json
named list.json
awk '{ print (NR == 1 ? "{" : ",") "\"" NR - 1 "\": [\"" $1 "\", \"name_" NR "\"]" } END { print "}" }' \
    synset_words.txt >index.json
named index.json
awk '{ print (NR == 1 ? "{" : ",") "\"" 111 - NR "\": \"name " 112 - NR "\"" } END { print "}" }' \
    synset_words.txt >backwards.json
named backwards.json
echo "-- too few, too many, none"
head -n 110 synset_words.txt >few.txt
named few.txt
sed 1p synset_words.txt >many.txt
named many.txt
"$EIGENCAM" convert "$MODEL" -q -o quiet.safetensors --labels few.txt >/dev/null
printf '[]' >none.json
try convert "$MODEL" -o x.safetensors --labels none.json
printf '{"0": "a", "2": "b"}' >gap.json
try convert "$MODEL" -o x.safetensors --labels gap.json
try convert "$MODEL" -o x.safetensors --labels missing.txt
echo "-- without a file of its own"
cp "$PHOTOS/cat_chelsea.png" cat.png
with_model predict --top 1 --labels synset_words.txt cat.png | steady
with_model explain --top 1 --labels list.json --json cat.png | steady | grep -o '"top":[^}]*}'
with_model predict --top 111 --labels few.txt cat.png | grep -c 'no name'
with_model predict --labels none.json cat.png
