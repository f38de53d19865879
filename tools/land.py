"""Make src/crossline/drawing/land.txt, the outlines of land that world maps are drawn on.

    python tools/land.py land-50m.json

The file is of the package `world-atlas` for npm (version 2.0.2; ISC), which holds the land of Natural Earth (version
4.1.0, 1:50m, public domain) as TopoJSON. Outlines are thinned to what a page can show: points nearer than TOLERANCE to
the line between their neighbours are dropped (Douglas and Peucker, doi:10.3138/FM57-6770-U75U-7727), and so are islands
smaller than LEAST square degrees.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

TOLERANCE = 0.12  # degrees: a fifth of a pixel on a map 1,200 pixels wide
LEAST = 0.02  # square degrees
TARGET = Path(__file__).resolve().parents[1] / "src" / "crossline" / "drawing" / "land.txt"


def arcs(topology: dict) -> list[np.ndarray]:
    """Return the arcs of a quantised topology as longitudes and latitudes (TopoJSON 1.0, 2.1.4)."""
    scale, translate = np.array(topology["transform"]["scale"]), np.array(topology["transform"]["translate"])
    return [np.cumsum(np.array(arc), axis=0) * scale + translate for arc in topology["arcs"]]


def ring(numbers: list[int], held: list[np.ndarray]) -> np.ndarray:
    """Put the arcs of a ring together; a negative number is an arc the other way round (2.1.4.1)."""
    parts = [held[number] if number >= 0 else held[~number][::-1] for number in numbers]
    return np.concatenate([part if place == 0 else part[1:] for place, part in enumerate(parts)])


def thinned(line: np.ndarray) -> np.ndarray:
    """Drop points that the line can do without."""
    keep = np.zeros(len(line), bool)
    keep[[0, -1]] = True
    pending = [(0, len(line) - 1)]
    while pending:
        first, last = pending.pop()
        if last - first < 2:
            continue
        chord, inner = line[last] - line[first], line[first + 1 : last] - line[first]
        length = np.hypot(*chord)
        off = np.abs(chord[0] * inner[:, 1] - chord[1] * inner[:, 0]) / length if length else np.hypot(*inner.T)
        far = int(off.argmax())
        if off[far] > TOLERANCE:
            keep[first + 1 + far] = True
            pending += [(first, first + 1 + far), (first + 1 + far, last)]
    return line[keep]


def area(line: np.ndarray) -> float:
    """Return the area of a ring in square degrees."""
    x, y = line.T
    return float(abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1))) / 2)


def parted(line: np.ndarray) -> list[np.ndarray]:
    """Part a ring at the antimeridian; one that runs round a pole (Antarctica's) is left out."""
    x = np.degrees(np.unwrap(np.radians(line[:, 0])))
    if abs(x[-1] - x[0]) > 180:
        return []
    shifts = [turn for turn in (-360, 0, 360) if x.max() + turn > -180 and x.min() + turn < 180]
    rings = [np.column_stack([x + turn, line[:, 1]]) for turn in shifts]
    return [kept for one in rings if len(kept := within(within(one, 180, 1), -180, -1)) > 2]


def within(line: np.ndarray, edge: float, sign: int) -> np.ndarray:
    """Cut off what lies beyond a meridian (Sutherland and Hodgman, doi:10.1145/360767.360802)."""
    kept = []
    for (x0, y0), (x1, y1) in zip(line, np.roll(line, -1, axis=0), strict=True):
        inside = sign * x0 <= sign * edge
        if inside:
            kept.append((x0, y0))
        if inside != (sign * x1 <= sign * edge):
            kept.append((edge, y0 + (y1 - y0) * (edge - x0) / (x1 - x0)))
    return np.array(kept).reshape(-1, 2)


def main() -> None:
    """Write a ring a line: longitude and latitude of its points, in tenths of degrees, each less the one before."""
    topology = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    held = arcs(topology)
    polygons = [one for shape in topology["objects"]["land"]["geometries"] for one in shape["arcs"]]
    lines = []
    for polygon in polygons:
        for numbers in polygon:
            for outline in parted(ring(numbers, held)):
                if area(outline) < LEAST:
                    continue
                tenths = np.rint(thinned(outline) * 10).astype(int)
                steps = np.diff(tenths, axis=0, prepend=np.zeros((1, 2), int))
                lines.append(" ".join(map(str, steps[np.any(steps != 0, axis=1)].ravel())))
    TARGET.write_text("\n".join(lines) + "\n", encoding="ascii")
    sys.stdout.write(f"{len(lines)} rings, {TARGET.stat().st_size:,} bytes\n")


if __name__ == "__main__":
    main()
