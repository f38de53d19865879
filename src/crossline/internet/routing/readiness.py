"""Which kernels still have to be compiled, so that nobody takes the compiler's time for the work's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from crossline.internet.routing import crossings, pairs, ties, transit_batches, untouched

if TYPE_CHECKING:
    from types import ModuleType

# What is done, and the kernel that takes longest to compile for it.
_KERNELS: Final[dict[str, tuple[ModuleType, str]]] = {
    "weighing transit": (transit_batches, "batches"),
    "bounding ties": (ties, "_batch"),
    "looking for untouched paths": (untouched, "_batch"),
    "counting crossings": (crossings, "_most"),
}
PAIRS: Final = "routing all pairs"


def begun(what: str) -> str:
    """Return what is to be said when one of these begins: whether it is to be compiled first."""
    ready = pairs.compiled() if what == PAIRS else _at_hand(getattr(*_KERNELS[what]))
    return what if ready else f"compiling, this once, then {what}"


def _at_hand(kernel: Any) -> bool:  # noqa: ANN401 - numba's dispatchers have no type
    """Return whether machine code is there, from this run or an earlier one; where numba does not say, that it is."""
    if getattr(kernel, "signatures", True):
        return True
    try:
        return bool(kernel._cache._cache_file._load_index())  # noqa: SLF001 - numba has no other way to ask
    except (AttributeError, OSError):
        return True
