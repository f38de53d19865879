"""Columns of text that polars takes over as a kernel wrote them, without a copy.

That is the Arrow C data interface (https://arrow.apache.org/docs/format/CDataInterface.html) for arrays of views
(https://arrow.apache.org/docs/format/Columnar.html#variable-size-binary-view-layout). Several columns point into one
text, so that what they have in common is written once.
"""

from __future__ import annotations

import ctypes
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import numba
import numpy as np
import polars as pl
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

if TYPE_CHECKING:
    from crossline.compiled import Array

WORDS: Final = 4  # of 32 bits in a view: the length; then up to 12 bytes of text, or its first 4, buffer, and place
INLINE: Final = 12
_BUFFERS: Final = 4  # of a column: validity, views, the text, how long that is
_RELEASE: Final = 8  # where a pointer to a function stands in `_Array`, in words of 64 bits
_PRIVATE: Final = 9
_ADDRESS: Final = ctypes.sizeof(ctypes.c_void_p)
_SCHEMA_NAME: Final = b"arrow_schema"  # capsules keep only where their names lie
_ARRAY_NAME: Final = b"arrow_array"


class _Schema(ctypes.Structure):
    _fields_ = (
        ("format", ctypes.c_char_p),
        ("name", ctypes.c_char_p),
        ("metadata", ctypes.c_char_p),
        ("flags", ctypes.c_int64),
        ("n_children", ctypes.c_int64),
        ("children", ctypes.c_void_p),
        ("dictionary", ctypes.c_void_p),
        ("release", ctypes.c_void_p),
        ("private_data", ctypes.c_void_p),
    )


class _Array(ctypes.Structure):
    _fields_ = (
        ("length", ctypes.c_int64),
        ("null_count", ctypes.c_int64),
        ("offset", ctypes.c_int64),
        ("n_buffers", ctypes.c_int64),
        ("n_children", ctypes.c_int64),
        ("buffers", ctypes.c_void_p),
        ("children", ctypes.c_void_p),
        ("dictionary", ctypes.c_void_p),
        ("release", ctypes.c_void_p),
        ("private_data", ctypes.c_void_p),
    )


@intrinsic
def _give_back(typing_context: object, array: object) -> tuple[object, object]:  # noqa: ARG001 - as numba asks
    def generate(context: Any, builder: Any, signature: object, arguments: Any) -> object:  # noqa: ANN401, ARG001
        word, byte = ir.IntType(64), ir.IntType(8).as_pointer()
        words = builder.bitcast(arguments[0], word.as_pointer())
        block = builder.load(builder.gep(words, [ir.Constant(word, _PRIVATE)]))
        builder.store(ir.Constant(word, 0), builder.gep(words, [ir.Constant(word, _RELEASE)]))
        freed = ir.FunctionType(ir.VoidType(), [byte])
        free = numba.core.cgutils.get_or_insert_function(builder.module, freed, "PyMem_RawFree")  # type: ignore[no-untyped-call]
        builder.call(free, [builder.inttoptr(block, byte)])
        return context.get_dummy_value()

    return types.void(types.voidptr), generate


# Machine code, and no Python: polars may let go of a column in any thread, and while the interpreter ends.
@numba.cfunc(types.void(types.voidptr), cache=True)
def _release(array: Any) -> None:  # noqa: ANN401
    _give_back(array)  # type: ignore[call-arg]  # numba adds the context


@numba.cfunc(types.void(types.voidptr), cache=True)
def _keep(_: Any) -> None:  # noqa: ANN401
    """Release nothing: a part goes with the whole, and a schema stays."""


_api: Final = ctypes.pythonapi
_api.PyMem_RawMalloc.restype = ctypes.c_void_p
_api.PyMem_RawMalloc.argtypes = (ctypes.c_size_t,)
_api.PyMem_RawFree.restype = None
_api.PyMem_RawFree.argtypes = (ctypes.c_void_p,)
_api.PyCapsule_New.restype = ctypes.py_object
_api.PyCapsule_New.argtypes = (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)


