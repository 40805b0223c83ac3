# SPDX-License-Identifier: BSD-2-Clause
"""Single layers with odd parameters, and what they give, by PyTorch in double precision.

A case is a small graph: nodes (name, kind, inputs, attributes, weights by role) behind
"input", the shape of its input, and a function that says what comes out."""
import torch
import torch.nn.functional as F

CASES = {}  # name -> Case


class Case:
    def __init__(self, name, shape, nodes, expected):
        self.name, self.shape, self.nodes, self.expected = name, shape, nodes, expected
        assert name not in CASES
        CASES[name] = self


def node(kind, name="layer", inputs=("input",), weights=None, **attrs):
    return {"name": name, "kind": kind, "inputs": list(inputs), "attrs": attrs,
            "weights": weights or {}}


_gen = torch.Generator().manual_seed(20)


def rand(*shape):
    """Exact in float32, so that the double computation starts from the same numbers."""
    return torch.randn(*shape, generator=_gen)


def single(name, shape, kind, expected, weights=None, **attrs):
    Case(name, shape, [node(kind, weights=weights, **attrs)], expected)


def padded(x, pad, value=0.0):
    top, left, bottom, right = pad
    return F.pad(x, (left, right, top, bottom), value=value)


# ---- Convolution: oc, ic, kernel; options ----

