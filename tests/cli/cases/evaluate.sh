# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
# Runs that are ended, gone on with and cut into shards give what one run gives; what
# cannot be read is told and counted. Values are not compared here: they differ in their
# last digits between levels of instruction sets.
evaluate() {
    what=$1
    shift
    "$EIGENCAM" evaluate "$what" -m "$MODEL" --threads 1 "$@"
}

# A small tree like ILSVRC's: 14 images with a box each.
val=set/Data/CLS-LOC/val boxes=set/Annotations/CLS-LOC/val
mkdir -p $val $boxes
i=0
for folder in bikes cars people; do
    for photo in "$TESTS/fixtures/graz/$folder"/*.image.png; do
        i=$((i + 1))
        [ $i -gt 14 ] && continue
        name=$(printf 'val_%02d' $i)
        cp "$photo" "$val/$name.png"
        cat >"$boxes/$name.xml" <<XML
<annotation><filename>$name</filename><size><width>48</width><height>36</height></size>
<object><name>n02834778</name><bndbox><xmin>$i</xmin><ymin>5</ymin><xmax>40</xmax>
<ymax>30</ymax></bndbox></object></annotation>
XML
    done
done

echo "-- one run"
evaluate localization --ilsvrc set -l last,layer3 -o plain.jsonl >plain.txt
echo "exit $?"
wc -l <plain.jsonl
sed -E 's/  +/  /g; s/ +[0-9.]+ \([0-9.]+-[0-9.]+\)/ N/g; s/ +[0-9.]+/ N/g' plain.txt
evaluate localization -q --ilsvrc set -o plain.jsonl
echo "exit $?"
evaluate localization -q --ilsvrc set -o plain.jsonl --resume
echo "exit $?"

echo "-- killed and gone on with"
for at in 1 2 3; do
    after=$(od -An -N1 -tu1 /dev/urandom)
    after=$((after % 13 + 1))
    rm -f cut.jsonl
    # exec: the shell's child is the program itself.
    (exec "$EIGENCAM" evaluate localization -m "$MODEL" --threads 1 -q --ilsvrc set \
        -l last,layer3 -o cut.jsonl >/dev/null) &
    pid=$!
    while kill -0 $pid 2>/dev/null; do
        [ -e cut.jsonl ] && [ "$(wc -l <cut.jsonl)" -gt $after ] && break
    done
    kill -KILL $pid 2>/dev/null
    { wait $pid; } 2>/dev/null
    [ $at = 3 ] && head -c $((after * 997)) cut.jsonl >c && mv c cut.jsonl # in a line
    evaluate localization -q --ilsvrc set -l last,layer3 -o cut.jsonl --resume >cut.txt
    cmp plain.jsonl cut.jsonl
    sed s/cut.jsonl/plain.jsonl/ cut.txt | cmp plain.txt -
done

echo "-- in shards"
for i in 1 2 3 4 5 6 7; do
    evaluate localization -q --ilsvrc set -l last,layer3 --shard $i/7 -o part-$i.jsonl
done
"$EIGENCAM" evaluate merge -q part-*.jsonl -o merged.jsonl >merged.txt
cmp plain.jsonl merged.jsonl
sed s/merged.jsonl/plain.jsonl/ merged.txt | cmp plain.txt -
"$EIGENCAM" evaluate merge part-[1-3].jsonl -o some.jsonl | grep 'not evaluated'
evaluate localization -q --ilsvrc set -l last -o other.jsonl >/dev/null
"$EIGENCAM" evaluate merge part-1.jsonl other.jsonl -o no.jsonl
echo "exit $?"
"$EIGENCAM" evaluate merge part-1.jsonl -o part-1.jsonl
echo "exit $?"
ls no.jsonl 2>/dev/null

echo "-- images that cannot be read"
rm "$val/val_03.png"
head -c 300 "$val/val_05.png" >cut.png && mv cut.png "$val/val_05.png"
evaluate localization --methods eigencam --ilsvrc set -o broken.jsonl >broken.txt
echo "exit $?"
grep -c '"error":' broken.jsonl
grep 'could not be' broken.txt
grep '"error"' broken.jsonl

echo "-- a gallery"
evaluate localization -q --methods eigencam --ilsvrc set -o gallery.jsonl --gallery 2 \
    --gallery-file sheet.png >/dev/null 2>&1
od -An -tu1 -j16 -N8 sheet.png

echo "-- masks"
evaluate segmentation -q --graz "$TESTS/fixtures/graz" --methods eigencam,noise -o graz.jsonl >graz.txt
echo "exit $?"
sed -E 's/ +[0-9]+\.[0-9]+/ N/g' graz.txt
evaluate segmentation -q --graz "$TESTS/fixtures/graz" --methods eigencam,noise --shard 1/2 -o g1.jsonl
evaluate segmentation -q --graz "$TESTS/fixtures/graz" --methods eigencam,noise --shard 2/2 -o g2.jsonl
"$EIGENCAM" evaluate merge -q g1.jsonl g2.jsonl -o g.jsonl >g.txt
cmp graz.jsonl g.jsonl

echo "-- objects"
mkdir -p voc/JPEGImages voc/Annotations voc/ImageSets/Main
for i in 1 2 3; do
    cp "$TESTS/fixtures/graz/cars/carsgraz_00$i.image.png" voc/JPEGImages/00000$i.png
    sed 's/n02834778/car/' $boxes/val_0$i.xml >voc/Annotations/00000$i.xml
    echo 00000$i >>voc/ImageSets/Main/test.txt
done
evaluate proposal -q --voc voc --methods eigencam -o voc.jsonl >voc.txt
echo "exit $?"
sed -E 's/ +[0-9]+\.[0-9]+/ N/g' voc.txt
evaluate proposal -q --voc voc --set val -o v.jsonl
echo "exit $?"

echo "-- disturbed"
npy() { # SHAPE: its header, padded to 128 bytes
    printf '\223NUMPY\001\000v\000%-117s\n' "{'descr': '<f4', 'fortran_order': False, 'shape': ($1), }"
}
mkdir photos by
cp "$TESTS/fixtures/graz/cars/carsgraz_001.image.png" photos/a.png
for name in b c d; do
    cp photos/a.png photos/$name.png
done
{ npy '3, 224, 224'; head -c 602112 /dev/zero; } >by/a.npy                    # nothing
{ npy '1, 3, 224, 224'; head -c 602112 /dev/zero | tr '\0' '='; } >by/b.npy # 0.046 each
{ npy '3, 2, 2'; head -c 48 /dev/zero; } >by/c.npy
"$EIGENCAM" evaluate perturbation -q -m "$MODEL" --threads 1 --images photos --perturbations by \
    --methods eigencam -o by.jsonl >by.txt
echo "exit $?"
grep -o '"image":"a.*' by.jsonl | sed -E 's/"(before|after)":[0-9]+/"\1":N/g'
grep -c '"image":"b","size":\[48,36\],"ratio":0\.0' by.jsonl
grep '"error"' by.jsonl
grep 'could not' by.txt
