# SPDX-License-Identifier: BSD-2-Clause
"""whole.py [OPTION...] EIGENCAM FOLDER PHOTO: one photo explained, from the start of the
process to the overlay on the disk: `eigencam explain` from a converted model file beside
a Python script that does the same with torchvision, Pillow and NumPy.

Files stay in the page cache; processes take turns; medians. Peak memory is what the
system counted for the process, mapped pages of weights included. FOLDER holds what
models.py made. Prints a Markdown table on stdout."""
import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
# Times faster than the Python script; MB of memory beyond the weights.
GOALS = {"resnet50": (15, 60), "vgg16": (8, 60)}


def explain_in_python(name, weights, photo, out):
    """The usual stack, in the process that is measured."""
    sys.path.insert(0, str(HERE.parents[1] / "tools/dev"))
    import numpy as np
    import torch
    from PIL import Image
    from torchvision import models, transforms

    net = getattr(models, name)()
    net.load_state_dict(torch.load(weights))
    net.eval()
    picture = Image.open(photo).convert("RGB")
    seen = transforms.Compose([transforms.Resize(256), transforms.CenterCrop(224)])(picture)
    x = transforms.Compose([transforms.ToTensor(), transforms.Normalize(
        [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])])(seen)
    taps = []
    layer = net.layer4[-1] if name.startswith("resnet") else net.features[-1]
    layer.register_forward_hook(lambda module, args, output: taps.append(output))
    with torch.no_grad():
        net(x[None])
    tap = taps[0][0].numpy()
    a = tap.reshape(tap.shape[0], -1).T
    _, _, vt = np.linalg.svd(a, full_matrices=True)
    cam = np.maximum((a @ vt[0]).reshape(tap.shape[1:]), 0)
    cam = (cam - cam.min()) / max(cam.max() - cam.min(), 1e-12)
    heat = np.asarray(Image.fromarray(np.uint8(255 * cam)).resize(seen.size, Image.BILINEAR),
                      "f") / 255
    colours = np.stack([heat, 1 - abs(2 * heat - 1), 1 - heat], -1)
    Image.fromarray(np.uint8(127.5 * colours + 0.5 * np.asarray(seen, "f"))).save(out)


def measure(command, env):
    """Wall seconds and peak MB of one process."""
    begin = time.monotonic()
    process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{' '.join(command)}: exit status {process.returncode}")
    return time.monotonic() - begin, usage.ru_maxrss * 1024 / 1e6


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("eigencam")
    parser.add_argument("folder")
    parser.add_argument("photo")
    args = parser.parse_args()
    env = {k: v for k, v in os.environ.items() if not k.startswith("OPENBLAS_")}
    print("| model | eigencam ms | its peak MB | weights MB | Python ms | its peak MB "
          "| times faster | must |\n|---|--:|--:|--:|--:|--:|--:|---|", flush=True)
    for name, (faster, room) in GOALS.items():
        weights = Path(args.folder) / f"{name}.pth"
        with tempfile.TemporaryDirectory() as tmp:
            model = Path(tmp) / f"{name}.safetensors"
            subprocess.run([args.eigencam, "convert", "-q", str(weights), "-o", str(model)],
                           check=True, stdout=subprocess.DEVNULL)
            ours = [args.eigencam, "explain", "-q", "-m", str(model), "-o", f"{tmp}/out",
                    args.photo]
            theirs = [sys.executable, __file__, "--python", name, str(weights), args.photo,
                      f"{tmp}/python.png"]
            pairs = [(measure(ours, env), measure(theirs, env)) for _ in range(args.pairs)]
            size = model.stat().st_size / 1e6
        t = [statistics.median(p[i][0] for p in pairs) for i in (0, 1)]
        mb = [max(p[i][1] for p in pairs) for i in (0, 1)]
        ratio = statistics.median(p[1][0] / p[0][0] for p in pairs)
        print(f"| {name} | {1e3 * t[0]:.0f} | {mb[0]:.0f} | {size:.0f} | {1e3 * t[1]:.0f} "
              f"| {mb[1]:.0f} | {ratio:.1f} | {faster} times: {'met' if ratio >= faster else '**missed**'}; "
              f"weights + {room} MB: {'met' if mb[0] <= size + room else '**missed**'} |", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--python"]:
        explain_in_python(*sys.argv[2:])
    else:
        main()
