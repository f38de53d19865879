"""Which values of an object are wanted: paths such as ``site.slug``, laid out as a trie that kernels can follow."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crossline.compiled import Array


class Trie(NamedTuple):
    """Nodes and edges as arrays.

    Node 0 is the object itself; the nodes below a node n are those from ``n + 1``
    to ``past[n] - 1``.

    The edges of a node are ``first[n]`` to ``last[n] - 1``. An edge is a member's name, at ``key_at`` in ``keys``, or
    an ``item``'s place in a list (-1 for a name).
    """

    first: Array
    last: Array
    past: Array
    target: Array
    item: Array
    key_at: Array
    key_size: Array
    keys: Array


def trie(paths: Iterable[str]) -> tuple[Trie, dict[str, int]]:
    """Return the trie of some dotted paths, and the node of each path and of all above it.

    ``0`` and ``1`` are items of a list; no member that is read has a number for a name.
    """
    tree: dict[str, dict[str, object]] = {}
    for path in paths:
        inner: dict[str, object] = tree  # type: ignore[assignment]  # a tree of dicts, however deep
        for word in path.split("."):
            inner = inner.setdefault(word, {})  # type: ignore[assignment]  # the same
    nodes: dict[str, int] = {"": 0}
    edges: list[list[tuple[str, int]]] = []
    past: list[int] = []

    def lay(prefix: str, below: dict[str, object]) -> None:
        number = len(edges)
        nodes[prefix] = number
        edges.append([])
        past.append(0)
        for word, rest in below.items():
            edges[number].append((word, len(edges)))
            lay(f"{prefix}.{word}" if prefix else word, rest)  # type: ignore[arg-type]  # the same
        past[number] = len(edges)

    lay("", tree)  # type: ignore[arg-type]  # the same
    flat = [edge for own in edges for edge in own]
    ends = np.cumsum([len(own) for own in edges], dtype=np.int64)
    names = [b"" if word.isdigit() else word.encode() for word, _ in flat]
    sizes = np.array([len(name) for name in names], np.int64)
    return (
        Trie(
            first=np.concatenate([np.zeros(1, np.int64), ends[:-1]]),
            last=ends,
            past=np.array(past, np.int64),
            target=np.array([node for _, node in flat], np.int64),
            item=np.array([int(word) if word.isdigit() else -1 for word, _ in flat], np.int64),
            key_at=np.cumsum(sizes) - sizes,
            key_size=sizes,
            keys=np.frombuffer(b"".join(names) + b"\0", np.uint8),
        ),
        nodes,
    )
