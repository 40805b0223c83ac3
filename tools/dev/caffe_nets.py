# SPDX-License-Identifier: BSD-2-Clause
"""Deploy prototxts of well-known Caffe nets, and one of all layers, as texts."""


def layer(name, kind, bottom, top=None, param=""):
    bottoms = " ".join(f'bottom: "{b}"' for b in bottom.split())
    return (f'layer {{ name: "{name}" type: "{kind}" {bottoms} top: "{top or name}" '
            f"{param} }}\n")


def header(name, h, w):
    return (f'name: "{name}"\n'
            f'layer {{ name: "data" type: "Input" top: "data" input_param {{ shape: {{ dim: 10 '
            f"dim: 3 dim: {h} dim: {w} }} }} }}\n")


def conv(name, bottom, n, k, more="", top=None):
    return layer(name, "Convolution", bottom, top,
                 f"convolution_param {{ num_output: {n} kernel_size: {k} {more} }}")


def relu(name, blob):
    return layer(name, "ReLU", blob, blob)


def pool(name, bottom, method, k, s, more=""):
    return layer(name, "Pooling", bottom, None,
                 f"pooling_param {{ pool: {method} kernel_size: {k} stride: {s} {more} }}")


def dense(name, bottom, n):
    return layer(name, "InnerProduct", bottom, None,
                 f"inner_product_param {{ num_output: {n} }}")


def classifier(sizes):
    text, at = "", "pool5"
    for i, n in zip((6, 7), sizes):
        text += dense(f"fc{i}", at, n) + relu(f"relu{i}", f"fc{i}")
        text += layer(f"drop{i}", "Dropout", f"fc{i}", f"fc{i}",
                      "dropout_param { dropout_ratio: 0.5 }")
        at = f"fc{i}"
    return text + dense("fc8", at, 1000) + layer("prob", "Softmax", "fc8")


def alexnet(width=4096):
    lrn = "lrn_param { local_size: 5 alpha: 0.0001 beta: 0.75 }"
    return "".join([
        header("AlexNet", 227, 227),
        conv("conv1", "data", 96, 11, "stride: 4"), relu("relu1", "conv1"),
        layer("norm1", "LRN", "conv1", None, lrn), pool("pool1", "norm1", "MAX", 3, 2),
        conv("conv2", "pool1", 256, 5, "pad: 2 group: 2"), relu("relu2", "conv2"),
        layer("norm2", "LRN", "conv2", None, lrn), pool("pool2", "norm2", "MAX", 3, 2),
        conv("conv3", "pool2", 384, 3, "pad: 1"), relu("relu3", "conv3"),
        conv("conv4", "conv3", 384, 3, "pad: 1 group: 2"), relu("relu4", "conv4"),
        conv("conv5", "conv4", 256, 3, "pad: 1 group: 2"), relu("relu5", "conv5"),
        pool("pool5", "conv5", "MAX", 3, 2), classifier((width, width))])


def vgg16(width=4096):
    text, at = header("VGG_ILSVRC_16_layers", 224, 224), "data"
    for stage, (n, many) in enumerate([(64, 2), (128, 2), (256, 3), (512, 3), (512, 3)], 1):
        for i in range(1, many + 1):
            text += conv(f"conv{stage}_{i}", at, n, 3, "pad: 1")
            text += relu(f"relu{stage}_{i}", f"conv{stage}_{i}")
            at = f"conv{stage}_{i}"
        text += pool(f"pool{stage}", at, "MAX", 2, 2)
        at = f"pool{stage}"
    return text + classifier((width, width))


def conv_bn(name, tail, bottom, n, k, more, with_relu):
    """Convolution without bias, BatchNorm and Scale in place, as MSRA wrote them."""
    text = conv(name, bottom, n, k, more + " bias_term: false")
    text += layer("bn" + tail, "BatchNorm", name, name,
                  "batch_norm_param { use_global_stats: true }")
    text += layer("scale" + tail, "Scale", name, name, "scale_param { bias_term: true }")
    return text + (relu(name + "_relu", name) if with_relu else "")


