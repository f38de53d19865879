"""Kleene's strong logic of three values, as small integers.

With these codes *and* is ``min``, *or* is ``max`` and *not* is ``2 - x``, so that columns of verdicts are
combined by plain vector instructions. It is also how CEL's operators absorb errors, with an error read as
unknown (https://github.com/google/cel-spec/blob/master/doc/langdef.md, "Logical Operators").
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

FALSE: Final = 0
UNKNOWN: Final = 1
TRUE: Final = 2

Codes = npt.NDArray[np.uint8]
