"""The engine: the extension module that was built for this processor's instruction set.

The environment variable ``KIMIMARO_ISA`` (portable, avx2 or avx512) forces one of them.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
from types import ModuleType

_FASTEST_FIRST = ("avx512", "avx2", "portable")


def _load() -> ModuleType:
    portable = importlib.import_module("kimimaro._engine_portable")
    there = [
        isa
        for isa in _FASTEST_FIRST
        if portable.runs(isa) and importlib.util.find_spec(f"kimimaro._engine_{isa}")
    ]
    forced = os.environ.get("KIMIMARO_ISA")
    if forced and forced not in there:
        raise ImportError(
            f"KIMIMARO_ISA is {forced!r}, which this processor does not run or this installation "
            f"does not have; use one of {', '.join(there)}, or leave it unset."
        )
    return importlib.import_module(f"kimimaro._engine_{forced or there[0]}")


_module = _load()
isa: str = _module.isa
Image = _module.Image
break_loops = _module.break_loops
consolidate = _module.consolidate
cross_sections = _module.cross_sections
drop_dust = _module.drop_dust
join_components = _module.join_components
remove_ticks = _module.remove_ticks
thin = _module.thin
