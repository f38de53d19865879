"""The numbers of the wire format, under the names that the standards give them.

Sections are those of RFC 6396 unless another is named. The retired type BGP (5) is described in appendix B.2.1 of
the same document; RouteViews and RIS used it until 2001.
"""

from __future__ import annotations

from typing import Final

HEADER: Final = 12  # section 2: timestamp, type, subtype, length
MAX_RECORD: Final = 16 << 20  # the largest record anybody writes, a table of 65,535 peers, is a tenth of it
EARLIEST: Final = 631_152_000  # 1990-01-01T00:00:00Z: BGP-4 is younger
LATEST: Final = 7_258_118_400  # 2200-01-01T00:00:00Z: a 32-bit timestamp ends in 2106, a wider one might not

# section 4 and appendix B: types
BGP: Final = 5
TABLE_DUMP: Final = 12
TABLE_DUMP_V2: Final = 13
BGP4MP: Final = 16
BGP4MP_ET: Final = 17
LAST_CONTROL_TYPE: Final = 4  # appendix B.1: NULL, START, DIE, I_AM_DEAD, PEER_DOWN: nothing about routes
ASSIGNED: Final = (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 16, 17, 32, 33, 48, 49)

# appendix B.2.1: subtypes of BGP
BGP_UPDATE: Final = 1
BGP_STATE_CHANGE: Final = 3
BGP_OPEN: Final = 5
BGP_NOTIFY: Final = 6
BGP_KEEPALIVE: Final = 7

# section 4.2: subtypes of TABLE_DUMP
AFI_IPV4: Final = 1
AFI_IPV6: Final = 2

# section 4.3, and RFC 8050 section 4: subtypes of TABLE_DUMP_V2
PEER_INDEX_TABLE: Final = 1
RIB_IPV4_UNICAST: Final = 2
RIB_IPV6_UNICAST: Final = 4
RIB_GENERIC: Final = 6
GEO_PEER_TABLE: Final = 7  # RFC 6397: where peers stand, nothing about routes
RIB_IPV4_UNICAST_ADDPATH: Final = 8
RIB_IPV6_UNICAST_ADDPATH: Final = 10
RIB_GENERIC_ADDPATH: Final = 12

# section 4.4, and RFC 8050 section 3: subtypes of BGP4MP and BGP4MP_ET
STATE_CHANGE: Final = 0
MESSAGE: Final = 1
MESSAGE_AS4: Final = 4
STATE_CHANGE_AS4: Final = 5
MESSAGE_LOCAL: Final = 6
MESSAGE_AS4_LOCAL: Final = 7
MESSAGE_ADDPATH: Final = 8
MESSAGE_AS4_ADDPATH: Final = 9
MESSAGE_LOCAL_ADDPATH: Final = 10
MESSAGE_AS4_LOCAL_ADDPATH: Final = 11

SUBTYPES: Final[dict[int, tuple[int, ...]]] = {
    BGP: (0, 1, 2, 3, 4, 5, 6, 7),
    TABLE_DUMP: (AFI_IPV4, AFI_IPV6),
    TABLE_DUMP_V2: tuple(range(1, 13)),
    BGP4MP: tuple(range(12)),
    BGP4MP_ET: tuple(range(12)),
}

# RFC 4271, 4.1: messages, and the 16 octets of ones and three more that begin each
MARKER: Final = 16
MESSAGE_HEADER: Final = 19
UPDATE: Final = 2
NOTIFICATION: Final = 3
LAST_MESSAGE: Final = 5  # RFC 2918: ROUTE-REFRESH

# path attributes: RFC 4271 5, RFC 4760 3 and 4, RFC 6793 3
AS_PATH: Final = 2
AGGREGATOR: Final = 7
MP_REACH_NLRI: Final = 14
MP_UNREACH_NLRI: Final = 15
AS4_PATH: Final = 17
AS4_AGGREGATOR: Final = 18
EXTENDED_LENGTH: Final = 0x10  # flag of an attribute whose length takes two octets
SAFI_UNICAST: Final = 1
AS_TRANS: Final = 23456  # RFC 6793, 9

# path segments: RFC 4271 4.3, RFC 5065 3
AS_SET: Final = 1
AS_SEQUENCE: Final = 2
AS_CONFED_SEQUENCE: Final = 3
AS_CONFED_SET: Final = 4
