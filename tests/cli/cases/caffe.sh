# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
# shellcheck disable=SC2154
# A Caffe model with the graph it carries, and with one beside it.
net=$here/../golden/caffe_alexnet/model.caffemodel
cp "$net" net.caffemodel
cp "$PHOTOS/cat_chelsea.png" cat.png
"$EIGENCAM" info net.caffemodel
echo "names before and after what is done in place"
"$EIGENCAM" tap -m net.caffemodel -l conv5,relu5,fc8 -o taps cat.png
"$EIGENCAM" explain -q -m net.caffemodel -o out --save overlay cat.png | steady
"$EIGENCAM" convert -q net.caffemodel -o net.safetensors
"$EIGENCAM" tap -q -m net.safetensors -l relu5 -o again cat.png
cmp taps/relu5.npy again/relu5.npy && echo "the same"
echo "another graph for the same weights"
cat >two.prototxt <<'END'
name: "Two" # layers
input: "data"
input_dim: 1 input_dim: 3 input_dim: 67 input_dim: 75
layer {
  name: "conv1" type: "Convolution" bottom: "data" top: "conv1"
  convolution_param { num_output: 6 kernel_size: 11 stride: 4 }
}
layer { name: "after" type: "ReLU" bottom: "conv1" top: "conv1" }
END
"$EIGENCAM" layers -m net.caffemodel --graph two.prototxt
"$EIGENCAM" convert -q net.caffemodel --graph two.prototxt -o two.safetensors
"$EIGENCAM" info two.safetensors | head -n 4
echo "what does not fit"
sed 's/num_output: 6/num_output: 7/' two.prototxt >seven.prototxt
sed 's/"conv1" type/"conv9" type/' two.prototxt >nine.prototxt
sed 's/layer {/layer/' two.prototxt >broken.prototxt
"$EIGENCAM" layers -m net.caffemodel --graph seven.prototxt
"$EIGENCAM" layers -m net.caffemodel --graph nine.prototxt
"$EIGENCAM" layers -m net.caffemodel --graph broken.prototxt
"$EIGENCAM" layers -m net.caffemodel --graph missing.prototxt
"$EIGENCAM" layers -m "$MODEL" --graph two.prototxt 2>&1 | sed 's|[^ ]*/||'
"$EIGENCAM" layers --graph two.prototxt
