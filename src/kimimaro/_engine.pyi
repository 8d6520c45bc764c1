from collections.abc import Sequence
from typing import Annotated

import numpy
from numpy.typing import NDArray

def runs(isa: str) -> bool:
    """
    Whether this processor can run the module built for an instruction set.
    """

isa: str = "portable"

def consolidate(
    vertices: Annotated[
        NDArray[numpy.float32], dict(shape=(None, 3), order="C", device="cpu", writable=False)
    ],
    edges: Annotated[
        NDArray[numpy.uint32], dict(shape=(None, 2), order="C", device="cpu", writable=False)
    ],
) -> tuple[
    Annotated[NDArray[numpy.uint32], dict(shape=(None,), order="C")],
    Annotated[NDArray[numpy.uint32], dict(shape=(None, 2), order="C")],
]:
    """
    Merge vertices at one place; return the vertices that stay, by place, and their edges.
    """

def drop_dust(
    vertices: Annotated[
        NDArray[numpy.float32], dict(shape=(None, 3), order="C", device="cpu", writable=False)
    ],
    edges: Annotated[
        NDArray[numpy.uint32], dict(shape=(None, 2), order="C", device="cpu", writable=False)
    ],
    threshold: float,
) -> tuple[
    Annotated[NDArray[numpy.uint32], dict(shape=(None,), order="C")],
    Annotated[NDArray[numpy.uint32], dict(shape=(None, 2), order="C")],
]:
    """
    Drop components of no more cable; return the vertices that stay and their edges.
    """

def break_loops(
    vertices: Annotated[
        NDArray[numpy.float32], dict(shape=(None, 3), order="C", device="cpu", writable=False)
    ],
    edges: Annotated[
        NDArray[numpy.uint32], dict(shape=(None, 2), order="C", device="cpu", writable=False)
    ],
    radii: Annotated[
        NDArray[numpy.float32], dict(shape=(None,), order="C", device="cpu", writable=False)
    ],
) -> tuple[
    Annotated[NDArray[numpy.uint32], dict(shape=(None,), order="C")],
    Annotated[NDArray[numpy.uint32], dict(shape=(None, 2), order="C")],
]:
    """
    Make every component a tree; return the vertices that stay and their edges.
    """

def join_components(
    vertices: Annotated[
        NDArray[numpy.float32], dict(shape=(None, 3), order="C", device="cpu", writable=False)
    ],
    edges: Annotated[
        NDArray[numpy.uint32], dict(shape=(None, 2), order="C", device="cpu", writable=False)
    ],
    radii: Annotated[
        NDArray[numpy.float32], dict(shape=(None,), order="C", device="cpu", writable=False)
    ],
    radius: float,
    within_radii: bool,
) -> Annotated[NDArray[numpy.uint32], dict(shape=(None, 2), order="C")]:
    """Return the edges that join the components, shortest first."""

def remove_ticks(
    vertices: Annotated[
        NDArray[numpy.float32], dict(shape=(None, 3), order="C", device="cpu", writable=False)
    ],
    edges: Annotated[
        NDArray[numpy.uint32], dict(shape=(None, 2), order="C", device="cpu", writable=False)
    ],
    threshold: float,
) -> tuple[
    Annotated[NDArray[numpy.uint32], dict(shape=(None,), order="C")],
    Annotated[NDArray[numpy.uint32], dict(shape=(None, 2), order="C")],
]:
    """
    Remove short terminal branches; return the vertices that stay and their edges.
    """

def thin(
    vertices: Annotated[
        NDArray[numpy.float32], dict(shape=(None, 3), order="C", device="cpu", writable=False)
    ],
    edges: Annotated[
        NDArray[numpy.uint32], dict(shape=(None, 2), order="C", device="cpu", writable=False)
    ],
    factor: int,
) -> Annotated[NDArray[numpy.uint32], dict(shape=(None,), order="C")]:
    """
    Return the ends, the branch points and every so many-th vertex between them.
    """

