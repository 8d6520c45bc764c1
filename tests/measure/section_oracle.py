"""Skeletons to cut objects at, and what the cut should give, voxel by voxel."""

from __future__ import annotations

import itertools

import numpy as np
from osteoid import Skeleton
from scipy import ndimage

import kimimaro

FULL = np.ones((3, 3, 3), dtype=bool)
LINE = [(4, 5, 5), (5, 5, 5), (6, 5, 5), (7, 5, 5)]
CUBE = np.pad(np.ones((9, 9, 9), dtype=bool), 1)


def skeleton(voxels, edges=None, anisotropy=(1, 1, 1), label=1):
    """A skeleton through some voxels, by default a chain."""
    voxels = np.array(voxels, dtype=np.float32)
    if edges is None:
        edges = [(i, i + 1) for i in range(len(voxels) - 1)]
    return Skeleton(
        voxels * np.array(anisotropy, dtype=np.float32),
        np.array(edges, dtype=np.uint32).reshape(-1, 2),
        space="physical",
        segid=label,
    )


def areas(labels, skel, anisotropy=(1, 1, 1), **options):
    found = kimimaro.cross_sectional_area(labels, skel, anisotropy, **options)
    assert found is skel
    assert skel.cross_sectional_area.dtype == np.float32
    assert skel.cross_sectional_area_contacts.dtype == np.uint8
    return skel.cross_sectional_area


def cube_cut(centre, normal, size):
    """The area of the plane through the origin in a box around a centre, as a polygon."""
    corners = [centre + np.array(s) / 2 for s in itertools.product((-1, 1), repeat=3)]
    points = []
    for a, b in itertools.combinations(corners, 2):
        if np.count_nonzero(np.abs(a - b) > 1e-9) != 1:
            continue
        p, q = a @ normal, b @ normal
        if abs(p) < 1e-9:
            points.append(a)
        if abs(q) < 1e-9:
            points.append(b)
        if p * q < -1e-18:
            points.append(a + (b - a) * p / (p - q))
    if len(points) < 3:
        return 0.0
    points = np.array(points) * size
    normal = normal / size
    normal = normal / np.linalg.norm(normal)
    u = np.cross(normal, np.eye(3)[np.argmin(np.abs(normal))])
    u /= np.linalg.norm(u)
    flat = (points - points.mean(axis=0)) @ np.column_stack([u, np.cross(normal, u)])
    flat = flat[np.argsort(np.arctan2(flat[:, 1], flat[:, 0]))]
    x, y = flat.T
    return abs(float(x @ np.roll(y, -1) - y @ np.roll(x, -1))) / 2


def section(solid, at, normal, size):
    """Area and contacts, voxel by voxel."""
    normal = np.array(normal, dtype=float) / np.linalg.norm(normal)
    voxels = np.argwhere(solid)
    cut = np.abs((voxels - at) @ normal) < np.abs(normal).sum() / 2 - 1e-9
    hit = np.zeros(solid.shape, dtype=bool)
    hit[tuple(voxels[cut].T)] = True
    pieces, _ = ndimage.label(hit, FULL)
    piece = np.argwhere(pieces == pieces[tuple(at)])
    contacts = 0
    for axis in range(3):
        contacts |= bool((piece[:, axis] == 0).any()) << (2 * axis)
        contacts |= bool((piece[:, axis] == solid.shape[axis] - 1).any()) << (2 * axis + 1)
    return sum(cube_cut(v - at, normal, np.array(size)) for v in piece), contacts


def blobs(seed, shape=(18, 16, 14), smooth=1.2):
    noise = np.random.default_rng(seed).normal(size=shape)
    return ndimage.gaussian_filter(noise, smooth) > -0.03