@cache
def _schema(names: tuple[str, ...]) -> tuple[_Schema, object]:
    """Return the schema of a struct of views of strings, and what it points to."""
    children = tuple(_Schema(format=b"vu", name=name.encode(), release=_keep.address) for name in names)
    places = (ctypes.c_void_p * len(names))(*(ctypes.addressof(child) for child in children))
    whole = _Schema(
        format=b"+s", name=b"", n_children=len(names), children=ctypes.addressof(places), release=_keep.address
    )
    return whole, (children, places)


class Text:
    """Room for the columns ``names`` of ``rows`` strings each, that lie in at most ``size`` bytes of one text.

    ``views`` (uint32, [column, row, word]) and ``text`` (uint8) are to be written in full, as far as they are used.
    """

    def __init__(self, names: tuple[str, ...], rows: int, size: int) -> None:
        self._names, self._rows = names, rows
        columns = len(names)
        arrays = columns * ctypes.sizeof(_Array)
        self._head = -(-(arrays + (columns * (1 + _BUFFERS) + 2) * _ADDRESS) // 64) * 64
        words = columns * rows * WORDS
        block = _api.PyMem_RawMalloc(self._head + 4 * words + size)
        if not block:
            raise MemoryError
        self._block: int | None = block
        self.views: Array = _at(block + self._head, ctypes.c_uint32, words).reshape(columns, rows, WORDS)
        self.text: Array = _at(block + self._head + 4 * words, ctypes.c_uint8, size)

    def __del__(self) -> None:
        """Free what was not given away."""
        if getattr(self, "_block", None):
            _api.PyMem_RawFree(self._block)

    def frame(self, used: int) -> pl.DataFrame:
        """Give the columns away, ``used`` bytes of text with them. Nothing here can be used after that."""
        self._used = used
        frame = pl.Series(self).struct.unnest()
        del self.views, self.text
        return frame

    def __arrow_c_array__(self, requested_schema: object = None) -> tuple[object, object]:
        """Return capsules of the schema and of the array, as pyarrow's PyCapsule interface has it."""
        del requested_schema
        columns, block = len(self._names), self._block
        if block is None:
            raise ValueError("these columns were given away before")
        places = block + columns * ctypes.sizeof(_Array)
        pointers = _at(places, ctypes.c_uint64, columns * (1 + _BUFFERS) + 2)
        buffers, rest = pointers[: columns * _BUFFERS].reshape(columns, _BUFFERS), pointers[columns * _BUFFERS :]
        # rest: where the children are, the validity of the whole, and how long the text is
        buffers[:, 0] = 0
        buffers[:, 1] = block + self._head + np.arange(columns) * (4 * WORDS * self._rows)
        buffers[:, 2] = block + self._head + columns * (4 * WORDS * self._rows)
        buffers[:, 3] = places + (columns * (1 + _BUFFERS) + 1) * _ADDRESS
        rest[:columns] = block + np.arange(columns) * ctypes.sizeof(_Array)
        rest[columns] = 0
        rest[columns + 1] = self._used
        for column in range(columns):
            part = _Array.from_address(block + column * ctypes.sizeof(_Array))
            ctypes.memset(ctypes.addressof(part), 0, ctypes.sizeof(part))
            part.length, part.n_buffers, part.release = self._rows, _BUFFERS, _keep.address
            part.buffers = places + column * _BUFFERS * _ADDRESS
        # Whoever takes the array moves it out of this one, and then owns the block.
        self._whole = _Array(
            length=self._rows,
            n_buffers=1,
            n_children=columns,
            buffers=places + columns * (1 + _BUFFERS) * _ADDRESS,
            children=places + columns * _BUFFERS * _ADDRESS,
            release=_release.address,
            private_data=block,
        )
        self._block = None
        schema, _ = _schema(self._names)
        return (
            _api.PyCapsule_New(ctypes.addressof(schema), _SCHEMA_NAME, None),
            _api.PyCapsule_New(ctypes.addressof(self._whole), _ARRAY_NAME, None),
        )


def _at(address: int, kind: type[Any], count: int) -> Array:
    return np.frombuffer((kind * count).from_address(address), kind)
