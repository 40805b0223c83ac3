#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Writes tests/fixtures/photo: small pictures of every format with the pixels that
Pillow reads from them (NAME.ppm), and resized ones (resize_N.ppm, cases in
resize.txt). Needs Pillow and NumPy; run once, on purpose, and commit the result."""
import os
import struct
import zlib

import numpy as np
from PIL import Image, ImageOps

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FOLDER = os.path.join(ROOT, 'tests', 'fixtures', 'photo')


def picture(h, w, seed):
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:h, 0:w]
    waves = [128 + 100 * np.sin(x / a) * np.cos(y / b) for a, b in [(3, 7), (9, 4), (5, 2)]]
    return np.clip(np.stack(waves, 2) + rng.normal(0, 12, (h, w, 3)), 0, 255).astype(np.uint8)


def write(name, data):
    with open(os.path.join(FOLDER, name), 'wb') as file:
        file.write(data)


def expect(name, pixels):
    h, w = pixels.shape[:2]
    write(name + '.ppm', b'P6 %d %d 255\n' % (w, h) + pixels.astype(np.uint8).tobytes())


def save(name, im, **extra):
    path = os.path.join(FOLDER, name)
    im.save(path, **extra)
    expect(name, np.asarray(ImageOps.exif_transpose(Image.open(path)).convert('RGB')))


def lossless(rgb):
    im = Image.fromarray(rgb)
    alpha = Image.fromarray(rgb[::-1, :, 0].copy())
    rgba, grey = im.copy(), im.convert('L')
    rgba.putalpha(alpha)
    la = grey.copy()
    la.putalpha(alpha)
    pal, pal16 = im.quantize(60), im.quantize(16)
    for name, one in [('rgb', im), ('rgba', rgba), ('grey', grey), ('grey_alpha', la),
                      ('palette', pal), ('palette_4bit', pal16), ('palette_1bit', im.quantize(2)),
                      ('bits', im.convert('1'))]:
        save(name + '.png', one)
    save('palette_transparent.png', pal, transparency=3)
    save('rgb_transparent.png', im, transparency=tuple(int(v) for v in rgb[3, 4]))
    for name, one in [('rgb', im), ('rgba', rgba), ('grey', grey), ('palette', pal),
                      ('bits', im.convert('1'))]:
        save(name + '.bmp', one)
    for name, one in [('rgb', im), ('rgba', rgba), ('grey', grey), ('palette', pal),
                      ('grey_alpha', la)]:
        save(name + '.tga', one)
        save(name + '_rle.tga', one, compression='tga_rle')
    save('top_down.tga', im, orientation=1)
    save('palette.gif', pal, interlace=0)
    save('interlaced.gif', pal16, interlace=1)
    save('transparent.gif', pal, transparency=5)
    save('animated.gif', pal, save_all=True, append_images=[pal16, im])
    save('rgb_raw.ppm', im)
    save('grey_raw.pgm', grey)
    save('bits_raw.pbm', im.convert('1'))


def sixteen_bits(rgb):
    """The upper byte is the value; Pillow agrees for RGB and clips grey."""
    h, w = rgb.shape[:2]
    wide = (rgb.astype(np.uint16) * 256 + 255 - rgb).astype('>u2')

    def chunk(kind, data):
        body = kind + data
        return struct.pack('>I', len(data)) + body + struct.pack('>I', zlib.crc32(body))

    for name, kind, values, want in [('rgb_16bit.png', 2, wide, rgb),
                                     ('grey_16bit.png', 0, wide[:, :, 1],
                                      np.repeat(rgb[:, :, 1:2], 3, 2))]:
        lines = b''.join(b'\0' + row.tobytes() for row in values)
        write(name, b'\x89PNG\r\n\x1a\n' +
              chunk(b'IHDR', struct.pack('>IIBBBBB', w, h, 16, kind, 0, 0, 0)) +
              chunk(b'IDAT', zlib.compress(lines)) + chunk(b'IEND', b''))
        expect(name, want)


def pnm(rgb):
    grey = rgb[:, :, 1]

    def text(values):
        return b'\n'.join(b' '.join(b'%d' % v for v in row.ravel()) for row in values) + b'\n'

    h, w = grey.shape
    size = b'%d %d\n' % (w, h)
    files = {
        'bits_text.pbm': b'P1\n' + size + text((grey < 99).astype(int)),
        'grey_text.pgm': b'P2\n# a comment\n' + size + b'255\n' + text(grey),
        'rgb_text.ppm': b'P3\n' + size + b'9\n' + text(rgb // 26),
        'grey_100_levels.pgm': b'P5\n' + size + b'99\n' + (grey // 3).tobytes(),
        'rgb_1000_levels.ppm': b'P6\n' + size + b'999\n' +
                               (rgb.astype(int) * 3).astype('>u2').tobytes(),
    }
    for name, data in files.items():
        write(name, data)
        expect(name, np.asarray(Image.open(os.path.join(FOLDER, name)).convert('RGB')))
    write('grey_65536_levels.pgm', b'P5\n' + size + b'65535\n' +
          (grey.astype(int) * 257).astype('>u2').tobytes())
    expect('grey_65536_levels.pgm', np.repeat(grey[:, :, None], 3, 2))


def exif(orientation, order):
    mark, end = (b'II', 'little') if order == 'II' else (b'MM', 'big')

    def n(v, size):
        return v.to_bytes(size, end)
    return (b'Exif\0\0' + mark + n(42, 2) + n(8, 4) + n(2, 2) +
            n(0x010F, 2) + n(2, 2) + n(2, 4) + b'A\0\0\0' +
            n(0x0112, 2) + n(3, 2) + n(1, 4) + n(orientation, 2) + b'\0\0' + n(0, 4))


def jpeg(rgb):
    im = Image.fromarray(rgb)
    for name, one, extra in [('rgb', im, {}), ('grey', im.convert('L'), {}),
                             ('cmyk', im.convert('CMYK'), {}),
                             ('progressive', im, {'progressive': True}),
                             ('subsampled', im, {'subsampling': 2})]:
        save(name + '.jpg', one, **{'quality': 95, 'subsampling': 0, **extra})
    for orientation in range(1, 9):
        order = 'II' if orientation % 2 else 'MM'
        save(f'turned_{orientation}.jpg', im, quality=95, subsampling=0,
             exif=exif(orientation, order))
    save('turned_6.png', im, exif=exif(6, 'MM'))


def resized(rgb):
    cases = [('short', 'bilinear', 24, 0, 20, 20), ('short', 'bicubic', 24, 0, 20, 20),
             ('short', 'bilinear', 90, 0, 31, 33), ('short', 'bicubic', 90, 0, 31, 33),
             ('squash', 'bilinear', 30, 29, 27, 27), ('squash', 'bicubic', 30, 29, 27, 27),
             ('squash', 'bilinear', 1, 70, 0, 0), ('squash', 'bicubic', 64, 1, 0, 0),
             ('short', 'bilinear', 21, 0, 0, 0), ('none', 'bilinear', 0, 0, 40, 40),
             ('none', 'bilinear', 0, 0, 50, 67), ('squash', 'bicubic', 9, 9, 16, 7)]
    h, w = rgb.shape[:2]
    expect('resize_source', rgb)
    with open(os.path.join(FOLDER, 'resize.txt'), 'w', encoding='ascii') as file:
        for i, (rule, filt, rh, rw, ch, cw) in enumerate(cases):
            file.write(f'{rule} {filt} {rh} {rw} {ch} {cw}\n')
            short = rh * max(h, w) // min(h, w)
            new = {'short': (rh, short) if w <= h else (short, rh), 'none': (w, h),
                   'squash': (rw, rh)}[rule]
            im = Image.fromarray(rgb).resize(
                new, Image.BICUBIC if filt == 'bicubic' else Image.BILINEAR)
            if ch:  # CenterCrop of torchvision
                left, top = max(cw - new[0], 0) // 2, max(ch - new[1], 0) // 2
                padded = Image.new('RGB', (max(new[0], cw), max(new[1], ch)))
                padded.paste(im, (left, top))
                y, x = round((padded.size[1] - ch) / 2), round((padded.size[0] - cw) / 2)
                im = padded.crop((x, y, x + cw, y + ch))
            expect(f'resize_{i}', np.asarray(im))


def main():
    os.makedirs(FOLDER, exist_ok=True)
    for name in os.listdir(FOLDER):
        os.remove(os.path.join(FOLDER, name))
    small = picture(9, 13, 1)
    lossless(small)
    sixteen_bits(small)
    pnm(small)
    jpeg(small)
    resized(picture(47, 61, 2))
    write('README.md', (f'Made by tools/dev/make_photo_fixtures.py with Pillow {Image.__version__} '
                        f'and NumPy {np.__version__}:\nNAME.ppm is what Pillow reads from NAME; '
                        'resize_N.ppm is line N of resize.txt\napplied to resize_source.ppm.\n'
                        ).encode())


main()
