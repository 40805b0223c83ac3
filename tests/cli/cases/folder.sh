# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
mkdir -p photos/inner/.hidden
cp "$PHOTOS/raccoon_face_512.jpg" photos/b.JPG
cp "$PHOTOS/cat_chelsea.png" photos/a.png
cp "$PHOTOS/cat_chelsea.png" photos/.hidden.png
cp "$PHOTOS/cat_chelsea.png" photos/inner/c.png
cp "$PHOTOS/cat_chelsea.png" photos/inner/.hidden/d.png
echo "notes" >photos/notes.txt
ln -s .. photos/inner/round
echo "flat"
"$EIGENCAM" predict -m "$MODEL" --top 1 photos | grep photos
echo "recursive"
"$EIGENCAM" predict -m "$MODEL" --top 1 -r photos/ | grep photos
echo "list"
printf '# a list\nphotos/b.JPG\r\n\nphotos/a.png' >list.txt
"$EIGENCAM" predict -m "$MODEL" --top 1 --list list.txt | grep photos
echo "list from standard input"
"$EIGENCAM" predict -m "$MODEL" --top 1 --list - <list.txt | grep photos
: >nothing.txt
try predict -m "$MODEL" --list nothing.txt
