#!/usr/bin/env python3
"""Makes tests/data/decode: small files of every kind that the decoders know, and their pixels.

Usage: scripts/make_decode_samples.py [FOLDER]     (needs Pillow and numpy; the tests do not)

index.json lists for each file either "pixels" (a .raw file of height x width x channels bytes) or
"error" (the code that the default rules give), and under "rules" what other rules give. Expected
pixels come from Pillow where Pillow reads the kind unchanged, and else from the arrays that the
file was written from.
"""

import hashlib
import io
import json
import struct
import sys
import zlib
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

OUT = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[1] / "tests/data/decode")
W, H = 21, 19
INDEX = {}


def picture(channels, width=W, height=H, top=255):
    """A smooth picture with one sharp block: every pixel differs from a swapped or shifted one."""
    y, x = np.mgrid[0:height, 0:width].astype(float)
    planes = [x * 7 + y * 3, 255 - x * 5 - y * 4, 40 + ((x - 9) ** 2 + (y - 8) ** 2) * 1.1, x * 11]
    a = np.stack([p % 256 for p in planes[:channels]], -1)
    a[4:8, 5:11, 0] = 255 - a[4:8, 5:11, 0]
    a = np.rint(a / 255 * top).astype(np.uint16 if top > 255 else np.uint8)
    return a[..., 0] if channels == 1 else a


GRAY, RGB = picture(1), picture(3)
GRAY16, RGB16 = picture(1, top=65535), picture(3, top=65535)
ALPHA = np.where(np.add.outer(np.arange(H), np.arange(W)) % 3 == 0, 100, 255).astype(np.uint8)
OPAQUE = np.full((H, W), 255, np.uint8)


def eight(a):
    return np.rint(a.astype(np.float64) / 257).astype(np.uint8)


def raw(pixels):
    pixels = np.ascontiguousarray(pixels, np.uint8)
    if pixels.ndim == 2:
        pixels = pixels[..., None]
    name = hashlib.sha256(pixels.tobytes() + bytes(pixels.shape)).hexdigest()[:10] + ".raw"
    (OUT / name).write_bytes(pixels.tobytes())
    return {"pixels": name, "height": pixels.shape[0], "width": pixels.shape[1], "channels": pixels.shape[2]}


def result(value):
    return {"error": value} if isinstance(value, str) else raw(value)


def add(name, data, expected, **rules):
    """expected and each rule's value: an error code or the pixels."""
    (OUT / name).write_bytes(data)
    INDEX[name] = result(expected)
    if rules:
        INDEX[name]["rules"] = {rule: result(value) for rule, value in rules.items()}


def saved(image, kind, **options):
    out = io.BytesIO()
    (image if isinstance(image, Image.Image) else Image.fromarray(image)).save(out, kind, **options)
    return out.getvalue()


def opened(data, mode=None):
    image = Image.open(io.BytesIO(data))
    return np.asarray(image.convert(mode) if mode else image)


def exif(orientation):
    block = Image.Exif()
    block[0x0112] = orientation
    return block.tobytes()  # with "Exif\0\0" in front


def turned(data, orientation):
    image = Image.open(io.BytesIO(data))
    image.getexif()[0x0112] = orientation
    return np.asarray(ImageOps.exif_transpose(image))


