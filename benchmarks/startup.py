"""How long ``crossline --help`` takes, beside an interpreter that does nothing, as whole processes.

python benchmarks/startup.py
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

RUNS = 15
TARGET_S = 0.3


def seconds(command: list[str]) -> list[float]:
    """Return how long each of several runs of a command took, after one that is not counted."""
    taken = []
    for _ in range(RUNS + 1):
        begun = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        taken.append(time.perf_counter() - begun)
    return taken[1:]


def main() -> None:
    """Run the benchmark and print what it took."""
    for label, command in (
        ("python -c pass", [sys.executable, "-c", "pass"]),
        ("crossline --help", [sys.executable, "-c", "from crossline.cli import main; main(['--help'])"]),
    ):
        taken = seconds(command)
        print(f"{label:18} median {statistics.median(taken):.3f} s, least {min(taken):.3f} s of {RUNS} runs")
    print(f"target: {TARGET_S} s")


if __name__ == "__main__":
    main()
