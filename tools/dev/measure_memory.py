#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The largest memory that explaining one photo with VGG-16 takes, as a table.

    tools/dev/measure_memory.py [--program build/tools/eigencam] [--markdown FILE] PHOTO

Saves VGG-16 with random weights (528 MB) in each container of PyTorch, converts it, and
runs `explain` on each file. The number is the system's maximum resident set of the
process (getrusage), mapped pages of the weights included. A child inherits the maximum
of who started it, so PyTorch makes the weights in a process of its own. Exit status 1 where it is
above 1.15 times the weights' bytes, or above 150 MB with --no-predict."""
import argparse
import os
import subprocess
import sys
import tempfile

PREDICT_LIMIT = 1.15           # of the weights' bytes
NO_PREDICT_LIMIT = 150 * 10**6
CONTAINERS = ("zip", "sequential", "tar")


def peak(words):
    """Bytes and seconds of a child process."""
    child = subprocess.Popen(words, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        raise SystemExit("%s: exit status %d" % (" ".join(words), child.returncode))
    return usage.ru_maxrss * 1024, usage.ru_utime + usage.ru_stime


def save_weights(folder):
    """Runs in the child: a file a container, and the bytes of the weights alone."""
    import torch

    import torch_files as files
    import torch_nets as nets

    torch.set_num_threads(1)
    sd = nets.randomize(nets.full("vgg16"), 1, 224, 224, batch=1).state_dict()
    for name, save in zip(CONTAINERS, (files.save_zip, files.save_sequential, files.save_tar)):
        save(sd, os.path.join(folder, name + ".pth"))
    print(sum(v.numel() * v.element_size() for v in sd.values()))


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default="build/tools/eigencam")
    parser.add_argument("--markdown", metavar="FILE", help="append the table")
    parser.add_argument("--tmp", default=None, help="a folder with 2.5 GB of room")
    parser.add_argument("--make", action="store_true", help="only save weights in folder PHOTO")
    parser.add_argument("photo", metavar="PHOTO")
    args = parser.parse_args()
    if args.make:
        save_weights(args.photo)
        return 0
    rows, is_good = [], True
    with tempfile.TemporaryDirectory(dir=args.tmp) as folder:
        weight_bytes = int(subprocess.check_output([sys.executable, __file__, "--make", folder]))
        paths = {"VGG-16 .pth, " + name: os.path.join(folder, name + ".pth")
                 for name in CONTAINERS}
        first = next(iter(paths.values()))
        for title, half in (("model file", []), ("model file, half", ["--half"])):
            to = os.path.join(folder, "converted%d.safetensors" % len(half))
            size, seconds = peak([args.program, "convert", first, "-o", to, *half])
            rows.append(("`convert` to a " + title, "", size, "", seconds))
            paths["VGG-16 " + title] = to
        for title, path in paths.items():
            for threads in ("1", "2"):
                for options, limit in (([], int(PREDICT_LIMIT * weight_bytes)),
                                       (["--no-predict"], NO_PREDICT_LIMIT)):
                    size, seconds = peak([args.program, "explain", "-m", path, "-o",
                                          os.path.join(folder, "out"), "-q", "--threads", threads,
                                          *options, args.photo])
                    is_good &= size < limit
                    what = "`explain%s`, %s threads" % ("".join(" " + o for o in options), threads)
                    rows.append((title, what, size, limit, seconds))
    lines = ["| file | command | peak RSS, MB | limit, MB | CPU seconds |", "|---|---|---|---|---|"]
    for title, what, size, limit, seconds in rows:
        lines.append("| %s | %s | %.1f | %s | %.1f |" % (
            title, what, size / 1e6, "%.1f" % (limit / 1e6) if limit else "", seconds))
    table = "\n".join(lines) + "\n"
    print("weights: %.1f MB" % (weight_bytes / 1e6))
    print(table)
    if args.markdown:
        with open(args.markdown, "a") as f:
            f.write(table)
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
