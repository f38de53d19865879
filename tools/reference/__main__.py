"""Write docs/reference/."""

from __future__ import annotations

import sys

from reference import FOLDER, ROOT, write

if __name__ == "__main__":
    sys.stdout.write(f"{write(FOLDER)} pages in {FOLDER.relative_to(ROOT)}\n")