# ---- JPEG
def jpegs():
    for name, image, options in [
        ("rgb_420.jpg", RGB, {"quality": 85, "subsampling": 2}),
        ("rgb_422.jpg", RGB, {"quality": 85, "subsampling": 1}),
        ("rgb_444.jpg", RGB, {"quality": 85, "subsampling": 0}),
        ("rgb_progressive.jpg", RGB, {"quality": 85, "progressive": True}),
        ("rgb_restart.jpg", RGB, {"quality": 85, "restart_marker_blocks": 1}),
        ("rgb_keep.jpg", RGB, {"quality": 85, "keep_rgb": True}),
        ("gray.jpg", GRAY, {"quality": 85}),
        ("gray_progressive.jpg", GRAY, {"quality": 85, "progressive": True}),
        ("exif_1.jpg", RGB, {"quality": 85, "exif": exif(1)}),
    ]:
        data = saved(image, "JPEG", **options)
        add(name, data, opened(data))
    for orientation in range(2, 9):
        data = saved(RGB, "JPEG", quality=60, exif=exif(orientation))
        add(f"exif_{orientation}.jpg", data, "image.unsupported", orientation_ignore=opened(data),
            orientation_apply=turned(data, orientation))
    signed = exif(6).replace(struct.pack(">HHI", 274, 3, 1) + b"\0\6\0\0", struct.pack(">HHIi", 274, 9, 1, 6))
    assert signed != exif(6)
    data = saved(RGB, "JPEG", quality=60, exif=signed)
    add("exif_6_signed.jpg", data, "image.unsupported", orientation_apply=turned(data, 6))
    add("exif_9.jpg", saved(RGB, "JPEG", quality=60, exif=exif(9)), "image.corrupt")
    add("cmyk.jpg", saved(Image.fromarray(RGB).convert("CMYK"), "JPEG", quality=60), "image.unsupported")
    one = saved(GRAY, "JPEG", quality=60)
    add("notes_behind.jpg", one + b"SEFH camera notes", opened(one))
    add("two_pictures.jpg", one + one, "image.multiple_frames", frames_first=opened(one))
    arithmetic = bytearray(one)
    arithmetic[one.index(b"\xff\xc0") + 1] = 0xC9
    add("arithmetic.jpg", bytes(arithmetic), "image.unsupported")
    twelve = bytearray(one)
    twelve[one.index(b"\xff\xc0") + 4] = 12
    add("twelve_bits.jpg", bytes(twelve), "image.unsupported")


# ---- PNG: written by hand, because Pillow lacks half of the kinds
def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def packed(samples, bits):
    """Rows of samples (height x values) to bytes."""
    if bits == 16:
        return [row.astype(">u2").tobytes() for row in samples]
    if bits == 8:
        return [row.astype(np.uint8).tobytes() for row in samples]
    per = 8 // bits
    rows = []
    for row in samples:
        row = np.concatenate([row, np.zeros(-len(row) % per, row.dtype)]).reshape(-1, per)
        shifts = np.arange(per - 1, -1, -1) * bits
        rows.append((row.astype(np.uint32) << shifts).sum(1).astype(np.uint8).tobytes())
    return rows


ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def png(a, color, bits, interlaced=False, before=b"", after=b""):
    height, width = a.shape[:2]
    a = a.reshape(height, width, -1)
    passes = ADAM7 if interlaced else [(0, 0, 1, 1)]
    data = b""
    for x, y, dx, dy in passes:
        part = a[y::dy, x::dx]
        if part.size:
            data += b"".join(b"\0" + row for row in packed(part.reshape(part.shape[0], -1), bits))
    head = struct.pack(">IIBBBBB", width, height, bits, color, 0, 0, int(interlaced))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + before + chunk(b"IDAT", zlib.compress(data, 9))
            + after + chunk(b"IEND", b""))


def check(data, expected, mode=None):
    """Pillow must read our hand-made file alike."""
    assert np.array_equal(opened(data, mode), expected)
    return data


