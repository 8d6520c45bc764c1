"""The parameters of TEASAR: the only place where a default stands."""

from __future__ import annotations

import dataclasses
import difflib
import math
from collections.abc import Mapping
from typing import Any, Literal

from kimimaro.errors import InputError, InputTypeError


@dataclasses.dataclass(frozen=True)
class TeasarParams:
    """How paths are drawn and how much of the object each path explains.

    Lengths are in the units of ``anisotropy``; accepted wherever a dict of the same keys is.
    """

    scale: float = 1.5
    """A path vertex explains the voxels within scale * distance to boundary + const of it."""
    const: float = 300.0
    """A path vertex explains the voxels within scale * distance to boundary + const of it."""
    pdrf_scale: float = 100000.0
    """Weight of the distance to boundary against the path length in a voxel's penalty."""
    pdrf_exponent: float = 4.0
    """Steepness of the penalty: higher draws paths closer to the centerline."""
    soma_acceptance_threshold: float = 3500.0
    """An object whose largest distance to boundary exceeds this is traced from a soma."""
    soma_detection_threshold: float = 750.0
    """An object whose largest distance to boundary exceeds this has its holes filled and is
    measured again, as it may be a soma."""
    soma_invalidation_const: float = 300.0
    """A soma reaches soma_invalidation_scale * distance to boundary + soma_invalidation_const."""
    soma_invalidation_scale: float = 2.0
    """A soma reaches soma_invalidation_scale * distance to boundary + soma_invalidation_const."""
    max_paths: int | None = None
    """Stop an object after this many paths; None traces until everything is explained."""
    invalidation: Literal["ball", "cube"] = "ball"
    """Explain a ball around each vertex as far as it is connected to the path inside the object,
    or the whole cube around that ball, as versions 2.x did."""

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            _check_value(field.name, getattr(self, field.name))

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


def _check_value(name: str, value: object) -> None:
    if name == "invalidation":
        if value not in ("ball", "cube"):
            raise InputError(f"teasar_params[{name!r}] is {value!r}; use 'ball' or 'cube'.")
    elif name == "max_paths":
        if value is None:
            return
        if not hasattr(value, "__index__") or isinstance(value, bool) or value.__index__() < 1:
            raise InputError(
                f"teasar_params[{name!r}] is {value!r}; use a whole number of at least 1, or None."
            )
    else:
        try:
            number = float(value)  # type: ignore[arg-type]
        except (TypeError, ValueError):
            number = math.nan
        if isinstance(value, (bool, str)) or math.isnan(number) or number < 0:
            raise InputError(f"teasar_params[{name!r}] is {value!r}; use a number of at least 0.")


DEFAULT_TEASAR_PARAMS: dict[str, Any] = {
    field.name: field.default
    for field in dataclasses.fields(TeasarParams)
    if field.name not in ("max_paths", "invalidation")
}
"""The defaults as a dict, under the keys that Kimimaro 5 had."""
