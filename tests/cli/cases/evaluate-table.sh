# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
# From lines of results and from predictions to tables; wrong usage; broken files.
header() {
    echo '{"eigencam_results":1,"what":"'"$1"'","model":{"family":"'"${2-Net}"'","name":"n.pth"},'\
'"threshold":15,"classes":true,"rows":["eigencam last"],"images":4}'
}
# line IMAGE RANK X1: a box from 10,10 to X1,29 where 10,10 to 29,29 is right.
line() {
    hits='{"50":[],"30":[],"70":[]}'
    [ "$3" -le 49 ] && hits='{"50":[[0,60]],"30":[[0,60]],"70":[]}'
    [ "$3" = 29 ] && hits='{"50":[[5,60]],"30":[[0,100]],"70":[[10,20]]}'
    echo '{"image":"'"$1"'","size":[40,40],"class":"n0'"$2"'","truth":[[10,10,29,29]],"top":[],'\
'"rank":'"$2"',"maps":[{"share":0.9,"gap":0.1,"box":[10,10,'"$3"',29],"boxes":[],"iou":[],'\
'"hits":'"$hits"',"point":[1,1],"point_hit":true,"energy":0.5}]}'
}
{
    header localization
    line a 1 29
    line b 0 29
    line c 3 45
    echo '{"image":"d","error":"d: cannot be read"}'
} >one.jsonl

echo "-- four formats"
for format in text markdown csv json; do
    try evaluate table --format $format one.jsonl
done

echo "-- predictions"
cat >boxes.csv <<'CSV'
ImageId,PredictionString
b,n02119789 0 0 9 9
a,n01440764 0 0 9 9 n01440764 20 20 29 29
CSV
printf 'ImageId,width,height\na,30,30\nb,10,10\n' >sizes.csv
# tench, 450 by the development kit's count: found; kit fox, 1: too large.
printf 'n01440764 0 0 9 9\n1 0 0 19 19\n' >guesses.txt
try evaluate localization --predictions guesses.txt --boxes boxes.csv
try evaluate localization --predictions guesses.txt --boxes boxes.csv --sizes sizes.csv --format csv
printf '0 0 0 9 9 278 0 0 9 9\n278 0 0 19 19 1 0 0 1 1 278 0 0 9 9\n' >five.txt
try evaluate localization --predictions five.txt --label-index --boxes boxes.csv --format csv
echo '1 0 0 9 9' >short.txt
try evaluate localization --predictions short.txt --boxes boxes.csv
echo '0 0 0 9 9' >wrong.txt
try evaluate localization --predictions wrong.txt --boxes boxes.csv
try evaluate localization --predictions guesses.txt --boxes nowhere
try evaluate localization --predictions guesses.txt

echo "-- what papers print"
header proposal >none.jsonl
try evaluate table --published none.jsonl

echo "-- files that are none"
header other >other.jsonl
try evaluate table other.jsonl
try evaluate table one.jsonl none.jsonl
try evaluate table missing.jsonl
echo 'text' >text.jsonl
try evaluate table text.jsonl
{ header localization; echo '{"image":"a","size":[40,40],"class":"n01","truth":[],"maps":[]}'; } >t.jsonl
try evaluate table t.jsonl
{ header localization; line a 1 29 | sed 's/"hits":{"50"/"hits":{"51"/'; } >t.jsonl
try evaluate table t.jsonl
{ header localization; line a 1 29 | sed 's/,"class":"n01"//'; } >t.jsonl
try evaluate table t.jsonl
{ header localization; line a 1 29 | sed 's/}]}$/}]/'; } >t.jsonl
try evaluate table t.jsonl
{ header segmentation; echo '{"image":"a","class":"x","split":"test","maps":[{"histogram":"!"}]}'; } >t.jsonl
try evaluate table t.jsonl
{ header segmentation; echo '{"image":"a","class":"x","split":"both","maps":[]}'; } >t.jsonl
try evaluate table t.jsonl

echo "-- usage"
try evaluate
try evaluate everything
try evaluate localization
try evaluate localization photo.png
try evaluate merge
try evaluate table
try evaluate localization --boxes boxes.csv --methods eigencam,gradcam
try evaluate localization --boxes boxes.csv --shard 8/7
try evaluate localization --boxes boxes.csv --shard 3
try evaluate localization --boxes boxes.csv --connectivity 6
try evaluate table one.jsonl --gallery 3
try evaluate localization -m "$MODEL" --boxes boxes.csv -q
try evaluate localization -m "$MODEL" --boxes boxes.csv -q --images nowhere
try evaluate localization -m "$MODEL" --boxes boxes.csv -q --images "$PHOTOS" -l zzz
try evaluate segmentation -m "$MODEL"
try evaluate proposal -m "$MODEL"
try evaluate perturbation -m "$MODEL"
