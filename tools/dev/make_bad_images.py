#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Writes tests/bad/image: pictures with one defect each, named status-what-is-wrong.
Made from tests/fixtures/photo; the standard library is enough."""
import os
import struct
import zlib

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
GOOD = os.path.join(ROOT, 'tests', 'fixtures', 'photo')
FOLDER = os.path.join(ROOT, 'tests', 'bad', 'image')


def good(name):
    with open(os.path.join(GOOD, name), 'rb') as file:
        return file.read()


def bad(name, data):
    with open(os.path.join(FOLDER, name), 'wb') as file:
        file.write(data)


def patched(data, at, new):
    return data[:at] + new + data[at + len(new):]


# ---- JPEG ----

def segments(data):
    """(code, start, end) of the markers up to the scan's data."""
    at, found = 2, []
    while data[at] == 0xFF:
        code = data[at + 1]
        end = at + 2 + int.from_bytes(data[at + 2:at + 4], 'big')
        found.append((code, at, end))
        if code == 0xDA:
            return found
        at = end
    raise ValueError


def jpeg():
    rgb, cmyk = good('rgb.jpg'), good('cmyk.jpg')
    where = {code: (start, end) for code, start, end in segments(rgb)}
    sof, dht, dqt, sos = where[0xC0], where[0xC4], where[0xDB], where[0xDA]
    bad('format-jpeg-signature-alone', rgb[:4])
    bad('format-jpeg-cut-in-quantisation', rgb[:dqt[0] + 20])
    bad('format-jpeg-cut-in-frame', rgb[:sof[0] + 9])
    bad('format-jpeg-cut-in-huffman', rgb[:dht[0] + 12])
    bad('format-jpeg-cut-in-scan', rgb[:(sos[1] + len(rgb)) // 2])
    bad('format-jpeg-without-end', rgb[:-2])
    bad('format-jpeg-without-frame', rgb[:sof[0]] + rgb[sof[1]:])
    bad('format-jpeg-without-scan', rgb[:sos[0]] + b'\xff\xd9')
    bad('format-jpeg-marker-of-length-1', patched(rgb, sof[0] + 2, b'\0\1'))
    bad('format-jpeg-frame-length', patched(rgb, sof[0] + 2, b'\0\x12'))
    bad('format-jpeg-width-0', patched(rgb, sof[0] + 7, b'\0\0'))
    bad('format-jpeg-two-components', patched(rgb, sof[0] + 9, b'\2'))
    bad('format-jpeg-sampling-0', patched(rgb, sof[0] + 11, b'\0'))
    bad('format-jpeg-sampling-3-to-2', patched(patched(rgb, sof[0] + 11, b'\x33'), sof[0] + 14,
                                               b'\x22'))
    bad('format-jpeg-quantisation-table-9', patched(rgb, sof[0] + 12, b'\x09'))
    bad('format-jpeg-quantisation-type', patched(rgb, dqt[0] + 4, b'\x20'))
    bad('format-jpeg-huffman-too-many-codes', patched(rgb, dht[0] + 5, b'\x07' * 16))
    table = b'\xff\xc4' + struct.pack('>H', 19 + 4080) + b'\0' + b'\xff' * 16 + bytes(4080)
    bad('format-jpeg-huffman-of-4080-codes', rgb[:dht[0]] + table + rgb[dht[0]:])
    bad('format-jpeg-huffman-cut-by-its-length', patched(rgb, dht[0] + 2, b'\0\x18'))
    bad('format-jpeg-scan-of-five', patched(rgb, sos[0] + 4, b'\5'))
    bad('format-jpeg-scan-of-unknown', patched(rgb, sos[0] + 5, b'\x77'))
    bad('unsupported-jpeg-lossless', patched(rgb, sof[0] + 1, b'\xc3'))
    bad('unsupported-jpeg-arithmetic', patched(rgb, sof[0] + 1, b'\xc9'))
    bad('format-jpeg-scan-of-zeros', rgb[:sos[1]] + b'\xff\xff' * 40)
    bad('unsupported-jpeg-12-bit', patched(rgb, sof[0] + 4, b'\x0c'))
    bad('unsupported-jpeg-height-later', patched(rgb, sof[0] + 5, b'\0\0'))
    bad('limit-jpeg-65500x65500', patched(rgb, sof[0] + 5, struct.pack('>HH', 65500, 65500)))
    app14 = {code: (start, end) for code, start, end in segments(cmyk)}[0xEE]
    bad('unsupported-jpeg-cmyk-without-adobe', cmyk[:app14[0]] + cmyk[app14[1]:])


# ---- PNG ----

SIGNATURE = b'\x89PNG\r\n\x1a\n'


def chunk(kind, data):
    body = kind + data
    return struct.pack('>I', len(data)) + body + struct.pack('>I', zlib.crc32(body))


def png_of(h=2, w=2, depth=8, kind=0, lines=b'\0ab\0cd', interlace=0, method=0, before=b'',
           after=b''):
    head = struct.pack('>IIBBBBB', w, h, depth, kind, method, 0, interlace)
    return (SIGNATURE + chunk(b'IHDR', head) + before + chunk(b'IDAT', zlib.compress(lines)) +
            after + chunk(b'IEND', b''))


def png():
    fine = png_of()
    bad('format-png-signature-alone', fine[:8])
    bad('format-png-cut-in-header', fine[:20])
    bad('format-png-cut-in-pixels', fine[:45])
    bad('format-png-without-end', fine[:-12])
    bad('format-png-without-pixels', SIGNATURE + fine[8:33] + chunk(b'IEND', b''))
    bad('format-png-begins-otherwise', SIGNATURE + chunk(b'tEXt', b'x') + fine[8:])
    bad('format-png-two-headers', fine[:33] + fine[8:])
    bad('format-png-chunk-of-2-gib', patched(fine, 33, b'\x80\0\0\0'))
    bad('format-png-unknown-critical-chunk', png_of(before=chunk(b'ABCD', b'')))
    bad('format-png-colour-type-5', png_of(kind=5))
    bad('format-png-depth-3', png_of(depth=3))
    bad('format-png-palette-of-16-bit', png_of(kind=3, depth=16))
    bad('format-png-width-0', png_of(w=0))
    bad('format-png-interlace-2', png_of(interlace=2))
    bad('format-png-compression-1', png_of(method=1))
    bad('format-png-filter-5', png_of(lines=b'\5ab\0cd'))
    bad('format-png-too-few-pixels', png_of(lines=b'\0ab\0c'))
    bad('format-png-without-palette', png_of(kind=3))
    bad('format-png-palette-of-257', png_of(kind=3, before=chunk(b'PLTE', bytes(771))))
    bad('format-png-palette-not-of-threes', png_of(kind=3, before=chunk(b'PLTE', bytes(7))))
    bad('format-png-transparency-of-alpha', png_of(kind=4, before=chunk(b'tRNS', b'\0\0')))
    bad('format-png-transparency-too-long', png_of(before=chunk(b'tRNS', b'\0\0\0')))
    head = fine[:33]
    bad('format-png-not-deflated', head + chunk(b'IDAT', b'\x78\x9c\xff\xff\xff\xff') +
        chunk(b'IEND', b''))
    bad('format-png-preset-dictionary', head + chunk(b'IDAT', b'\x78\xbb\0\0\0\0') +
        chunk(b'IEND', b''))
    bad('format-png-distance-too-far', head + chunk(b'IDAT', b'\x78\x9c\x63\x60\x03\x03\x00') +
        chunk(b'IEND', b''))
    bad('limit-png-bomb', png_of(lines=bytes(40 << 20)))
    bad('limit-png-20000x20000', png_of(h=20000, w=20000))
    bad('limit-png-2-billion-wide', png_of(h=1, w=2000000000))


# ---- BMP, TGA, GIF, PNM ----

def bmp():
    rgb, palette = good('rgb.bmp'), good('palette.bmp')
    bad('format-bmp-signature-alone', rgb[:2])
    bad('format-bmp-cut-in-header', rgb[:30])
    bad('format-bmp-cut-in-pixels', rgb[:100])
    bad('format-bmp-cut-in-palette', palette[:70])
    bad('format-bmp-two-planes', patched(rgb, 26, b'\2\0'))
    bad('format-bmp-depth-12', patched(palette, 28, b'\x0c\0'))
    bad('format-bmp-palette-of-1000', patched(palette, 10, struct.pack('<I', 54 + 4000)))
    bad('format-bmp-offset-negative', patched(rgb, 10, b'\0\0\0\x80'))
    bad('format-bmp-masks-of-nothing', patched(patched(rgb, 28, b'\x10\0'), 30, b'\3\0\0\0') +
        bytes(99))
    bad('format-bmp-width-0', patched(rgb, 18, b'\0\0\0\0'))
    bad('unsupported-bmp-run-lengths', patched(palette, 30, b'\1\0\0\0'))
    bad('unsupported-bmp-jpeg-inside', patched(rgb, 30, b'\4\0\0\0'))
    bad('limit-bmp-lowest-height', patched(rgb, 22, b'\0\0\0\x80'))
    bad('limit-bmp-30000x30000', patched(rgb, 18, struct.pack('<II', 30000, 30000)))


def tga():
    rgb, palette = good('rgb.tga'), good('palette.tga')
    rle = good('rgb_rle.tga')
    bad('format-tga-cut-in-header', rgb[:17])
    bad('format-tga-cut-in-pixels', rgb[:100])
    bad('format-tga-cut-in-runs', rle[:len(rle) - 60])
    bad('format-tga-depth-17', patched(rgb, 16, b'\x11'))
    bad('format-tga-width-0', patched(rgb, 12, b'\0\0'))
    bad('format-tga-palette-of-0', patched(palette, 5, b'\0\0'))
    bad('format-tga-palette-beyond-the-end', patched(palette, 5, b'\xff\xff'))
    bad('format-tga-identity-beyond-the-end', patched(rgb, 0, b'\xff'))
    bad('unsupported-tga-from-the-right', patched(rgb, 17, b'\x10'))
    bad('unsupported-tga-palette-from-5', patched(palette, 3, b'\5\0'))


def gif():
    fine = good('palette.gif')
    bad('format-gif-signature-alone', fine[:6])
    bad('format-gif-cut-in-palette', fine[:40])
    bad('format-gif-cut-in-pixels', fine[:-20])
    head = b'GIF89a\2\0\2\0\x80\0\0\0\0\0\xff\xff\xff'
    frame = b',\0\0\0\0\2\0\2\0\0'
    bad('format-gif-without-image', head + b';')
    bad('format-gif-endless-extension', head + b'!\xfe\xff' + bytes(3))
    bad('format-gif-unknown-block', head + b'\x77' + frame)
    bad('format-gif-frame-of-0', head + b',\0\0\0\0\0\0\2\0\0\2\1\4\0;')
    bad('format-gif-codes-of-0-bits', head + frame + b'\0\1\1\0;')
    bad('format-gif-codes-of-12-bits', head + frame + b'\x0b\1\1\0;')
    bad('format-gif-code-not-made-yet', head + frame + b'\2\2\xfc\1\0;')
    bad('format-gif-ends-at-once', head + frame + b'\2\1\x2c\0;')
    bad('limit-gif-65535x65535', b'GIF89a\xff\xff\xff\xff\0\0\0,\0\0\0\0\xff\xff\xff\xff\0\2\1\4\0;')


def pnm():
    bad('format-pnm-signature-alone', b'P6')
    bad('format-pnm-without-height', b'P6 3\n')
    bad('format-pnm-width-not-a-number', b'P6 x 2 255\n')
    bad('format-pnm-width-0', b'P6 0 2 255\n')
    bad('format-pnm-largest-0', b'P5 1 1 0\n\0')
    bad('format-pnm-largest-65536', b'P5 1 1 65536\n\0\0')
    bad('format-pnm-largest-beyond-32-bits', b'P5 1 1 4294967551\n\0')
    bad('format-pnm-cut-in-pixels', b'P6 2 2 255\n01234567890')
    bad('format-pnm-cut-in-text', b'P3 2 1 255\n1 2 3 4 5')
    bad('format-pnm-sample-beyond-largest', b'P2 2 1 9\n3 10')
    bad('format-pnm-bit-2', b'P1 2 1\n12')
    bad('limit-pnm-30000x30000', b'P4 30000 30000\n')


def others():
    bad('format-empty', b'')
    bad('format-text', b'a text, and no picture at all\n')
    bad('unsupported-webp', b'RIFF\x24\0\0\0WEBPVP8 ' + bytes(24))
    bad('unsupported-tiff', b'II*\0\x08\0\0\0' + bytes(24))
    bad('unsupported-heic', b'\0\0\0\x18ftypheic' + bytes(24))
    bad('unsupported-jpeg-xl', b'\xff\x0a' + bytes(24))
    bad('unsupported-numpy', b'\x93NUMPY\1\0' + bytes(24))
    bad('unsupported-pdf', b'%PDF-1.4\n' + bytes(24))


def main():
    os.makedirs(FOLDER, exist_ok=True)
    for name in os.listdir(FOLDER):
        if name.split('-')[0] in ('format', 'limit', 'unsupported'):
            os.remove(os.path.join(FOLDER, name))
    for make in (jpeg, png, bmp, tga, gif, pnm, others):
        make()
    print(len(os.listdir(FOLDER)), 'files')


main()