def conv(name, shape, oc, kernel, stride=(1, 1), pad=(0, 0, 0, 0), dilation=(1, 1), groups=1,
         bias=True):
    w = rand(oc, shape[1] // groups, *kernel)
    weights = {"weight": w}
    if bias:
        weights["bias"] = rand(oc)

    def expected(x):
        b = weights["bias"].double() if bias else None
        return F.conv2d(padded(x, pad), w.double(), b, stride, 0, dilation, groups)

    single("conv_" + name, shape, "conv2d", expected, weights, stride=list(stride), pad=list(pad),
           dilation=list(dilation), groups=groups)


conv("3x3", (1, 5, 9, 11), 7, (3, 3), pad=(1, 1, 1, 1))
conv("3x3_no_bias", (1, 5, 9, 11), 7, (3, 3), pad=(1, 1, 1, 1), bias=False)
conv("3x3_stride_2", (1, 4, 9, 12), 6, (3, 3), (2, 2), (1, 1, 1, 1))
conv("batch_of_3", (3, 4, 7, 6), 5, (3, 3), (2, 1), (1, 1, 1, 1))
conv("dilation_2", (1, 3, 11, 9), 4, (3, 3), (1, 1), (2, 2, 2, 2), (2, 2))
conv("dilation_1x3_stride_2x1", (1, 3, 10, 13), 4, (3, 3), (2, 1), (0, 1, 1, 2), (1, 3))
conv("groups_3", (1, 6, 8, 7), 9, (3, 3), (1, 1), (1, 1, 1, 1), groups=3)
conv("groups_2_stride_2_1x1", (2, 6, 7, 8), 4, (1, 1), (2, 2), groups=2)
conv("depthwise_3x3", (1, 7, 9, 10), 7, (3, 3), (1, 1), (1, 1, 1, 1), groups=7)
conv("depthwise_3x3_stride_2", (2, 5, 9, 10), 5, (3, 3), (2, 2), (1, 1, 1, 1), groups=5)
conv("depthwise_5x5_no_bias", (1, 4, 8, 9), 4, (5, 5), (1, 1), (2, 2, 2, 2), groups=4, bias=False)
conv("depthwise_dilation_2", (1, 4, 9, 9), 4, (3, 3), (1, 1), (2, 2, 2, 2), (2, 2), groups=4)
conv("depthwise_times_2", (1, 4, 8, 9), 8, (3, 3), (1, 1), (1, 1, 1, 1), groups=4)
conv("asymmetric_pad", (1, 3, 7, 8), 5, (3, 3), (1, 1), (1, 2, 0, 3))
conv("depthwise_asymmetric_pad", (1, 3, 7, 8), 3, (3, 3), (2, 1), (0, 2, 1, 0), groups=3)
conv("pad_beyond_kernel", (1, 2, 4, 5), 3, (2, 2), (1, 1), (3, 3, 3, 3))
conv("1x7", (1, 4, 6, 12), 5, (1, 7), (1, 1), (0, 3, 0, 3))
conv("7x1", (1, 4, 12, 6), 5, (7, 1), (1, 1), (3, 0, 3, 0))
conv("1x1", (1, 9, 5, 7), 11, (1, 1))
conv("1x1_stride_3", (1, 5, 10, 8), 6, (1, 1), (3, 3), bias=False)
conv("11x11_stride_4", (1, 3, 31, 27), 4, (11, 11), (4, 4), (2, 2, 2, 2))
conv("whole_input", (2, 3, 5, 4), 6, (5, 4))
conv("to_one_channel", (1, 8, 6, 5), 1, (3, 3), (1, 1), (1, 1, 1, 1))
conv("from_one_channel", (1, 1, 6, 17), 20, (3, 3), (1, 1), (1, 1, 1, 1))


# ---- Pools ----

def positions(size, before, after, k, stride, ceil, caffe):
    room = size + before + after - k
    n = (-(-room // stride) if ceil else room // stride) + 1
    if ceil and (not caffe or before or after) and (n - 1) * stride >= size + before:
        n -= 1
    return n


def pool(name, shape, kind, kernel, stride, pad=(0, 0, 0, 0), ceil=0, caffe=0, count_pad=1):
    """By its definition, window by window; torch.nn has no asymmetric and no Caffe pool.
    Where it has the pool, the two are compared here."""
    is_max = kind == "maxpool2d"
    top, left, bottom, right = pad

    def expected(x):
        h, w = x.shape[2:]
        out_h = positions(h, top, bottom, kernel[0], stride[0], ceil, caffe)
        out_w = positions(w, left, right, kernel[1], stride[1], ceil, caffe)
        out = torch.empty(*x.shape[:2], out_h, out_w, dtype=x.dtype)
        for oy in range(out_h):
            for ox in range(out_w):
                y0, x0 = oy * stride[0] - top, ox * stride[1] - left
                y1, x1 = min(y0 + kernel[0], h + bottom), min(x0 + kernel[1], w + right)
                area = (y1 - y0) * (x1 - x0)
                y0, x0, y1, x1 = max(y0, 0), max(x0, 0), min(y1, h), min(x1, w)
                window = x[:, :, y0:y1, x0:x1]
                if not count_pad:
                    area = (y1 - y0) * (x1 - x0)
                out[:, :, oy, ox] = window.amax((2, 3)) if is_max else window.sum((2, 3)) / area
        if not caffe and top == bottom and left == right:
            like = (F.max_pool2d(x, kernel, stride, (top, left), ceil_mode=bool(ceil)) if is_max
                    else F.avg_pool2d(x, kernel, stride, (top, left), bool(ceil), bool(count_pad)))
            assert out.shape == like.shape and torch.allclose(out, like, rtol=1e-12, atol=1e-12)
        return out

    attrs = {"kernel": list(kernel), "stride": list(stride), "pad": list(pad), "ceil": ceil,
             "caffe": caffe}
    if not is_max:
        attrs["count_pad"] = count_pad
    single(name, shape, kind, expected, **attrs)


for kind, short in (("maxpool2d", "maxpool"), ("avgpool2d", "avgpool")):
    pool(short + "_2x2", (1, 3, 7, 8), kind, (2, 2), (2, 2))
    pool(short + "_3x3_stride_2_pad_1", (2, 3, 9, 8), kind, (3, 3), (2, 2), (1, 1, 1, 1))
    pool(short + "_ceil", (1, 3, 8, 10), kind, (3, 3), (2, 2), ceil=1)
    pool(short + "_ceil_pad_clips", (1, 2, 5, 7), kind, (3, 2), (3, 2), (1, 1, 1, 1), ceil=1)
    pool(short + "_ceil_stride_1_pad_1", (1, 3, 5, 6), kind, (3, 3), (1, 1), (1, 1, 1, 1), ceil=1)
    pool(short + "_caffe_ceil", (1, 3, 8, 10), kind, (3, 3), (2, 2), ceil=1, caffe=1)
    pool(short + "_caffe_ceil_pad_clips", (1, 2, 5, 7), kind, (3, 2), (3, 2), (1, 1, 1, 1), ceil=1,
         caffe=1)
    pool(short + "_odd", (1, 4, 9, 11), kind, (2, 3), (3, 2), (1, 1, 1, 1))
    pool(short + "_asymmetric_pad", (1, 3, 6, 7), kind, (3, 3), (2, 2), (0, 1, 2, 1))
    pool(short + "_every_second", (1, 3, 7, 8), kind, (1, 1), (2, 2))
    pool(short + "_wide", (1, 2, 4, 37), kind, (3, 3), (1, 2), (1, 1, 1, 1))
for ceil, caffe in ((0, 0), (1, 0), (1, 1)):
    pool("avgpool_pad_not_counted_%d%d" % (ceil, caffe), (1, 3, 8, 9), "avgpool2d", (3, 3), (2, 2),
         (1, 1, 1, 1), ceil, caffe, count_pad=0)

single("global_avgpool", (2, 5, 7, 6), "global_avgpool", lambda x: x.mean((2, 3), keepdim=True))
for h, w, to in ((7, 9, (3, 5)), (2, 3, (6, 6)), (13, 8, (7, 7)), (5, 4, (1, 1)), (6, 6, (6, 6)),
                 (10, 11, (4, 7))):
    single("adaptive_%dx%d_to_%dx%d" % (h, w, *to), (1, 4, h, w), "adaptive_avgpool2d",
           lambda x, to=to: F.adaptive_avg_pool2d(x, to), output=list(to))


# ---- The others ----

def batchnorm(name, shape, eps=1e-5, affine=True):
    c = shape[1]
    weights = {"mean": rand(c), "var": rand(c).abs() + 0.05}
    if affine:
        weights.update(weight=rand(c), bias=rand(c))

    def expected(x):
        d = {k: v.double() for k, v in weights.items()}
        return F.batch_norm(x, d["mean"], d["var"], d.get("weight"), d.get("bias"), eps=eps)

    nodes = [node("batchnorm", weights=weights, eps=eps)]
    if len(shape) == 2:
        nodes = [node("flatten", "flat")] + [node("batchnorm", inputs=["flat"], weights=weights,
                                                  eps=eps)]
        Case(name, (*shape, 1, 1), nodes, lambda x: expected(x.flatten(1)))
    else:
        Case(name, shape, nodes, expected)


batchnorm("batchnorm", (2, 7, 5, 6))
batchnorm("batchnorm_eps", (1, 4, 3, 3), eps=1e-3)
batchnorm("batchnorm_plain", (1, 4, 5, 3), affine=False)
batchnorm("batchnorm_rank_2", (3, 9))


def dense(name, batch, in_c, out_c, bias=True):
    weights = {"weight": rand(out_c, in_c)}
    if bias:
        weights["bias"] = rand(out_c)
    nodes = [node("flatten", "flat"), node("dense", inputs=["flat"], weights=weights)]
    Case(name, (batch, in_c, 1, 1), nodes,
         lambda x: F.linear(x.flatten(1), weights["weight"].double(),
                            weights["bias"].double() if bias else None))


dense("dense", 1, 13, 9)
dense("dense_batch_of_5", 5, 18, 7)
dense("dense_no_bias", 2, 67, 3, bias=False)

single("relu", (1, 3, 5, 7), "relu", F.relu)
single("dropout", (1, 3, 5, 7), "dropout", lambda x: x)
single("identity", (1, 3, 5, 7), "identity", lambda x: x)
single("flatten", (2, 3, 4, 5), "flatten", lambda x: x.flatten(1), axis=1)
single("softmax_channels", (2, 6, 3, 4), "softmax", lambda x: F.softmax(x, 1), axis=1)
Case("softmax_rank_2", (3, 11, 1, 1), [node("flatten", "flat"),
                                       node("softmax", inputs=["flat"], axis=1)],
     lambda x: F.softmax(x.flatten(1), 1))
for size, alpha, beta, k in ((5, 0.3, 0.75, 1.0), (3, 1.5, 0.5, 2.0), (1, 0.2, 1.0, 1.0),
                             (9, 1e-4, 0.75, 1.0)):
    single("lrn_%d" % size, (2, 7, 3, 4), "lrn",
           lambda x, s=size, a=alpha, b=beta, k=k: F.local_response_norm(x, s, a, b, k),
           size=size, alpha=alpha, beta=beta, k=k)
single("pad", (1, 3, 4, 5), "pad", lambda x: F.pad(x, (1, 2, 3, 0, 0, 0)), pad=[0, 0, 3, 0, 1, 2])
single("pad_channels", (2, 3, 4, 5), "pad", lambda x: F.pad(x, (0, 0, 0, 0, 2, 1)),
       pad=[2, 1, 0, 0, 0, 0])
single("pad_value", (1, 2, 4, 3), "pad", lambda x: F.pad(x, (0, 1, 2, 3, 1, 2), value=-1.5),
       pad=[1, 2, 2, 3, 0, 1], value=-1.5)
Case("concat", (2, 3, 4, 5),
     [node("relu", "a"), node("pad", "b", pad=[1, 1, 0, 0, 0, 0], value=0.25),
      node("concat", inputs=["a", "input", "b"], axis=1)],
     lambda x: torch.cat([F.relu(x), x, F.pad(x, (0, 0, 0, 0, 1, 1), value=0.25)], 1))
Case("concat_rank_2", (2, 6, 1, 1),
     [node("flatten", "a"), node("relu", "b", ["a"]), node("concat", inputs=["b", "a"], axis=1)],
     lambda x: torch.cat([F.relu(x.flatten(1)), x.flatten(1)], 1))
Case("add", (2, 3, 4, 5), [node("relu", "a"), node("add", inputs=["a", "input"])],
     lambda x: F.relu(x) + x)
Case("add_to_itself", (1, 3, 4, 5), [node("relu", "a"), node("add", inputs=["a", "a"])],
     lambda x: 2 * F.relu(x))


# ---- Shapes ----

def chain(name, shape, nodes, expected):
    """Nodes one behind the other: (kind, attributes[, weights])."""
    made, last = [], "input"
    for i, (kind, attrs, *weights) in enumerate(nodes):
        made.append(node(kind, "n%d" % i, [last], *weights, **attrs))
        last = made[-1]["name"]
    Case(name, shape, made, expected)


for axis in (0, 2, 3, 4, -1):
    single("flatten_axis_%d" % axis, (2, 3, 4, 5), "flatten",
           lambda x, a=axis: x.reshape(
               -1 if a == 4 else int(torch.tensor(x.shape[:a]).prod()) if a else 1,
               1 if a == 4 else int(torch.tensor(x.shape[a:]).prod())), axis=axis)
chain("reshape", (2, 3, 4, 5), [("reshape", {"shape": [0, -1, 2, 2]})],
      lambda x: x.reshape(2, 15, 2, 2))
chain("reshape_and_back", (1, 6, 4, 5),
      [("reshape", {"shape": [0, 2, 3, -1]}), ("relu", {}), ("reshape", {"shape": [1, 6, 4, 5]})],
      F.relu)
chain("shuffle", (2, 12, 5, 3),
      [("reshape", {"shape": [2, 3, 4, 5, 3]}), ("transpose", {"axes": [0, 2, 1, 3, 4]}),
       ("reshape", {"shape": [0, 12, 5, 3]})],
      lambda x: F.channel_shuffle(x, 3))
for axes in ((0, 2, 3, 1), (0, 3, 1, 2), (3, 2, 1, 0), (1, 0, 2, 3), (0, 1, 3, 2), (2, 0, 3, 1)):
    single("transpose_%d%d%d%d" % axes, (2, 3, 17, 18), "transpose",
           lambda x, a=axes: x.permute(a), axes=list(axes))
single("slice", (2, 6, 7, 8), "slice", lambda x: x[0:2, 1:5, 1:7:2, 2:],
       begin=[0, 1, 1, 2], end=[2, -1, 7, 2 ** 31], step=[1, 1, 2, 1])
single("slice_backwards", (2, 6, 7, 8), "slice",
       lambda x: x.flip(2, 3)[:, -3:, ::2], begin=[0, -3, -1, 99], end=[99, 99, -99, -2 ** 31],
       step=[1, 1, -2, -1])
for axis in (0, 2, 3, -1, -3):
    Case("concat_axis_%d" % axis, (2, 3, 4, 5),
         [node("relu", "a"), node("concat", inputs=["a", "input", "a"], axis=axis)],
         lambda x, a=axis: torch.cat([F.relu(x), x, F.relu(x)], a))
for mode, word in ((0, "constant"), (1, "reflect"), (2, "replicate")):
    single("pad_nd_" + word, (2, 3, 4, 5), "pad_nd",
           lambda x, m=word: F.pad(x, (2, 1, 3, 0), m, **({"value": 0.5} if m == "constant" else {})),
           before=[0, 0, 3, 2], after=[0, 0, 0, 1], mode=mode, value=0.5)
single("pad_nd_all_axes", (2, 3, 4, 5), "pad_nd", lambda x: F.pad(x, (1, 2, 3, 4, 5, 6, 7, 8)),
       before=[7, 5, 3, 1], after=[8, 6, 4, 2])

# ---- Along axes ----

for kind, what in (("mean", torch.mean), ("sum", torch.sum), ("max", torch.amax)):
    for axes in ((2, 3), (1,), (0, 2), (3,), (-1, 1)):
        for keep in (0, 1):
            single("reduce_%s_%s_%d" % (kind, "".join(map(str, axes)), keep), (2, 3, 5, 19),
                   "reduce_" + kind, lambda x, w=what, a=axes, k=keep: w(x, a, keepdim=bool(k)),
                   axes=list(axes), keep=keep)
    single("reduce_%s_all" % kind, (2, 5, 7, 6), "reduce_" + kind,
           lambda x, w=what: w(x, (0, 1, 2, 3)).reshape(1), axes=[0, 1, 2, 3], keep=0)
for axis in (0, 2, 3, -3):
    single("softmax_axis_%d" % axis, (2, 6, 3, 4), "softmax", lambda x, a=axis: F.softmax(x, a),
           axis=axis)
for axis in (1, -1):
    single("log_softmax_axis_%d" % axis, (2, 6, 3, 4), "log_softmax",
           lambda x, a=axis: F.log_softmax(x, a), axis=axis)
Case("matmul", (2, 3, 5, 7),
     [node("transpose", "t", axes=[0, 1, 3, 2]), node("matmul", inputs=["input", "t"])],
     lambda x: x @ x.transpose(2, 3))
Case("matmul_broadcast", (2, 3, 35, 19),
     [node("reduce_mean", "m", axes=[1]), node("transpose", "t", ["m"], axes=[0, 1, 3, 2]),
      node("matmul", inputs=["input", "t"])],
     lambda x: x @ x.mean(1, keepdim=True).transpose(2, 3))
Case("matmul_rank_2", (4, 300, 1, 1),
     [node("flatten", "f"), node("transpose", "t", ["f"], axes=[1, 0]),
      node("matmul", inputs=["f", "t"])],
     lambda x: x.flatten(1) @ x.flatten(1).T)

# ---- Windows and pixels ----

single("global_maxpool", (2, 5, 7, 6), "global_maxpool", lambda x: x.amax((2, 3), keepdim=True))
for ceil in (0, 1):
    single("maxpool_dilation_%d" % ceil, (2, 18, 11, 10), "maxpool2d",
           lambda x, c=ceil: F.max_pool2d(x, (3, 2), (2, 1), (1, 1), (2, 3), bool(c)),
           kernel=[3, 2], stride=[2, 1], pad=[1, 1, 1, 1], dilation=[2, 3], ceil=ceil)


def conv_transpose(name, shape, oc, kernel, stride=(1, 1), pad=(0, 0), dilation=(1, 1), groups=1,
                   output_pad=(0, 0), bias=True):
    w = rand(shape[1], oc // groups, *kernel)
    weights = {"weight": w}
    if bias:
        weights["bias"] = rand(oc)
    b = weights["bias"].double() if bias else None
    single("conv_transpose_" + name, shape, "conv_transpose2d",
           lambda x: F.conv_transpose2d(x, w.double(), b, stride, pad, output_pad, groups,
                                        dilation),
           weights, stride=list(stride), pad=[*pad, *pad], dilation=list(dilation), groups=groups,
           output_pad=list(output_pad))


conv_transpose("2x2_stride_2", (2, 6, 5, 7), 4, (2, 2), (2, 2))
conv_transpose("3x3", (1, 5, 6, 9), 7, (3, 3), pad=(1, 1))
conv_transpose("4x4_stride_2_pad_1", (1, 8, 5, 6), 3, (4, 4), (2, 2), (1, 1), bias=False)
conv_transpose("3x3_stride_2_output_pad", (1, 4, 5, 6), 6, (3, 3), (2, 2), (1, 1),
               output_pad=(1, 1))
conv_transpose("groups_2_dilation_2x3", (2, 6, 4, 5), 8, (3, 2), (1, 3), (2, 1), (2, 3), 2)
conv_transpose("depthwise", (1, 5, 4, 6), 5, (4, 4), (2, 2), (1, 1), groups=5)
conv_transpose("stride_beyond_kernel", (1, 3, 4, 5), 4, (2, 1), (3, 4))
_up = rand(20, 6, 2, 2)
chain("conv_transpose_relu", (1, 20, 5, 6),
      [("conv_transpose2d", {"stride": [2, 2]}, {"weight": _up}), ("relu", {})],
      lambda x: F.relu(F.conv_transpose2d(x, _up.double(), stride=2)))
chain("conv_transpose_groups_relu", (1, 20, 5, 6),
      [("conv_transpose2d", {"groups": 2}, {"weight": _up}), ("relu", {})],
      lambda x: F.relu(F.conv_transpose2d(x, _up.double(), groups=2)))

_norm = {"weight": rand(6), "bias": rand(6)}
single("instance_norm", (2, 6, 5, 7), "instance_norm",
       lambda x: F.instance_norm(x, weight=_norm["weight"].double(), bias=_norm["bias"].double(),
                                 eps=1e-3), _norm, eps=1e-3)
for to in ((10, 14), (3, 4), (7, 5), (1, 1), (5, 7)):
    single("resize_nearest_%dx%d" % to, (1, 3, 5, 7), "resize2d",
           lambda x, to=to: F.interpolate(x, to, mode="nearest"), size=list(to), coords=1, round=2)
    single("resize_nearest_exact_%dx%d" % to, (1, 3, 5, 7), "resize2d",
           lambda x, to=to: F.interpolate(x, to, mode="nearest-exact"), size=list(to), coords=0,
           round=1)
    single("resize_linear_%dx%d" % to, (1, 3, 5, 7), "resize2d",
           lambda x, to=to: F.interpolate(x, to, mode="bilinear", align_corners=False),
           size=list(to), linear=1)
    single("resize_corners_%dx%d" % to, (1, 3, 5, 7), "resize2d",
           lambda x, to=to: F.interpolate(x, to, mode="bilinear", align_corners=True),
           size=list(to), linear=1, coords=2)
single("resize_scale", (2, 3, 5, 7), "resize2d",
       lambda x: F.interpolate(x, scale_factor=(2.0, 1.5), mode="bilinear",
                               recompute_scale_factor=False),
       scale_h=2.0, scale_w=1.5, linear=1)


def steps(x, scale, zero, low, high):
    return torch.clamp(torch.round(x / scale) + zero, low, high)


_scale, _zero = torch.tensor([0.25]), torch.tensor([3.0])
chain("quantize", (2, 5, 4, 3),
      [("quantize", {"min": -8.0, "max": 7.0}, {"scale": _scale, "zero": _zero}),
       ("dequantize", {}, {"scale": _scale, "zero": _zero})],
      lambda x: (steps(x, 0.25, 3, -8, 7) - 3) * 0.25)
_scales = torch.tensor([0.25, 0.5, 0.125, 1.0, 2.0])
chain("quantize_per_channel", (2, 5, 4, 3),
      [("quantize", {"min": -128.0, "max": 127.0, "axis": -3}, {"scale": _scales}),
       ("dequantize", {"axis": 1}, {"scale": _scales})],
      lambda x: steps(x, _scales.double().view(5, 1, 1), 0, -128, 127) *
      _scales.double().view(5, 1, 1))
for size in (1, 3, 5):
    single("lrn_within_%d" % size, (2, 3, 6, 7), "lrn",
           lambda x, s=size: x / (1 + 0.5 * F.avg_pool2d(x * x, s, 1, s // 2)) ** 0.75,
           size=size, alpha=0.5, beta=0.75, within=1)
Case("constant", (2, 3, 4, 5),
     [node("constant", "c", [], {"value": rand(2, 3, 4, 5)}),
      node("concat", inputs=["input", "c"], axis=1)], None)
CASES["constant"].expected = lambda x: torch.cat(
    [x, CASES["constant"].nodes[0]["weights"]["value"].double()], 1)

# ---- Element by element ----

for kind, what, attrs in (
        ("leaky_relu", lambda x: F.leaky_relu(x, 0.01), {}),
        ("leaky_relu", lambda x: F.leaky_relu(x, 0.3), {"alpha": 0.3}),
        ("elu", F.elu, {}), ("elu", lambda x: F.elu(x, 0.7), {"alpha": 0.7}),
        ("clip", lambda x: x, {}), ("clip", lambda x: x.clamp(-0.5, 0.75),
                                    {"min": -0.5, "max": 0.75}),
        ("clip", lambda x: x.clamp(min=0.25), {"min": 0.25}),
        ("clip", lambda x: x.clamp(max=-0.25), {"max": -0.25}),
        ("sigmoid", torch.sigmoid, {}), ("tanh", torch.tanh, {}), ("erf", torch.erf, {}),
        ("silu", F.silu, {}), ("hard_swish", F.hardswish, {}),
        ("hard_sigmoid", lambda x: (0.2 * x + 0.5).clamp(0, 1), {}),
        ("hard_sigmoid", F.hardsigmoid, {"alpha": 1 / 6, "beta": 0.5}),
        ("gelu", F.gelu, {}), ("gelu", lambda x: F.gelu(x, approximate="tanh"), {"tanh": 1})):
    word = kind + "".join("_" + k for k in attrs)
    for name, n in ((word, 1), (word + "_wide", 6)):  # wide: into the flat ends
        chain(name, (1, 17, 2, 3),
              [("batchnorm", {"eps": 0.0}, {"mean": torch.zeros(17), "var": torch.ones(17) / n / n}),
               (kind, attrs)], lambda x, w=what, n=n: w(n * x))
for name, n in (("prelu", 19), ("prelu_one", 1)):
    _slope = rand(n)
    single(name, (2, 19, 3, 5), "prelu", lambda x, s=_slope: F.prelu(x, s.double()),
           {"slope": _slope})
    chain(name + "_blocked", (2, 19, 3, 5),
          [("maxpool2d", {"kernel": [1, 1]}), ("prelu", {}, {"slope": _slope})],
          lambda x, s=_slope: F.prelu(x, s.double()))
    chain(name + "_rank_2", (2, 19, 1, 1), [("flatten", {}), ("prelu", {}, {"slope": _slope})],
          lambda x, s=_slope: F.prelu(x.flatten(1), s.double()))
    chain(name + "_rank_5", (2, 19, 4, 6),
          [("reshape", {"shape": [2, 19, 2, 2, 6]}), ("prelu", {}, {"slope": _slope}),
           ("reshape", {"shape": [2, 19, 4, 6]})], lambda x, s=_slope: F.prelu(x, s.double()))


def scaled(x, weights):
    """Channels in axis 1."""
    view = [1, -1] + [1] * (x.dim() - 2)
    if "mean" in weights:
        x = (x - weights["mean"].double().view(view)) / torch.sqrt(
            weights["var"].double().view(view) + 1e-5)
    x = x * weights["weight"].double().view(view) if "weight" in weights else x
    return x + weights["bias"].double().view(view) if "bias" in weights else x


_by = {"weight": rand(19), "bias": rand(19)}
_stats = {"mean": rand(19), "var": rand(19).abs() + 0.05}
for name, roles in (("scale", ("weight", "bias")), ("scale_weight", ("weight",)),
                    ("scale_bias", ("bias",))):
    _some = {role: _by[role] for role in roles}
    single(name, (2, 19, 3, 5), "scale", lambda x, w=_some: scaled(x, w), _some)
chain("scale_rank_2", (2, 19, 1, 1), [("flatten", {}), ("scale", {}, _by)],
      lambda x: scaled(x.flatten(1), _by))
chain("scale_rank_5", (2, 19, 4, 6),
      [("reshape", {"shape": [2, 19, 2, 2, 6]}), ("scale", {}, _by),
       ("reshape", {"shape": [2, 19, 4, 6]})], lambda x: scaled(x, _by))
_to_19 = {"weight": rand(19, 5, 3, 3), "bias": rand(19)}
_1x1 = {"weight": rand(7, 19, 1, 1)}
chain("batchnorm_scale_relu", (2, 19, 3, 5),
      [("batchnorm", {}, _stats), ("scale", {}, _by), ("relu", {})],
      lambda x: F.relu(scaled(scaled(x, _stats), _by)))
chain("conv_batchnorm_scale_relu", (2, 5, 6, 7),
      [("conv2d", {"pad": [1, 1, 1, 1]}, _to_19), ("batchnorm", {}, _stats), ("scale", {}, _by),
       ("relu", {})],
      lambda x: F.relu(scaled(scaled(F.conv2d(x, _to_19["weight"].double(),
                                              _to_19["bias"].double(), padding=1), _stats), _by)))
chain("batchnorm_scale_relu_conv", (2, 19, 3, 5),
      [("batchnorm", {}, _stats), ("scale", {}, _by), ("relu", {}), ("conv2d", {}, _1x1)],
      lambda x: F.conv2d(F.relu(scaled(scaled(x, _stats), _by)), _1x1["weight"].double()))

BINARY = (("add", torch.add), ("sub", torch.sub), ("mul", torch.mul), ("max", torch.maximum),
          ("div", torch.div))
for kind, what in BINARY:
    far = [node("relu", "r"), node("add", "far", ["r", "one"])]  # no division by 0
    one = node("constant", "one", [], {"value": torch.ones(1)})
    Case(kind + "_equal", (2, 19, 3, 5), [one, *far, node(kind, inputs=["input", "far"])],
         lambda x, w=what: w(x, F.relu(x) + 1))
    for shape in ((1,), (5,), (3, 1), (19, 1, 1), (1, 19, 1, 1), (2, 1, 3, 1), (2, 19, 1, 1),
                  (1, 1, 1, 1), (2, 19, 1, 5)):
        text = kind + "_" + "x".join(map(str, shape))
        _value = rand(*shape)
        _value = _value + _value.sign()
        c = node("constant", "c", [], {"value": _value})
        pool = node("maxpool2d", "pool", kernel=[1, 1])  # writes blocks
        Case(text, (2, 19, 3, 5), [c, pool, node(kind, inputs=["pool", "c"])],
             lambda x, w=what, v=_value: w(x, v.double()))
        if kind == "sub":
            Case(text + "_left", (2, 19, 3, 5), [c, node(kind, inputs=["c", "input"])],
                 lambda x, w=what, v=_value: w(v.double(), x))
_gate = {"weight": rand(19, 19, 1, 1), "bias": rand(19)}
for order in (0, 1):
    Case("squeeze_and_excite_%d" % order, (2, 19, 6, 7),
         [node("maxpool2d", "pool", kernel=[1, 1]), node("global_avgpool", "mean", ["pool"]),
          node("conv2d", "fc", ["mean"], _gate), node("sigmoid", "gate", ["fc"]),
          node("mul", inputs=["gate", "pool"] if order else ["pool", "gate"])],
         lambda x: x * torch.sigmoid(F.conv2d(x.mean((2, 3), keepdim=True),
                                              _gate["weight"].double(), _gate["bias"].double())))
