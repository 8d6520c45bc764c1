"""Files in and out: one file per format, the registry of them all, and what is done with them."""

from __future__ import annotations

from kimimaro.formats.base import (
    FormatError,
    FormatWarning,
    LabelVolume,
    MissingExtraError,
    SkeletonFormat,
    VolumeFormat,
)
from kimimaro.formats.navis import from_navis, to_navis
from kimimaro.formats.networkx import from_networkx, to_networkx
from kimimaro.formats.registry import (
    SKELETON_FORMATS,
    VOLUME_FORMATS,
    find_skeleton_format,
    find_volume_format,
    holds_skeletons,
)
from kimimaro.formats.skeletons import (
    check_destination,
    existing_labels,
    read_skeletons,
    read_unit,
    write_skeletons,
)
from kimimaro.formats.volumes import read_volume

__all__ = [
    "SKELETON_FORMATS",
    "VOLUME_FORMATS",
    "FormatError",
    "FormatWarning",
    "LabelVolume",
    "MissingExtraError",
    "SkeletonFormat",
    "VolumeFormat",
    "check_destination",
    "existing_labels",
    "find_skeleton_format",
    "find_volume_format",
    "from_navis",
    "from_networkx",
    "holds_skeletons",
    "read_skeletons",
    "read_unit",
    "read_volume",
    "to_navis",
    "to_networkx",
    "write_skeletons",
]