class Image:
    """The objects of a labeled image: its connected components."""

    def __init__(
        self,
        labels: Annotated[NDArray, dict(shape=(None, None, None), device="cpu", writable=False)],
        swapped: bool,
        voxel_size: Sequence[float],
        selection: Annotated[
            NDArray[numpy.uint64], dict(shape=(None,), order="C", device="cpu", writable=False)
        ]
        | None,
        dust: int,
        threads: int,
        progress: object | None,
        graph: Annotated[
            NDArray[numpy.uint32], dict(shape=(None, None, None), device="cpu", writable=False)
        ]
        | None = None,
    ) -> None: ...
    def components(self, dust: bool = False) -> tuple: ...
    def border_targets(self, threads: int, progress: object | None) -> tuple: ...
    def components_at(
        self,
        points: Annotated[
            NDArray[numpy.uint32], dict(shape=(None, 3), order="C", device="cpu", writable=False)
        ],
    ) -> Annotated[NDArray[numpy.uint32], dict(shape=(None,))]: ...
    def fill_holes(self, dust: int, threads: int, progress: object | None) -> None: ...
    def merge_enclosed(
        self, threshold: float, dust: int, threads: int, progress: object | None
    ) -> int: ...
    def measure(self, threads: int, progress: object | None, soma: float | None = None) -> None: ...
    def distances(self) -> Annotated[NDArray[numpy.float32], dict(shape=(None, None, None))]: ...
    def component_image(
        self,
    ) -> Annotated[NDArray[numpy.uint32], dict(shape=(None, None, None))]: ...
    def divide(
        self,
        components: Annotated[
            NDArray[numpy.uint32], dict(shape=(None,), order="C", device="cpu", writable=False)
        ],
        voxels: Annotated[
            NDArray[numpy.uint32], dict(shape=(None, 3), order="C", device="cpu", writable=False)
        ],
        distances: Annotated[
            NDArray[numpy.float32], dict(shape=(None,), order="C", device="cpu", writable=False)
        ],
        segments: Annotated[
            NDArray[numpy.uint32], dict(shape=(None,), order="C", device="cpu", writable=False)
        ],
        largest: int,
        threads: int,
        progress: object | None,
    ) -> tuple: ...
    def trace(
        self,
        teasar: dict,
        fix_branching: bool,
        before: tuple[
            Annotated[
                NDArray[numpy.uint32], dict(shape=(None,), order="C", device="cpu", writable=False)
            ],
            Annotated[
                NDArray[numpy.uint32],
                dict(shape=(None, 3), order="C", device="cpu", writable=False),
            ],
        ],
        after: tuple[
            Annotated[
                NDArray[numpy.uint32], dict(shape=(None,), order="C", device="cpu", writable=False)
            ],
            Annotated[
                NDArray[numpy.uint32],
                dict(shape=(None, 3), order="C", device="cpu", writable=False),
            ],
        ],
        starts: tuple[
            Annotated[
                NDArray[numpy.uint32], dict(shape=(None,), order="C", device="cpu", writable=False)
            ],
            Annotated[
                NDArray[numpy.uint32],
                dict(shape=(None, 3), order="C", device="cpu", writable=False),
            ],
        ],
        roots: tuple[
            Annotated[
                NDArray[numpy.uint32], dict(shape=(None,), order="C", device="cpu", writable=False)
            ],
            Annotated[
                NDArray[numpy.uint32],
                dict(shape=(None, 3), order="C", device="cpu", writable=False),
            ],
        ],
        threads: int,
        layout: str | None,
        progress: object | None,
        only: int | None = None,
    ) -> dict: ...

def cross_sections(
    labels: Annotated[NDArray, dict(shape=(None, None, None), device="cpu", writable=False)],
    swapped: bool,
    size: Sequence[float],
    skeleton_labels: Annotated[
        NDArray[numpy.uint64], dict(shape=(None,), order="C", device="cpu", writable=False)
    ],
    vertex_offsets: Annotated[
        NDArray[numpy.uint64], dict(shape=(None,), order="C", device="cpu", writable=False)
    ],
    edge_offsets: Annotated[
        NDArray[numpy.uint64], dict(shape=(None,), order="C", device="cpu", writable=False)
    ],
    vertices: Annotated[
        NDArray[numpy.float32], dict(shape=(None, 3), order="C", device="cpu", writable=False)
    ],
    voxels: Annotated[
        NDArray[numpy.int64], dict(shape=(None, 3), order="C", device="cpu", writable=False)
    ],
    edges: Annotated[
        NDArray[numpy.uint32], dict(shape=(None, 2), order="C", device="cpu", writable=False)
    ],
    wanted: Annotated[
        NDArray[numpy.uint8], dict(shape=(None,), order="C", device="cpu", writable=False)
    ],
    window: int,
    step: int,
    fill_holes: bool,
    threads: int,
    progress: object | None,
) -> tuple:
    """
    Cut objects across their skeletons: areas, faces touched, vertices cut, labels found.
    """
