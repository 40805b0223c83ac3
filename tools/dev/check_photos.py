#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Compares decoding and preprocessing with Pillow and prints the largest differences.

    tools/dev/check_photos.py BUILD [FOLDER_OF_JPEGS]

BUILD is a build folder made with -Dtests=true. Exits with 1 where a limit is passed:
resizing from the same pixels 1 grey level, lossless formats 0 (16-bit grey has a rule
of its own), JPEG decoding is reported only. Needs Pillow and NumPy."""
import io
import os
import random
import subprocess
import sys
import tempfile

import numpy as np
from PIL import Image, ImageOps

TOOL = os.path.join(sys.argv[1], 'tests', 'photo', 'photo_tool')
FAILED = []


def parse(out):
    head, rest = out.split(b'\n', 1)
    h, w = map(int, head.split())
    return np.frombuffer(rest, np.uint8).reshape(h, w, 3).astype(int)


def decode(path, *extra):
    run = subprocess.run([TOOL, 'decode', path, *extra], capture_output=True)
    return parse(run.stdout) if run.returncode == 0 else run.stderr.decode().strip()


def compare(what, got, want, limit):
    if isinstance(got, str) or got.shape != want.shape:
        line = got if isinstance(got, str) else f'{got.shape} instead of {want.shape}'
        bad = True
    else:
        diff = np.abs(got - want.astype(int))
        bad = limit is not None and diff.max() > limit
        line = f'max {diff.max():3d}  mean {diff.mean():.4f}'
    print(f'{"FAIL" if bad else "ok  "} {what:44s} {line}')
    if bad:
        FAILED.append(what)


# ---- Resizing ----

def torchvision_prepare(im, resize, filt, rh, rw, ch, cw):
    """Resize and CenterCrop of torchvision 0.14 on a Pillow picture."""
    w, h = im.size
    if resize == 'short':
        new = (rh, int(rh * h / w)) if w <= h else (int(rh * w / h), rh)
    else:
        new = (w, h) if resize == 'none' else (rw, rh)
    im = im.resize(new, Image.BICUBIC if filt == 'bicubic' else Image.BILINEAR)
    if ch == 0:
        return im
    w, h = im.size
    left, top = max(cw - w, 0) // 2, max(ch - h, 0) // 2
    padded = Image.new('RGB', (max(w, cw), max(h, ch)))
    padded.paste(im, (left, top))
    w, h = padded.size
    y, x = round((h - ch) / 2.0), round((w - cw) / 2.0)
    return padded.crop((x, y, x + cw, y + ch))


def check_resize(source):
    rng = random.Random(1)
    cases = [(h, w, 'short', 256, 0, 224, 224) for h, w in
             [(480, 640), (640, 480), (333, 500), (375, 500), (224, 224), (256, 256), (30, 31),
              (1, 1), (1, 97), (97, 1), (2, 300), (1200, 1801), (257, 513), (2000, 10)]]
    cases += [(h, w, 'squash', 256, 256, 227, 227) for h, w in [(480, 640), (5, 7), (999, 100)]]
    cases += [(h, w, 'none', 0, 0, 32, 32) for h, w in [(32, 32), (31, 64), (7, 9), (90, 31)]]
    cases += [(50, 60, 'none', 0, 0, 0, 0), (60, 50, 'short', 232, 0, 0, 0),
              (300, 200, 'squash', 1, 1, 0, 0), (300, 200, 'squash', 1, 700, 3, 601)]
    for _ in range(120):
        cases.append((rng.randint(1, 700), rng.randint(1, 700), 'squash', rng.randint(1, 400),
                      rng.randint(1, 400), rng.randint(1, 400), rng.randint(1, 400)))
    for _ in range(60):
        short = rng.randint(1, 300)
        cases.append((rng.randint(1, 700), rng.randint(20, 700), 'short', short, 0,
                      rng.randint(1, 300), rng.randint(1, 300)))
    worst, n = 0, 0
    for filt in ('bilinear', 'bicubic'):
        for h, w, resize, rh, rw, ch, cw in cases:
            if resize == 'short' and rh * max(h, w) // min(h, w) > 60000:
                continue
            pixels = source[rng.randint(0, 40):, rng.randint(0, 40):]
            reps = (-(-h // pixels.shape[0]), -(-w // pixels.shape[1]), 1)
            rgb = np.ascontiguousarray(np.tile(pixels, reps)[:h, :w])
            if n % 3 == 0:  # hard edges, so that bicubic overshoots
                rgb = (rgb > 128).astype(np.uint8) * 255
            args = [str(v) for v in (h, w, resize, filt, rh, rw, ch, cw)]
            run = subprocess.run([TOOL, 'prepare', *args], input=rgb.tobytes(),
                                 capture_output=True)
            what = ' '.join(args)
            if run.returncode != 0:
                compare(what, run.stderr.decode(), rgb, 0)
                continue
            got = parse(run.stdout)
            want = np.asarray(torchvision_prepare(Image.fromarray(rgb), resize, filt, rh, rw, ch,
                                                  cw))
            if got.shape != want.shape or np.abs(got - want).max() > 1:
                compare(what, got, want, 1)
            else:
                worst = max(worst, np.abs(got - want).max())
            n += 1
    print(f'resize: {n} cases, largest difference {worst} grey levels')


# ---- Lossless formats ----

def pictures(rgb):
    """Name, Pillow picture, name of the format, arguments for save()."""
    rng = np.random.default_rng(1)
    h, w = rgb.shape[:2]
    im = Image.fromarray(rgb)
    alpha = Image.fromarray(rng.integers(0, 256, (h, w), dtype=np.uint8))
    rgba, grey = im.copy(), im.convert('L')
    rgba.putalpha(alpha)
    la = grey.copy()
    la.putalpha(alpha)
    pal = im.quantize(200)
    pal16 = im.quantize(16)
    for name, one in [('rgb', im), ('rgba', rgba), ('grey', grey), ('grey-alpha', la),
                      ('palette', pal), ('palette16', pal16), ('palette2', im.quantize(2)),
                      ('bits', im.convert('1'))]:
        yield f'png {name}', one, 'PNG', {}
    yield 'png palette, transparent index', pal, 'PNG', {'transparency': 3}
    yield 'png palette, alpha table', pal, 'PNG', {'transparency': bytes(range(200))}
    yield 'png grey, transparent grey', grey, 'PNG', {'transparency': 77}
    yield 'png rgb, transparent colour', im, 'PNG', {'transparency': tuple(rgb[3, 4])}
    for name, one in [('rgb', im), ('rgba', rgba), ('grey', grey), ('palette', pal),
                      ('bits', im.convert('1'))]:
        yield f'bmp {name}', one, 'BMP', {}
    for name, one in [('rgb', im), ('rgba', rgba), ('grey', grey), ('palette', pal),
                      ('grey-alpha', la)]:
        yield f'tga {name}', one, 'TGA', {}
        yield f'tga {name} rle', one, 'TGA', {'compression': 'tga_rle'}
    yield 'tga from the top', im, 'TGA', {'orientation': 1}
    yield 'gif', pal, 'GIF', {}
    yield 'gif transparent', pal, 'GIF', {'transparency': 5}
    yield 'gif interlaced', pal16, 'GIF', {'interlace': 1}
    yield 'gif not interlaced', pal16, 'GIF', {'interlace': 0}
    yield 'gif animation', pal, 'GIF', {'save_all': True, 'append_images': [pal16, im]}
    yield 'gif grey', grey, 'GIF', {}
    for name, one in [('ppm', im), ('pgm', grey), ('pbm', im.convert('1'))]:
        yield name, one, 'PPM', {}


def text_pnm(kind, values, maxval, comment=b''):
    h, w = values.shape[:2]
    head = b'%s\n%s%d %d\n' % (kind, comment, w, h)
    head += b'' if kind == b'P1' else b'%d\n' % maxval
    return head + b'\n'.join(b' '.join(b'%d' % v for v in row.ravel()) for row in values) + b'\n'


def raw_pnm(kind, values, maxval):
    h, w = values.shape[:2]
    data = values.astype('>u2' if maxval > 255 else 'u1').tobytes()
    return b'%s %d %d %d\n' % (kind, w, h, maxval) + data


def check_formats(rgb, folder):
    for name, im, kind, extra in pictures(rgb):
        path = os.path.join(folder, 'picture.' + kind.lower())
        im.save(path, kind, **extra)
        want = np.asarray(Image.open(path).convert('RGB'))
        compare(name, decode(path), want, 0)
        compare(name + ', no child', decode(path, 'plain'), want, 0)
    grey = rgb[:, :, 1]
    scaled = [('pnm ascii bits', text_pnm(b'P1', (grey < 99).astype(int), 1), None),
              ('pnm ascii grey', text_pnm(b'P2', grey, 255, b'# a comment\n'), None),
              ('pnm ascii rgb', text_pnm(b'P3', rgb, 255), None),
              ('pnm ascii rgb of 10 levels', text_pnm(b'P3', rgb // 26, 9), None),
              ('pnm grey of 100 levels', raw_pnm(b'P5', grey // 3, 99), None),
              ('pnm rgb of 100 levels', raw_pnm(b'P6', rgb // 3, 99), None),
              ('pnm rgb of 1000 levels', raw_pnm(b'P6', rgb.astype(int) * 3, 999), None),
              ('pnm rgb of 65536 levels', raw_pnm(b'P6', rgb.astype(int) * 257 - (rgb > 0), 65535),
               None),
              # Pillow clips 16-bit grey at 255; ours scales it.
              ('pnm grey of 65536 levels', raw_pnm(b'P5', grey.astype(int) * 257, 65535), grey)]
    for name, data, want in scaled:
        path = os.path.join(folder, 'picture.pnm')
        with open(path, 'wb') as file:
            file.write(data)
        if want is None:
            want = np.asarray(Image.open(path).convert('RGB'))
        else:
            want = np.repeat(want[:, :, None], 3, 2)
        compare(name, decode(path), want, 0)
    # 16-bit PNG: the upper byte, as Pillow does for RGB (grey it clips).
    path = os.path.join(folder, 'grey16.png')
    Image.fromarray((grey.astype(np.int32) * 256 + 255 - grey).astype(np.uint16)).save(path)
    compare('png 16-bit grey', decode(path), np.repeat(grey[:, :, None], 3, 2), 0)
    path = os.path.join(folder, 'rgb16.png')
    with open(path, 'wb') as file:
        file.write(png16(rgb))
    compare('png 16-bit rgb', decode(path), np.asarray(Image.open(path).convert('RGB')), 0)


def png16(rgb):
    import struct
    import zlib

    def chunk(kind, data):
        body = kind + data
        return struct.pack('>I', len(data)) + body + struct.pack('>I', zlib.crc32(body))
    h, w = rgb.shape[:2]
    wide = (rgb.astype(np.uint16) * 256 + 255 - rgb).astype('>u2')
    lines = b''.join(b'\0' + row.tobytes() for row in wide)
    return (b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', w, h, 16, 2, 0, 0, 0)) +
            chunk(b'IDAT', zlib.compress(lines)) + chunk(b'IEND', b''))


# ---- JPEG ----

def exif(orientation, order):
    mark, end = (b'II', 'little') if order == 'II' else (b'MM', 'big')

    def n(v, size):
        return v.to_bytes(size, end)
    return (b'Exif\0\0' + mark + n(42, 2) + n(8, 4) + n(2, 2) +
            n(0x010F, 2) + n(2, 2) + n(2, 4) + b'A\0\0\0' +
            n(0x0112, 2) + n(3, 2) + n(1, 4) + n(orientation, 2) + b'\0\0' + n(0, 4))


def check_orientation(rgb, folder):
    im = Image.fromarray(rgb)
    for order in ('II', 'MM'):
        for orientation in range(0, 10):
            data = io.BytesIO()
            im.save(data, 'JPEG', quality=95, subsampling=0, exif=exif(orientation, order))
            path = os.path.join(folder, 'turned.jpg')
            with open(path, 'wb') as file:
                file.write(data.getvalue())
            want = ImageOps.exif_transpose(Image.open(path)).convert('RGB')
            compare(f'jpeg {order} orientation {orientation}', decode(path), np.asarray(want), 3)
    for orientation in (3, 6):
        path = os.path.join(folder, 'turned.png')
        im.save(path, exif=exif(orientation, 'MM'))
        want = ImageOps.exif_transpose(Image.open(path)).convert('RGB')
        compare(f'png orientation {orientation}', decode(path), np.asarray(want), 0)


def check_jpeg(rgb, folder):
    im = Image.fromarray(rgb)
    kinds = [('rgb', im, {}), ('grey', im.convert('L'), {}), ('cmyk', im.convert('CMYK'), {}),
             ('progressive', im, {'progressive': True}),
             ('4:4:4', im, {'subsampling': 0}), ('4:2:2', im, {'subsampling': 1}),
             ('4:2:0', im, {'subsampling': 2}), ('quality 30', im, {'quality': 30}),
             ('cmyk 4:2:0', im.convert('CMYK'), {'subsampling': 2})]
    for name, one, extra in kinds:
        path = os.path.join(folder, 'picture.jpg')
        one.save(path, 'JPEG', **{'quality': 90, **extra})
        want = np.asarray(Image.open(path).convert('RGB'))
        compare('jpeg ' + name, decode(path), want, None)


def check_folder(folder):
    worst, total, n = 0, 0.0, 0
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        got = decode(path)
        want = np.asarray(ImageOps.exif_transpose(Image.open(path)).convert('RGB')).astype(int)
        if isinstance(got, str) or got.shape != want.shape:
            compare(name, got, want, None)
            continue
        diff = np.abs(got - want)
        worst, total, n = max(worst, diff.max()), total + diff.mean(), n + 1
    print(f'{n} files: largest difference {worst}, mean of means {total / max(n, 1):.4f}')


def main():
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    rng = np.random.default_rng(7)
    y, x = np.mgrid[0:211, 0:307]
    waves = [128 + 90 * np.sin(x / a) * np.cos(y / b) for a, b in [(9, 31), (40, 17), (23, 5)]]
    rgb = np.stack(waves, 2) + rng.normal(0, 12, (211, 307, 3))
    rgb = np.clip(rgb, 0, 255).astype(np.uint8)
    print(f'Pillow {Image.__version__}, {os.path.relpath(TOOL, root)}')
    check_resize(rgb)
    with tempfile.TemporaryDirectory() as folder:
        check_formats(rgb[:61, :83], folder)
        check_orientation(rgb[:61, :83], folder)
        check_jpeg(rgb, folder)
    if len(sys.argv) > 2:
        check_folder(sys.argv[2])
    print(f'{len(FAILED)} failed')
    sys.exit(len(FAILED) != 0)


main()
