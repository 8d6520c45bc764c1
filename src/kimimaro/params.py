"""The parameters of TEASAR: the only place where a default stands."""

from __future__ import annotations

import dataclasses
import difflib
import math
from collections.abc import Mapping
from typing import Any, Literal

from kimimaro.errors import InputError, InputTypeError, shown
from kimimaro.numbers import as_number, as_whole

_MOST = 1e38  # nearly what 32 bits hold: an infinite penalty leads nowhere


@dataclasses.dataclass(frozen=True)
class TeasarParams:
    """How paths are drawn and how much of the object each path explains.

    Lengths are in the units of ``anisotropy``; accepted wherever a dict of the same keys is.

    Notes
    -----
    To enter a voxel costs its penalty, ``pdrf_scale * (1 - DBF / (1.06 * max DBF)) **
    pdrf_exponent + DAF / max DAF``: DBF is its distance to boundary, DAF its geodesic distance from
    the root, the maxima are those of the object. The form is that of TEASAR (Sato et al. 2000,
    doi:10.1109/PCCGA.2000.883951) as Kimimaro modified it.
    """

    scale: float = 1.5
    """A path vertex explains the voxels within scale * distance to boundary + const of it."""
    const: float = 300.0
    """A path vertex explains the voxels within scale * distance to boundary + const of it."""
    pdrf_scale: float = 100000.0
    """Weight of the distance to boundary against the path length in a voxel's penalty, at most
    1e38."""
    pdrf_exponent: float = 4.0
    """Steepness of the penalty, at most 1e38: higher draws paths closer to the centerline."""
    soma_acceptance_threshold: float = 3500.0
    """An object whose largest distance to boundary exceeds this is traced from a soma, unless the
    user gives it a root."""
    soma_detection_threshold: float = 750.0
    """An object whose largest distance to boundary exceeds this has its holes filled and is
    measured again, as it may be a soma."""
    soma_invalidation_const: float = 300.0
    """A soma reaches soma_invalidation_scale * distance to boundary + soma_invalidation_const."""
    soma_invalidation_scale: float = 2.0
    """A soma reaches soma_invalidation_scale * distance to boundary + soma_invalidation_const."""
    max_paths: int | None = None
    """Stop an object after this many paths; by default, once everything is explained."""
    invalidation: Literal["ball", "cube"] = "ball"
    """Explain a ball around each vertex as far as it is connected to the path inside the object,
    or the whole cube around that ball, as versions 2.x did."""

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            _check_value(field.name, getattr(self, field.name))
        # The engine takes no 3.0.
        object.__setattr__(self, "max_paths", as_whole(self.max_paths))

    @classmethod
    def of(cls, params: TeasarParams | Mapping[str, Any] | None) -> TeasarParams:
        """Complete a partial dict from the defaults; pass a TeasarParams through.

        Raises
        ------
        InputError
            A key is unknown or a value is out of range.
        InputTypeError
            ``params`` is neither a mapping nor a TeasarParams nor None.
        """
        if params is None:
            return cls()
        if isinstance(params, cls):
            return params
        if not isinstance(params, Mapping):
            raise InputTypeError(
                f"teasar_params is a {type(params).__name__}; pass a dict or a TeasarParams."
            )
        names = [field.name for field in dataclasses.fields(cls)]
        for key in params:
            if key not in names:
                near = difflib.get_close_matches(str(key), names, n=1, cutoff=0.0)[0]
                raise InputError(
                    f"teasar_params has an unknown key {key!r}; did you mean {near!r}? "
                    f"Valid keys are {', '.join(names)}."
                )
        return cls(**params)

    def as_dict(self) -> dict[str, Any]:
        """Return the parameters as a plain dict."""
        return dataclasses.asdict(self)


def check_weight(name: str, value: object) -> float:
    """Return a part of the penalty as a number; the engine's floats must hold it.

    Raises
    ------
    InputError
        It is no number from 0 to 1e38.
    """
    number = as_number(value)
    if not 0 <= number <= _MOST:
        raise InputError(f"{name} is {shown(value)}; use a number from 0 to {_MOST:g}.")
    return number


def _check_value(name: str, value: object) -> None:
    if name == "invalidation":
        if not isinstance(value, str) or value not in ("ball", "cube"):
            raise InputError(f"teasar_params[{name!r}] is {value!r}; use 'ball' or 'cube'.")
    elif name == "max_paths":
        if value is None:
            return
        paths = None if math.isnan(as_number(value)) else as_whole(value)  # True is no number
        if paths is None or not 1 <= paths < 2**63:
            raise InputError(
                f"teasar_params[{name!r}] is {shown(value)}; use a whole number from 1 to "
                "2**63 - 1; without one there is no limit."
            )
    elif name in ("pdrf_scale", "pdrf_exponent"):
        check_weight(f"teasar_params[{name!r}]", value)
    elif not as_number(value) >= 0:
        raise InputError(
            f"teasar_params[{name!r}] is {shown(value)}; use a number of at least 0, or infinity."
        )


DEFAULT_TEASAR_PARAMS: dict[str, Any] = {
    field.name: field.default
    for field in dataclasses.fields(TeasarParams)
    if field.name not in ("max_paths", "invalidation")
}
"""The defaults as a dict, under the keys that Kimimaro 5 had."""