def resnet(depth, blocks):
    """As MSRA wrote them; in the deeper ones blocks are called b1, b2 and so on."""
    text = header(f"ResNet-{depth}", 224, 224) + conv_bn("conv1", "_conv1", "data", 64, 7,
                                                   "pad: 3 stride: 2", True)
    text += pool("pool1", "conv1", "MAX", 3, 2)
    at = "pool1"
    for stage, (n, many) in enumerate(zip((64, 128, 256, 512), blocks), 2):
        for block in range(many):
            letters = many <= 6 and (depth == 50 or stage in (2, 5))
            tail = f"{stage}{'abcdef'[block] if letters else 'a' if block == 0 else f'b{block}'}"
            stride = "stride: 2" if block == 0 and stage > 2 else "stride: 1"
            shortcut = at
            if block == 0:
                text += conv_bn(f"res{tail}_branch1", f"{tail}_branch1", at, 4 * n, 1, stride,
                                False)
                shortcut = f"res{tail}_branch1"
            branch = f"{tail}_branch2"
            text += conv_bn(f"res{branch}a", f"{branch}a", at, n, 1, stride, True)
            text += conv_bn(f"res{branch}b", f"{branch}b", f"res{branch}a", n, 3,
                            "pad: 1 stride: 1", True)
            text += conv_bn(f"res{branch}c", f"{branch}c", f"res{branch}b", 4 * n, 1, "stride: 1",
                            False)
            text += layer(f"res{tail}", "Eltwise", f"{shortcut} res{branch}c")
            text += relu(f"res{tail}_relu", f"res{tail}")
            at = f"res{tail}"
    return text + pool("pool5", at, "AVE", 7, 1) + dense("fc1000", "pool5", 1000) + layer(
        "prob", "Softmax", "fc1000")


def resnet50():
    return resnet(50, (3, 4, 6, 3))


def resnet101():
    return resnet(101, (3, 4, 23, 3))


def layers():
    """Every layer that is imported, on odd sizes."""
    return "".join([
        header("layers", 37, 45),
        layer("c1", "Convolution", "data", None,
              "convolution_param { num_output: 8 kernel_h: 3 kernel_w: 5 stride_h: 1 stride_w: 2 "
              "pad_h: 1 pad_w: 0 }"),
        layer("leaky", "ReLU", "c1", None, "relu_param { negative_slope: 0.1 }"),
        conv("dilated", "leaky", 8, 3, "dilation: 2 pad: 2 group: 2"),
        layer("within", "LRN", "dilated", None,
              "lrn_param { norm_region: WITHIN_CHANNEL local_size: 3 alpha: 0.5 }"),
        layer("prelu", "PReLU", "within"),
        pool("ave", "prelu", "AVE", 3, 2, "pad: 1"),
        pool("max", "prelu", "MAX", 3, 2, "pad: 1"),
        layer("sum", "Eltwise", "ave max ave", None,
              "eltwise_param { coeff: 1 coeff: -1 coeff: 0.5 }"),
        layer("prod", "Eltwise", "sum max", None, "eltwise_param { operation: PROD }"),
        layer("most", "Eltwise", "sum max", None, "eltwise_param { operation: MAX }"),
        layer("sig", "Sigmoid", "prod"), layer("tan", "TanH", "most"), layer("elu", "ELU", "sum"),
        layer("pow", "Power", "elu", None, "power_param { scale: 2 shift: -0.5 }"),
        layer("cat", "Concat", "sig tan pow"),
        layer("bn", "BatchNorm", "cat"), layer("sc", "Scale", "bn", None,
                                               "scale_param { bias_term: true }"),
        layer("bi", "Bias", "sc"),
        'layer { name: "cut" type: "Slice" bottom: "bi" top: "cut_a" top: "cut_b" '
        "slice_param { slice_point: 10 } }\n",
        layer("up", "Deconvolution", "cut_b", None,
              "convolution_param { num_output: 4 kernel_size: 4 stride: 2 pad: 1 }"),
        layer("turn", "Permute", "cut_a", None,
              "permute_param { order: 0 order: 2 order: 3 order: 1 }"),
        layer("flat", "Flatten", "turn"),
        layer("shape", "Reshape", "flat", None,
              "reshape_param { shape { dim: 0 dim: -1 dim: 10 } }"),
        dense("fc", "up", 11), layer("prob", "Softmax", "fc")])
