# SPDX-License-Identifier: BSD-2-Clause
"""The networks of torchvision as an oracle: weights that hide nothing, a narrow twin
of every family, and the value that every module returned.

torchvision's fresh weights would hide a dropped layer: biases and batch-norm means are
zero, scales and variances one. randomize() gives every parameter and statistic a value
that matters, and keeps activations at one scale through any depth, as in a trained net.
"""
import importlib
import warnings
from collections import OrderedDict

import torch
import torch.nn.functional as F
from torch import nn
from torchvision import models
from torchvision.models.densenet import DenseNet
from torchvision.models.resnet import BasicBlock, Bottleneck, ResNet
from torchvision.models.squeezenet import Fire
from torchvision.models.vgg import VGG, make_layers

FULL = (
    "alexnet vgg11 vgg13 vgg16 vgg19 vgg11_bn vgg13_bn vgg16_bn vgg19_bn googlenet "
    "resnet18 resnet34 resnet50 resnet101 resnet152 wide_resnet50_2 wide_resnet101_2 "
    "resnext50_32x4d resnext101_32x8d resnext101_64x4d densenet121 densenet161 densenet169 "
    "densenet201 squeezenet1_0 squeezenet1_1"
).split()


# ---- CIFAR ResNets with option A shortcuts: no parameters, channels padded with zeros ----

class PadShortcut(nn.Module):
    """Every second row and column; a quarter of the new channels before and after."""

    def __init__(self, pad):
        super().__init__()
        self.pad = pad

    def forward(self, x):
        return F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, self.pad, self.pad))


