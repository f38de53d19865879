"""What tables/announced.txt and confederation.txt come to, worked out by hand from RFC 4271 and RFC 5065.

Of two routes to a prefix the one with the shorter AS path is in use (RFC 4271, 9.1.2.2; an AS_SET counts as one), and
among equal ones that of the neighbour with the lower BGP identifier, 192.0.2.1.
"""

from __future__ import annotations

from route_results import Route

ALL = {"neighbour": "all", "transit": "all", "origin": "all"}
NONE = {"neighbour": "none", "transit": "none", "origin": "none"}
SOME_TRANSIT = ALL | {"transit": "some"}
NO_ORIGIN = ALL | {"transit": "some", "origin": "none"}
FIRST, SECOND, INSIDE = "192.0.2.1", "192.0.2.2", "192.0.2.3"
FIRST6, SECOND6 = "2001:db8:1::1", "2001:db8:1::2"

# neighbour, prefix, in use, transit, origin, extents; the neighbour is the first of transit unless it is said.
_ROWS = [
    (FIRST, "198.51.100.0/24", False, [64501, 64504], [64505], ALL),
    (FIRST, "203.0.113.0/24", False, [64501], [64506], ALL),
    (FIRST, "10.0.0.0/8", True, [64501, 64504], [], NO_ORIGIN),
    (FIRST, "10.1.0.0/16", True, [64501], [64505], SOME_TRANSIT),
    (FIRST, "10.2.0.0/16", True, [64501, 64504], [64505], ALL),
    (FIRST, "10.3.0.0/16", True, [64501, 65550], [4200000001], ALL),
    (FIRST, "10.7.0.0/16", True, [64501], [64505], ALL),
    (SECOND, "198.51.100.0/24", True, [65537], [64505], ALL),
    (SECOND, "203.0.113.0/24", True, [65537], [64506], ALL),
    (SECOND, "10.0.0.0/8", False, [65537, 64504, 64505, 64506], [64507], ALL),
    (SECOND, "10.7.0.0/16", False, [65537], [64505], ALL),
    (FIRST6, "2001:db8:100::/48", False, [64501, 64504], [65540], ALL),
    (FIRST6, "2001:db8:200::/40", True, [64501], [], NO_ORIGIN),
    (FIRST6, "::/0", True, [64501], [64504], ALL),
    (SECOND6, "2001:db8:100::/48", True, [65537], [65540], ALL),
]
_CONFEDERATION = [
    (INSIDE, "10.4.0.0/16", True, [64505], [64506], SOME_TRANSIT),
    (INSIDE, "10.5.0.0/16", True, [], [64505], SOME_TRANSIT),
    (INSIDE, "10.6.0.0/16", True, [], [], {"neighbour": "none", "transit": "some", "origin": "none"}),
]


def _routes(rows: list[tuple[str, str, bool, list[int], list[int], dict[str, str]]]) -> dict[str, Route]:
    return {
        f"route:{peer}|{prefix}": Route(
            prefix, peer, used, {"neighbour": (transit + origin)[:1], "transit": transit, "origin": origin}, extents
        )
        for peer, prefix, used, transit, origin, extents in rows
    }


def own(prefix: str, address: str, extents: dict[str, str]) -> dict[str, Route]:
    """Return a route of the router's own, under the address that its MRT dumps give it."""
    ties: dict[str, list[int]] = {"neighbour": [], "transit": [], "origin": []}
    return {f"route:{address}|{prefix}": Route(prefix, None, True, ties, extents)}


ANNOUNCED = _routes(_ROWS)
CONFEDERATION = _routes(_CONFEDERATION)
EMPTY_PATH = ALL | {"neighbour": "none", "origin": "none"}
SESSIONS = {
    "session:192.0.2.1|AS64501": (64501, "observed"),
    "session:192.0.2.2|AS65537": (65537, "observed"),
    "session:192.0.2.77|AS64511": (64511, "declared"),  # nobody answers there
    "session:2001:db8:1::1|AS64501": (64501, "observed"),
    "session:2001:db8:1::2|AS65537": (65537, "observed"),
}
INSIDE_SESSION = {"session:192.0.2.3|AS64513": (64513, "observed")}


def four(routes: dict[str, Route]) -> dict[str, Route]:
    """Return the routes of IPv4."""
    return {name: route for name, route in routes.items() if ":" not in route.prefix}