def pngs():
    palette = np.arange(48, dtype=np.uint8).reshape(16, 3) * 5
    plte = chunk(b"PLTE", palette.tobytes())
    for bits in (1, 2, 4):
        small = picture(1, top=2**bits - 1)
        spread = (small * (255 // (2**bits - 1))).astype(np.uint8)
        add(f"gray{bits}.png", check(png(small, 0, bits), spread, "L"), spread)
        colors = chunk(b"PLTE", palette[: 2**bits].tobytes())
        add(f"palette{bits}.png", check(png(small, 3, bits, before=colors), palette[small], "RGB"), palette[small])
    add("gray8.png", check(png(GRAY, 0, 8), GRAY), GRAY)
    add("gray8_interlaced.png", check(png(GRAY, 0, 8, True), GRAY), GRAY)
    add("rgb8.png", check(png(RGB, 2, 8), RGB), RGB)
    add("rgb8_interlaced.png", check(png(RGB, 2, 8, True), RGB), RGB)
    add("rgb8_pillow.png", saved(RGB, "PNG"), RGB)
    index = picture(1, top=15)
    add("palette8.png", check(png(index, 3, 8, before=plte), palette[index], "RGB"), palette[index])
    trns = chunk(b"tRNS", bytes([255, 128]))
    add("palette8_trns.png", png(index, 3, 8, before=plte + trns), "image.unsupported", alpha_ignore=palette[index])
    add("palette8_trns_unused.png", png(index, 3, 8, before=plte + chunk(b"tRNS", b"\xff\xff\xff")), palette[index])
    outside = np.full_like(index, 15)
    outside[3, 3] = 16
    add("palette8_outside.png", png(outside, 3, 8, before=plte), "image.corrupt")
    key = chunk(b"tRNS", struct.pack(">H", int(GRAY[5, 5])))
    add("gray8_trns.png", png(GRAY, 0, 8, before=key), "image.unsupported", alpha_ignore=GRAY)
    add("rgba8.png", png(np.dstack([RGB, ALPHA]), 6, 8), "image.unsupported", alpha_ignore=RGB)
    add("rgba8_opaque.png", png(np.dstack([RGB, OPAQUE]), 6, 8), RGB)
    add("graya8.png", png(np.dstack([GRAY, ALPHA]), 4, 8), "image.unsupported", alpha_ignore=GRAY)
    add("graya8_opaque.png", png(np.dstack([GRAY, OPAQUE]), 4, 8), GRAY)
    add("gray16.png", check(png(GRAY16, 0, 16), GRAY16), "image.unsupported", sixteen_bit_scale=eight(GRAY16))
    add("rgb16.png", png(RGB16, 2, 16), "image.unsupported", sixteen_bit_scale=eight(RGB16))
    deep = np.dstack([RGB16, OPAQUE.astype(np.uint16) * 257])
    add("rgba16_opaque.png", png(deep, 6, 16), "image.unsupported", sixteen_bit_scale=eight(RGB16))
    deep[2, 2, 3] = 65534  # would pass for opaque if it were cut to 8 bits first
    add("rgba16.png", png(deep, 6, 16), "image.unsupported", sixteen_bit_scale="image.unsupported")
    turn = chunk(b"eXIf", exif(6)[6:])
    add("exif_6.png", png(RGB, 2, 8, before=turn), "image.unsupported", orientation_ignore=RGB,
        orientation_apply=np.rot90(RGB, -1))
    add("exif_1.png", png(RGB, 2, 8, before=chunk(b"eXIf", exif(1)[6:])), RGB)
    profile = chunk(b"iCCP", b"bad\0\0" + zlib.compress(b"no profile")) + chunk(b"gAMA", struct.pack(">I", 45455))
    add("bad_profile.png", png(RGB, 2, 8, before=profile), RGB)
    add("notes_behind.png", png(GRAY, 0, 8) + b"notes", GRAY)
    add("two_pictures.png", png(GRAY, 0, 8) * 2, "image.multiple_frames", frames_first=GRAY)
    frames = [Image.fromarray(GRAY), Image.fromarray(255 - GRAY)]
    add("animated.png", saved(frames[0], "PNG", save_all=True, append_images=frames[1:]), "image.multiple_frames",
        frames_first=GRAY)
    crc = bytearray(png(GRAY, 0, 8))
    crc[-14] ^= 1  # last byte of IDAT's CRC
    add("bad_crc.png", bytes(crc), "image.corrupt")


# ---- BMP
def bmp(rows, width, height, bits, compression=0, palette=b"", masks=b"", header=40, size=True):
    info = struct.pack("<IiiHHIIiiII", header, width, height, 1, bits, compression, len(rows), 2835, 2835,
                       len(palette) // 4, 0) + masks
    info += bytes(max(0, header - len(info)))
    at = 14 + len(info) + len(palette)
    return struct.pack("<2sIHHI", b"BM", at + len(rows) if size else 0, 0, 0, at) + info + palette + rows


def padded(rows):
    return b"".join(row + bytes(-len(row) % 4) for row in rows)


def bmps():
    bgr = RGB[::-1, :, ::-1]
    add("rgb24.bmp", saved(RGB, "BMP"), RGB)
    top_down = padded([row.tobytes() for row in RGB[:, :, ::-1]])
    add("rgb24_top_down.bmp", check(bmp(top_down, W, -H, 24), RGB), RGB)
    add("rgb24_no_size.bmp", check(bmp(padded([row.tobytes() for row in bgr]), W, H, 24, size=False), RGB), RGB)
    add("rgb24_v5.bmp", check(bmp(padded([row.tobytes() for row in bgr]), W, H, 24, header=124), RGB), RGB)
    four = np.dstack([bgr, np.full((H, W), 77, np.uint8)])
    add("rgb32.bmp", bmp(four.tobytes(), W, H, 32), RGB)
    masks = struct.pack("<4I", 0xFF0000, 0xFF00, 0xFF, 0xFF000000)
    add("rgba32.bmp", bmp(np.dstack([bgr, ALPHA[::-1]]).tobytes(), W, H, 32, 3, b"", masks, 108), "image.unsupported",
        alpha_ignore=RGB)
    add("rgba32_opaque.bmp", bmp(np.dstack([bgr, OPAQUE]).tobytes(), W, H, 32, 3, b"", masks, 108), RGB)
    for name, depths, compression in [("rgb16_555.bmp", (5, 5, 5), 0), ("rgb16_565.bmp", (5, 6, 5), 3)]:
        top = [2**d - 1 for d in depths]
        v = (RGB.astype(np.uint32) * top // 255)[::-1]
        shift = (depths[1] + depths[2], depths[2], 0)
        values = sum(v[..., c] << shift[c] for c in range(3)).astype("<u2")
        m = struct.pack("<3I", *(t << s for t, s in zip(top, shift))) if compression else b""
        data = bmp(padded([row.tobytes() for row in values]), W, H, 16, compression, b"", m)
        add(name, data, opened(data, "RGB"))
    for bits in (1, 4, 8):
        index = picture(1, top=2**bits - 1)
        colors = np.zeros((2**bits, 4), np.uint8)
        colors[:, :3] = np.random.default_rng(bits).integers(0, 256, (2**bits, 3))
        data = bmp(padded(packed(index[::-1], bits)), W, H, bits, 0, colors.tobytes())
        expected = colors[index][..., 2::-1]
        add(f"palette{bits}.bmp", check(data, expected, "RGB"), expected)
        if bits == 4:
            add("palette4_short.bmp", bmp(padded(packed(index[::-1], bits)), W, H, bits, 0, colors[:9].tobytes()),
                "image.corrupt")
    add("gray8.bmp", saved(GRAY, "BMP"), np.dstack([GRAY] * 3))
    # Run lengths: row by row, one run of 3, then single ones, then an absolute run of 5.
    for bits, kind in ((8, 1), (4, 2)):
        index = picture(1, top=15)[::-1].copy()
        index[:, 0:3] = index[:, 0:1]
        colors = np.zeros((16, 4), np.uint8)
        colors[:, :3] = np.random.default_rng(9).integers(0, 256, (16, 3))
        rows = b""
        for row in index.tolist():
            twice = (lambda v: v * 17) if bits == 4 else (lambda v: v)
            rows += bytes([3, twice(row[0])])
            rows += b"".join(bytes([1, twice(v)]) for v in row[3:-5])
            last = row[-5:]
            body = bytes(last) if bits == 8 else bytes(packed(np.array([last], np.uint8), 4)[0])
            rows += bytes([0, 5]) + body + bytes(len(body) % 2) + b"\0\0"
        expected = colors[index[::-1]][..., 2::-1]
        data = bmp(rows + b"\0\1", W, H, bits, kind, colors.tobytes())
        add(f"rle{bits}.bmp", check(data, expected, "RGB"), expected)
        add(f"rle{bits}_joined_end.bmp", bmp(rows[:-2] + b"\0\1", W, H, bits, kind, colors.tobytes()), expected)
    add("rle8_delta.bmp", bmp(b"\0\2\1\1" + rows + b"\0\1", W, H, 8, 1, colors.tobytes()), "image.unsupported")
    os2 = struct.pack("<IHHHH", 12, W, H, 1, 24)
    add("os2.bmp", struct.pack("<2sIHHI", b"BM", 26 + len(top_down), 0, 0, 26) + os2 + top_down, "image.unsupported")
    add("tail.bmp", bmp(top_down, W, -H, 24) + b"x", "image.corrupt")
    add("tail_zero.bmp", bmp(top_down, W, -H, 24) + bytes(3), RGB)


# ---- TIFF, by hand: little- and big-endian, strips and tiles, any sample format
def tiff(blocks, tags, order="<"):
    """tags: {tag: (type, [values])}; blocks: strips or tiles, put in front of the directory."""
    tiled = 322 in tags
    data, offsets = b"", []
    for block in blocks:
        offsets.append(8 + len(data))
        data += block + bytes(len(block) % 2)
    tags = {**tags, 324 if tiled else 273: (4, offsets), 325 if tiled else 279: (4, [len(b) for b in blocks])}
    extra_at = 8 + len(data) + 2 + 12 * len(tags) + 4
    entries, extra = b"", b""
    for tag, (kind, values) in sorted(tags.items()):
        body = b"".join(struct.pack(order + {1: "B", 3: "H", 4: "I"}[kind], v) for v in values)
        if len(body) > 4:
            field = struct.pack(order + "I", extra_at + len(extra))
            extra += body
        else:
            field = body + bytes(4 - len(body))
        entries += struct.pack(order + "HHI", tag, kind, len(values)) + field
    head = (b"II" if order == "<" else b"MM") + struct.pack(order + "HI", 42, 8 + len(data))
    return head + data + struct.pack(order + "H", len(tags)) + entries + struct.pack(order + "I", 0) + extra


def tags_of(width, height, bits, photometric, channels=1, **more):
    tags = {256: (3, [width]), 257: (3, [height]), 258: (3, [bits] * channels), 259: (3, [1]),
            262: (3, [photometric]), 277: (3, [channels]), 278: (3, [height])}
    tags.update({int(k[1:]): v for k, v in more.items()})
    return tags


def tiffs():
    for name, options in [("rgb_raw.tif", {}), ("rgb_lzw.tif", {"compression": "tiff_lzw"}),
                          ("rgb_deflate.tif", {"compression": "tiff_adobe_deflate"}),
                          ("rgb_packbits.tif", {"compression": "packbits"}),
                          ("rgb_predictor.tif", {"compression": "tiff_lzw", "tiffinfo": {317: 2}}),
                          ("rgb_big.tif", {"big_tiff": True})]:
        add(name, saved(RGB, "TIFF", **options), RGB)
    add("rgb_jpeg.tif", saved(RGB, "TIFF", compression="jpeg"), "image.unsupported")
    add("gray.tif", saved(GRAY, "TIFF", compression="tiff_lzw"), GRAY)
    add("bilevel_group4.tif", saved(Image.fromarray(GRAY > 99), "TIFF", compression="group4"), "image.unsupported")
    bits = picture(1, top=1)
    for photometric, flip in ((1, 0), (0, 1)):
        strip = b"".join(packed(bits ^ flip, 1))
        data = tiff([strip], tags_of(W, H, 1, photometric))
        add(f"bilevel_{'black' if photometric else 'white'}_zero.tif", check(data, bits * 255, "L"), bits * 255)
    add("gray_white_zero.tif", check(tiff([(255 - GRAY).tobytes()], tags_of(W, H, 8, 0)), GRAY), GRAY)
    four = picture(1, top=15)
    add("gray4.tif", check(tiff([b"".join(packed(four, 4))], tags_of(W, H, 4, 1)), four * 17, "L"), four * 17)
    table = np.random.default_rng(1).integers(0, 256, (3, 16)).astype(np.uint16)
    for name, factor in (("palette4.tif", 257), ("palette4_old.tif", 1)):
        data = tiff([b"".join(packed(four, 4))],
                    tags_of(W, H, 4, 3, t320=(3, (table * factor).ravel().tolist())))
        expected = table[:, four].transpose(1, 2, 0).astype(np.uint8)
        add(name, check(data, expected, "RGB") if factor == 257 else data, expected)
    for order, kind in (("<", "little"), (">", "big")):
        deep = [GRAY16.astype(order + "u2").tobytes()]
        data = tiff(deep, tags_of(W, H, 16, 1), order)
        add(f"gray16_{kind}.tif", check(data, GRAY16), "image.unsupported", sixteen_bit_scale=eight(GRAY16))
    white = tiff([(65535 - GRAY16).astype("<u2").tobytes()], tags_of(W, H, 16, 0))
    add("gray16_white_zero.tif", white, "image.unsupported", sixteen_bit_scale=eight(GRAY16))
    data = tiff([RGB16.astype("<u2").tobytes()], tags_of(W, H, 16, 2, 3))
    add("rgb16.tif", data, "image.unsupported", sixteen_bit_scale=eight(RGB16))
    strips = [RGB[y:y + 5].tobytes() for y in range(0, H, 5)]
    add("rgb_strips.tif", check(tiff(strips, tags_of(W, H, 8, 2, 3, t278=(3, [5]))), RGB), RGB)
    planes = [np.ascontiguousarray(RGB[y:y + 8, :, c]).tobytes() for c in range(3) for y in range(0, H, 8)]
    add("rgb_planar.tif", check(tiff(planes, tags_of(W, H, 8, 2, 3, t284=(3, [2]), t278=(3, [8]))), RGB), RGB)
    wide = np.zeros((32, 32, 3), np.uint8)
    wide[:H, :W] = RGB
    tiles = [np.ascontiguousarray(wide[y:y + 16, x:x + 16]) for y in (0, 16) for x in (0, 16)]
    tile = tags_of(W, H, 8, 2, 3, t322=(3, [16]), t323=(3, [16]))
    del tile[278]
    add("rgb_tiled.tif", check(tiff([t.tobytes() for t in tiles], tile), RGB), RGB)
    planar = dict(tile)
    planar[284] = (3, [2])
    parts = [np.ascontiguousarray(t[..., c]).tobytes() for c in range(3) for t in tiles]
    add("rgb_tiled_planar.tif", tiff(parts, planar), RGB)
    rgba = np.dstack([RGB, ALPHA])
    alpha = {"t338": (3, [2])}
    add("rgba.tif", tiff([rgba.tobytes()], tags_of(W, H, 8, 2, 4, **alpha)), "image.unsupported", alpha_ignore=RGB)
    add("rgba_premultiplied.tif", tiff([rgba.tobytes()], tags_of(W, H, 8, 2, 4, t338=(3, [1]))), "image.unsupported",
        alpha_ignore="image.unsupported")
    opaque = np.dstack([RGB, OPAQUE])
    add("rgba_opaque.tif", tiff([opaque.tobytes()], tags_of(W, H, 8, 2, 4, **alpha)), RGB)
    ga = np.dstack([255 - GRAY, OPAQUE])
    add("graya_white_zero_opaque.tif", tiff([ga.tobytes()], tags_of(W, H, 8, 0, 2, **alpha)), GRAY)
    add("float.tif", saved(Image.fromarray(GRAY.astype(np.float32)), "TIFF"), "image.unsupported")
    add("cmyk.tif", saved(Image.fromarray(RGB).convert("CMYK"), "TIFF"), "image.unsupported")
    add("lab.tif", tiff([RGB.tobytes()], tags_of(W, H, 8, 8, 3)), "image.unsupported")
    add("signed.tif", tiff([GRAY.tobytes()], tags_of(W, H, 8, 1, t339=(3, [2]))), "image.unsupported")
    add("private_tag.tif", tiff([GRAY.tobytes()], tags_of(W, H, 8, 1, t65000=(3, [7]))), GRAY)
    add("orientation_6.tif", tiff([RGB.tobytes()], tags_of(W, H, 8, 2, 3, t274=(3, [6]))), "image.unsupported",
        orientation_ignore=RGB, orientation_apply=np.rot90(RGB, -1))
    two = saved(GRAY, "TIFF", save_all=True, append_images=[Image.fromarray(255 - GRAY)])
    add("two_pages.tif", two, "image.multiple_frames", frames_first=GRAY)
    loop = bytearray(tiff([GRAY.tobytes()], tags_of(W, H, 8, 1)))
    loop[-4:] = loop[4:8]
    add("page_loop.tif", bytes(loop), "image.corrupt")


# ---- WebP and GIF
def webps():
    for name, options in [("rgb_lossy.webp", {"quality": 80}), ("rgb_lossless.webp", {"lossless": True})]:
        data = saved(RGB, "WEBP", **options)
        add(name, data, opened(data, "RGB"))
    rgba = np.dstack([RGB, ALPHA])
    for name, options in [("rgba_lossy.webp", {"quality": 80}), ("rgba_lossless.webp", {"lossless": True})]:
        data = saved(rgba, "WEBP", exact=True, **options)
        add(name, data, "image.unsupported", alpha_ignore=opened(data)[..., :3])
    frames = [Image.fromarray(RGB), Image.fromarray(255 - RGB)]
    data = saved(frames[0], "WEBP", save_all=True, append_images=frames[1:], lossless=True)
    add("animated.webp", data, "image.multiple_frames", frames_first=RGB)
    data = saved(RGB, "WEBP", lossless=True, exif=exif(6))
    add("exif_6.webp", data, "image.unsupported", orientation_ignore=RGB, orientation_apply=np.rot90(RGB, -1))


def gifs():
    colors = np.random.default_rng(2).integers(0, 256, (16, 3)).astype(np.uint8)
    image = Image.fromarray(picture(1, top=15), "P")
    image.putpalette(colors.tobytes())
    expected = colors[np.asarray(image)]
    for name, interlace in (("plain.gif", 0), ("interlaced.gif", 1)):
        data = saved(image, "GIF", interlace=interlace)
        assert Image.open(io.BytesIO(data)).tile[0].args[1] == interlace
        add(name, check(data, expected, "RGB"), expected)
    data = saved(image, "GIF", transparency=7)
    add("transparent.gif", data, "image.unsupported", alpha_ignore=expected)
    other = Image.fromarray(15 - picture(1, top=15), "P")
    other.putpalette(colors.tobytes())
    add("two_frames.gif", saved(image, "GIF", save_all=True, append_images=[other]), "image.multiple_frames",
        frames_first=expected)
    screen = bytearray(saved(image, "GIF", interlace=0))
    screen[6:8] = struct.pack("<H", W + 1)
    add("part_of_screen.gif", bytes(screen), "image.unsupported")


# ---- PNM
def pnms():
    bits = picture(1, top=1)
    text = lambda a: "\n".join(" ".join(map(str, row)) for row in a.reshape(H, -1).tolist()) + "\n"
    head = lambda kind, top="": f"{kind}\n# a comment\n{W} {H}\n{top}".encode()
    black = (255 * (1 - bits)).astype(np.uint8)
    add("plain.pbm", check(head("P1") + text(bits).encode(), black, "L"), black)
    add("plain_joined.pbm", head("P1") + text(bits).replace(" ", "").encode(), black)
    add("plain.pgm", check(head("P2", "255\n") + text(GRAY).encode(), GRAY), GRAY)
    add("plain.ppm", check(head("P3", "255\n") + text(RGB).encode(), RGB), RGB)
    add("binary.pbm", check(head("P4") + b"".join(packed(bits, 1)), black, "L"), black)
    add("binary.pgm", check(head("P5", "255\n") + GRAY.tobytes(), GRAY), GRAY)
    add("binary.ppm", check(head("P6", "255\n") + RGB.tobytes(), RGB), RGB)
    for name, kind, a in (("binary16.pgm", "P5", GRAY16), ("binary16.ppm", "P6", RGB16)):
        add(name, head(kind, "65535\n") + a.astype(">u2").tobytes(), "image.unsupported", sixteen_bit_scale=eight(a))
    add("plain16.pgm", head("P2", "65535\n") + text(GRAY16).encode(), "image.unsupported",
        sixteen_bit_scale=eight(GRAY16))
    add("plain16.ppm", head("P3", "65535\n") + text(RGB16).encode(), "image.unsupported",
        sixteen_bit_scale=eight(RGB16))
    add("max_2.pgm", head("P5", "2\n") + bits.tobytes(), "image.unsupported")
    add("above_max.pgm", b"P2 2 1 255\n255 256\n", "image.corrupt")
    one = head("P5", "255\n") + GRAY.tobytes()
    add("two_pictures.pgm", one + one, "image.multiple_frames", frames_first=GRAY)
    add("tail.pgm", one + b"x", "image.corrupt")


OUT.mkdir(parents=True, exist_ok=True)
for old in OUT.iterdir():
    old.unlink()
for make in (jpegs, pngs, bmps, tiffs, webps, gifs, pnms):
    make()
(OUT / "index.json").write_text(json.dumps(INDEX, indent=1, sort_keys=True) + "\n")
total = sum(f.stat().st_size for f in OUT.iterdir())
print(f"{len(INDEX)} samples, {total / 1024:.0f} KiB in {OUT}")
