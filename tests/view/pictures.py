"""Pictures of shapes, and what is seen in them."""

from __future__ import annotations

import io

import numpy as np
from osteoid import Skeleton
from PIL import Image


def as_skeleton(shape, label=1):
    starts = np.cumsum([0, *map(len, shape.centerline)])
    edges = [
        np.stack([np.arange(len(line) - 1), np.arange(1, len(line))], axis=1) + start
        for line, start in zip(shape.centerline, starts, strict=False)
    ]
    vertices = np.concatenate(shape.centerline).astype(np.float32)
    return Skeleton(
        vertices,
        np.concatenate(edges).astype(np.uint32),
        radii=np.linspace(2, 8, len(vertices), dtype=np.float32),
        segid=label,
        space="physical",
        transform=np.eye(3, 4) * shape.anisotropy[0],
    )


def as_pixels(drawn):
    buffer = io.BytesIO()
    drawn.savefig(buffer, format="png", dpi=150)
    return np.array(Image.open(buffer).convert("RGB"))


def panel_pixels(drawn, pixels, number):
    box = drawn.axes[number].get_position()
    height, width = pixels.shape[:2]
    rows = slice(round((1 - box.y1) * height) + 3, round((1 - box.y0) * height) - 3)
    return pixels[rows, round(box.x0 * width) + 3 : round(box.x1 * width) - 3]


def colored(pixels):
    """Pixels that are neither white nor gray."""
    return np.ptp(pixels.astype(int), axis=-1) > 40


def near(pixels, rgb):
    return (abs(pixels / 255 - rgb).max(axis=-1) < 0.04).any()
