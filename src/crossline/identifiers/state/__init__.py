"""States and territories by their ISO 3166-1 alpha-2 code (and XK, in use for Kosovo)."""

from __future__ import annotations

import re
from typing import Final

ABOUT = "A state or territory, by its ISO 3166-1 alpha-2 code."

# ISO 3166-1, officially assigned alpha-2 codes (https://www.iso.org/obp/ui/#search/code/), 249 of them. Codes that the
# standard only reserves (EU, UK, SU) and those it leaves to users (AA, QM to QZ, XA to XZ, ZZ) are none.
_ASSIGNED: Final = """
AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC
CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD
GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH
KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW
MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC
SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY
UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
"""
ISO_3166_1: Final = frozenset(_ASSIGNED.split())
CODES: Final = ISO_3166_1 | {"XK"}  # user-assigned: Kosovo has no code in the standard

_FORM = re.compile(r"[A-Z]{2}", re.ASCII | re.IGNORECASE)


def parse(text: str) -> str:
    """Return the code in capitals; raises ValueError where no state or territory has it."""
    value = text.strip()
    # Before capitals are made: the capitals of a sharp s are SS, which is South Sudan.
    if not _FORM.fullmatch(value):
        raise ValueError(f"{text!r} is not a two-letter code of ISO 3166-1")
    value = value.upper()
    if value not in CODES:
        raise ValueError(f"{text!r} is not the code of any state or territory in ISO 3166-1")
    return value