class CifarBlock(nn.Module):
    def __init__(self, in_c, out_c, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(in_c, out_c, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(out_c)
        self.conv2 = nn.Conv2d(out_c, out_c, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(out_c)
        self.relu = nn.ReLU()  # a module, so that its runs are recorded by name
        same = stride == 1 and in_c == out_c
        self.shortcut = nn.Sequential() if same else PadShortcut((out_c - in_c) // 2)

    def forward(self, x):
        y = self.relu(self.bn1(self.conv1(x)))
        return self.relu(self.bn2(self.conv2(y)) + self.shortcut(x))


class CifarResNet(nn.Module):
    def __init__(self, blocks=(3, 3, 3), width=16, classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(3, width, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU()
        in_c = width
        for i, n in enumerate(blocks):
            out_c = width << i
            layers = [CifarBlock(in_c if k == 0 else out_c, out_c, 2 if k == 0 and i > 0 else 1)
                      for k in range(n)]
            setattr(self, "layer%d" % (i + 1), nn.Sequential(*layers))
            in_c = out_c
        self.linear = nn.Linear(in_c, classes)

    def forward(self, x):
        x = self.relu(self.bn1(self.conv1(x)))
        x = self.layer3(self.layer2(self.layer1(x)))
        return self.linear(torch.flatten(F.adaptive_avg_pool2d(x, 1), 1))


# ---- Building ----

def full(name, classes=1000):
    """A net of torchvision's own width, or "resnet20_cifar"; weights not yet useful."""
    if name == "resnet20_cifar":
        return CifarResNet().eval()
    options = {}
    if name == "googlenet":
        options = {"aux_logits": True, "init_weights": False}
    if name == "resnext101_64x4d" and not hasattr(models, name):
        return ResNet(Bottleneck, [3, 4, 23, 3], groups=64, width_per_group=4).eval()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return getattr(models, name)(weights=None, num_classes=classes, **options).eval()


def _narrow_alexnet(classes):
    net = models.alexnet(weights=None, num_classes=classes)
    width = {0: (3, 8), 3: (8, 12), 6: (12, 16), 8: (16, 12), 10: (12, 10)}
    for i, (a, b) in width.items():
        old = net.features[i]
        net.features[i] = nn.Conv2d(a, b, old.kernel_size, old.stride, old.padding)
    net.classifier[1] = nn.Linear(10 * 36, 24)
    net.classifier[4] = nn.Linear(24, 20)
    net.classifier[6] = nn.Linear(20, classes)
    return net


def _narrow_vgg(cfg, bn, classes):
    net = VGG(make_layers(cfg, batch_norm=bn), num_classes=classes, init_weights=False)
    last = [c for c in cfg if c != "M"][-1]
    net.classifier[0] = nn.Linear(last * 49, 16)
    net.classifier[3] = nn.Linear(16, 12)
    net.classifier[6] = nn.Linear(12, classes)
    return net


def _narrow_googlenet(classes):
    m = importlib.import_module("torchvision.models.googlenet")

    def conv(in_c, out_c, **kw):
        return m.BasicConv2d(in_c if in_c == 3 else in_c // 8, out_c // 8, **kw)

    def inception(*c):
        return m.Inception(*[v // 8 for v in c])

    class Aux(nn.Module):
        def __init__(self, in_c, n, dropout):
            super().__init__()
            self.conv = m.BasicConv2d(in_c // 8, 4, kernel_size=1)
            self.fc1 = nn.Linear(4 * 16, 8)
            self.fc2 = nn.Linear(8, n)

    net = m.GoogLeNet(classes, aux_logits=True, init_weights=False, blocks=[conv, inception, Aux])
    net.fc = nn.Linear(128, classes)
    return net


class _NarrowResNet(ResNet):
    """torchvision's ResNet at a sixteenth of its width."""

    def _make_layer(self, block, planes, blocks, stride=1, dilate=False):
        if planes == 64:
            self.inplanes = 4
            self.conv1 = nn.Conv2d(3, 4, 7, 2, 3, bias=False)
            self.bn1 = nn.BatchNorm2d(4)
        return super()._make_layer(block, planes // 16, blocks, stride, dilate)


def _narrow_resnet(block, layers, classes, **kw):
    net = _NarrowResNet(block, layers, num_classes=classes, **kw)
    net.fc = nn.Linear(32 * block.expansion, classes)
    return net


def _narrow_squeezenet(version, classes):
    net = models.SqueezeNet(version, classes)
    first = net.features[0]
    net.features[0] = nn.Conv2d(3, first.out_channels // 8, first.kernel_size, first.stride)
    for i, f in enumerate(net.features):
        if isinstance(f, Fire):
            net.features[i] = Fire(f.inplanes // 8, f.squeeze.out_channels // 8,
                                   f.expand1x1.out_channels // 8, f.expand3x3.out_channels // 8)
    net.classifier[1] = nn.Conv2d(64, classes, 1)
    return net


VGG11 = [4, "M", 6, "M", 8, 8, "M", 10, 10, "M", 12, 12, "M"]
VGG16 = [4, 4, "M", 6, 6, "M", 8, 8, 8, "M", 10, 10, 10, "M", 12, 12, 12, "M"]

NARROW = OrderedDict([
    ("alexnet", lambda c: _narrow_alexnet(c)),
    ("vgg11", lambda c: _narrow_vgg(VGG11, False, c)),
    ("vgg16_bn", lambda c: _narrow_vgg(VGG16, True, c)),
    ("googlenet", lambda c: _narrow_googlenet(c)),
    ("resnet18", lambda c: _narrow_resnet(BasicBlock, [2, 2, 2, 2], c)),
    ("resnet50", lambda c: _narrow_resnet(Bottleneck, [2, 1, 2, 1], c)),
    ("resnext50", lambda c: _narrow_resnet(Bottleneck, [1, 2, 1, 1], c, groups=4,
                                           width_per_group=32)),
    ("densenet", lambda c: DenseNet(growth_rate=4, block_config=(2, 3, 2, 2), bn_size=3,
                                    num_init_features=8, num_classes=c)),
    ("squeezenet1_0", lambda c: _narrow_squeezenet("1_0", c)),
    ("squeezenet1_1", lambda c: _narrow_squeezenet("1_1", c)),
    ("resnet14_cifar", lambda c: CifarResNet((2, 2, 2), 4, c)),
])


def narrow(name, classes):
    return NARROW[name](classes).eval()


# ---- Weights ----

def photo_like(n, h, w, gen):
    """Normalised pixels with structure at several scales, as a photo has."""
    x = torch.randn(n, 3, h, w, generator=gen) * 0.25
    for size in (3, 6, 13, 27):
        coarse = torch.randn(n, 3, size, size, generator=gen)
        x = x + 0.6 * F.interpolate(coarse, (h, w), mode="bilinear", align_corners=False)
    return x.contiguous()


def _uniform(n, lo, hi, gen):
    return torch.rand(n, generator=gen) * (hi - lo) + lo


# Random nets are chaotic unless they are tamed: the rounding of one layer grows through
# the next ones, and resnet152 in torch's float32 is 6e-4 away from torch in double. With
# these three values it stays below 1e-5, and a dropped layer still changes everything.
MEAN_KEPT = 0.75  # share of a channel's mean that no bias and no running mean removes
OFFSET = 1.6      # spread of biases, batch-norm shifts and means about what was measured
RESIDUAL = 0.25   # scale of the last batch-norm of a residual block


def randomize(net, seed, h, w, batch=2):
    """Random weights, biases, batch-norm affine and running statistics (variance 0.5
    to 2). One run on photo-like input brings the layers to scale, in order, each channel
    of a convolution to a size of 0.7 to 1.3 about a random offset. The choice depends on
    the seed alone (single-threaded torch)."""
    gen = torch.Generator().manual_seed(seed)

    def spread(y):
        dims = [d for d in range(y.dim()) if d != 1]
        y = y.double()
        mean = (1 - MEAN_KEPT) * y.mean(dims)
        rms = (y - mean.view([1, -1] + [1] * (y.dim() - 2))).square().mean(dims).sqrt()
        return mean, torch.maximum(rms, 0.1 * rms.mean() + 1e-12)

    def before(m, args):
        x = args[0]
        if isinstance(m, nn.Conv2d):
            m.weight.normal_(0, m.weight[0].numel() ** -0.5, generator=gen)
            if m.bias is not None:
                m.bias.zero_()
            mean, std = spread(m.forward(x))
            gain = _uniform(m.out_channels, 0.7, 1.3, gen) / std.float()
            m.weight.mul_(gain.view(-1, 1, 1, 1))
            if m.bias is not None:
                offset = torch.randn(m.out_channels, generator=gen) * OFFSET
                m.bias.copy_(offset - mean.float() * gain)
        elif isinstance(m, nn.BatchNorm2d):
            c = m.num_features
            mean, _ = spread(x)
            m.running_mean.copy_(mean.float() + torch.randn(c, generator=gen) * OFFSET)
            m.running_var.copy_(_uniform(c, 0.5, 2.0, gen))
            sign = torch.where(torch.rand(c, generator=gen) < 0.1, -1.0, 1.0)
            gain = RESIDUAL if m in closing else 1.0
            m.weight.copy_(_uniform(c, 0.6, 1.4, gen) * sign * gain)
            m.bias.copy_(torch.randn(c, generator=gen) * OFFSET * gain)
        elif isinstance(m, nn.Linear):
            m.weight.normal_(0, m.in_features ** -0.5, generator=gen)
            m.bias.zero_()
            y = m.forward(x)
            gain = 1.0 / (float(y.std()) + 1e-12)
            m.weight.mul_(gain)
            m.bias.copy_(torch.randn(m.out_features, generator=gen) * 0.4 - float(y.mean()) * gain)

    closing = {m.bn3 if isinstance(m, Bottleneck) else m.bn2 for m in net.modules()
               if isinstance(m, (BasicBlock, Bottleneck, CifarBlock))}
    with torch.no_grad():
        for p in list(net.parameters()):  # heads that do not run in eval mode
            p.normal_(0, 0.1, generator=gen)
        hooks = [m.register_forward_pre_hook(before) for m in net.modules()
                 if isinstance(m, (nn.Conv2d, nn.BatchNorm2d, nn.Linear))]
        net.eval()(photo_like(batch, h, w, gen))
        for hook in hooks:
            hook.remove()
    for name, b in net.named_buffers():
        if name.endswith("num_batches_tracked"):
            b.fill_(seed)
    return net


# ---- What every module returned ----

def record(net, x):
    """An ordered dict: name -> the value that the module returned, before any later
    in-place operation. A module that runs several times gives NAME.1, NAME.2 ... and
    NAME for the last run. Besides: the sum of a residual block as BLOCK.add, DenseNet's
    functional ReLU as features.relu5, and the net's own result as ""."""
    runs = OrderedDict()  # path -> values
    order = []            # (path, run)

    def after(path):
        def hook(_m, _args, out):
            if isinstance(out, torch.Tensor):
                runs.setdefault(path, []).append(out.detach().clone())
                order.append((path, len(runs[path])))
        return hook

    def residual(path):
        def hook(_m, args):
            runs[path] = [args[0].detach().clone()]  # the last run stays
            if (path, 1) not in order:
                order.append((path, 1))
        return hook

    hooks = []
    for path, m in net.named_modules():
        if isinstance(m, (BasicBlock, Bottleneck, CifarBlock)):
            hooks.append(m.relu.register_forward_pre_hook(residual(path + ".add")))
        hooks.append(m.register_forward_hook(after(path)))
    with torch.no_grad():
        net(x)
    for hook in hooks:
        hook.remove()

    values = OrderedDict()
    for path, run in order:
        n = len(runs[path])
        if n > 1:
            values["%s.%d" % (path, run)] = runs[path][run - 1]
        if run == n:
            values[path] = runs[path][-1]
    if isinstance(net, DenseNet):
        relu5 = OrderedDict()
        for name, v in values.items():
            relu5[name] = v
            if name == "features":
                relu5["features.relu5"] = F.relu(v)
        values = relu5
    return values


def health(values):
    """What is wrong with the scale of recorded values, as text; empty: nothing."""
    bad = []
    for name, v in values.items():
        if not bool(torch.isfinite(v).all()):
            bad.append("%s: not finite" % name)
            continue
        top, zeros = float(v.abs().max()), float((v == 0).double().mean())
        if top > 1e3 or top < 1e-2:
            bad.append("%s: largest magnitude %.3g" % (name, top))
        if zeros > 0.97:
            bad.append("%s: %.1f %% zeros" % (name, 100 * zeros))
        if name != "avgpool" and v.dim() == 4 and v.shape[2] * v.shape[3] > 16:
            flat = (v.double().std((2, 3)) == 0).double().mean()
            if float(flat) > 0.8:
                bad.append("%s: %.0f %% of the channels are flat" % (name, 100 * float(flat)))
    return bad
