"""What is measured: volumes, crops and parameters."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

DATA = Path(os.environ.get("KIMIMARO_DATA", Path(__file__).parents[2] / "shared" / "data"))
"""The folder of volumes, if no other is named."""

PUBLISHED = {
    "scale": 1.5,
    "const": 300,
    "pdrf_scale": 100000,
    "pdrf_exponent": 4,
    "soma_acceptance_threshold": 3500,
    "soma_detection_threshold": 1100,
    "soma_invalidation_const": 300,
    "soma_invalidation_scale": 1.0,
}
"""The parameters of the published benchmark on the connectomics volume."""

LISTING = PUBLISHED | {
    "soma_detection_threshold": 750,
    "soma_invalidation_scale": 2.0,
    "max_paths": 300,
}
"""The parameters of the listing in the published documentation."""


@dataclass(frozen=True)
class Case:
    """One volume with one set of parameters."""

    name: str
    source: str
    """File under the data folder."""
    anisotropy: tuple[float, float, float]
    teasar: Mapping[str, Any]
    """What differs from the published parameters."""
    dust_threshold: int = 1000
    crop: int | None = None
    """Edge length of a cube around the middle of the volume; None is the whole volume."""
    peer: Literal["always", "full", "never"] = "always"
    """When the peer runs on it: it needs an hour for some."""
    stored: str | None = None
    """What the peer once returned for it, where it does not run now."""
    truth: str | None = None
    """SWC of the true centerline."""
    tags: frozenset[str] = field(default_factory=frozenset)
    """"cost": counts for the cost per voxel; "threads": is run with several threads too."""

    @property
    def options(self) -> dict[str, Any]:
        """The keyword arguments of ``skeletonize``."""
        return {
            # Version 5 completes a partial dict otherwise.
            "teasar_params": PUBLISHED | self.teasar,
            "anisotropy": list(self.anisotropy),
            "dust_threshold": self.dust_threshold,
        }

    def load(self, data: Path) -> NDArray[np.unsignedinteger[Any]]:
        """Read the volume, in Fortran order as the files have it."""
        path = data / self.source
        if not path.exists():
            sys.exit(f"{path} is missing: name the volumes' folder by --data or KIMIMARO_DATA.")
        labels: NDArray[np.unsignedinteger[Any]]
        if path.suffix == ".npz":
            with np.load(path) as arrays:
                labels = arrays["labels"]
        else:
            labels = importlib.import_module("crackle").load(str(path))
        if self.crop is not None:
            starts = [(size - self.crop) // 2 for size in labels.shape]
            labels = labels[tuple(slice(start, start + self.crop) for start in starts)]
        return np.asfortranarray(labels)


def _connectomics(name: str, **changes: Any) -> Case:
    settings: dict[str, Any] = {
        "source": "connectomics.npy.ckl.gz",
        "anisotropy": (16, 16, 40),
        "teasar": PUBLISHED,
    }
    return Case(name, **(settings | changes))


def _tubes(name: str, voxel: float) -> Case:
    # Tubes of one to ten voxels: the constant is four voxels, as no tube is told from a twig of it.
    teasar = {"scale": 1.5, "const": 4 * voxel}
    return Case(
        name,
        source=f"truth/{name}.npz",
        anisotropy=(voxel, voxel, voxel),
        teasar=teasar,
        dust_threshold=100,
        truth=f"truth/{name}_gt.swc",
    )


CASES = [
    _connectomics("connectomics_128", crop=128, tags=frozenset({"cost"})),
    _connectomics("connectomics_256", crop=256, tags=frozenset({"cost", "threads"})),
    _connectomics(
        "connectomics_512",
        peer="full",
        stored="peer/connectomics_published.npz",
        tags=frozenset({"cost"}),
    ),
    _connectomics("connectomics_512_listing", teasar=LISTING, peer="full"),
    Case(
        "fib25_gt",
        source="fib25_gt.npz",
        anisotropy=(8, 8, 8),
        teasar={"scale": 1.5, "const": 300},
    ),
    _tubes("NeuroM_Neuron", voxel=0.25),
    _tubes("BraVa_BG0003", voxel=0.4),
    Case(
        "pn_722817260_single",
        source="pn_722817260_single.npz",
        anisotropy=(192, 192, 192),
        teasar={"scale": 1.5, "const": 1000},
        dust_threshold=100,
        peer="never",
        truth="truth/pn_722817260_single_gt.swc",
    ),
]
