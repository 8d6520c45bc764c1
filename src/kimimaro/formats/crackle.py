"""Crackle, the compressed format of dense labels: .ckl and .ckl.gz."""

from __future__ import annotations

from kimimaro.formats.axes import check_axes, crop_start, take
from kimimaro.formats.base import FormatError, LabelVolume, ReadOptions, VolumeFormat, require


def read(path: str, options: ReadOptions) -> LabelVolume:
    """Decompress the whole volume."""
    crackle = require("crackle", "crackle", "Reading Crackle files")
    binary = crackle.bload(path)
    _check_labels(binary, path)
    array = crackle.decompress(binary)
    axes = "xyz" if options.axes is None else check_axes(options.axes, array.ndim)
    labels = take(array, axes, options.crop)
    return LabelVolume(
        labels,
        anisotropy=None,
        unit=None,
        source="axis order x, y, z; Crackle files hold no voxel size",
        origin=crop_start(options.crop),
    )


def _check_labels(binary: bytes, path: str) -> None:
    """Compare the labels' checksum, without which a cut-off file decodes to other labels."""
    codec = require("crackle.codec", "crackle", "Reading Crackle files")
    stored = codec.labels_crc(binary)
    if stored is None:  # version 0 has no checksums
        return
    crc32c = require("google_crc32c", "crackle", "Reading Crackle files")
    if stored != crc32c.value(codec.raw_labels(binary)):
        raise FormatError(f"{path} is damaged: the checksum of its labels is wrong.")


FORMAT = VolumeFormat(
    name="crackle",
    title="Crackle",
    read=read,
    suffixes=(".ckl", ".ckl.gz"),
    extra="crackle",
)
