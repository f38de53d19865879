"""A naive twin of the reader of RIPE Atlas, with json, ipaddress and loops: what each result should come to."""

from __future__ import annotations

import ipaddress
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

ABSENT = object()


class RefusedError(ValueError):
    """The result is not taken as a trace."""


@dataclass
class Trace:
    """What a result comes to."""

    asset: str
    day: Any
    destination: str | None
    here: str | None
    inside: str | None
    reached: bool | None
    hops: int
    silent: int
    tunnels: int
    looping: bool
    ties: dict[tuple[int, str], tuple[Fraction, Fraction, str]] = field(default_factory=dict)


def whole(value: Any, most: int) -> int:
    """Return a whole number that is one in JSON, without sign, fraction or exponent."""
    if type(value) is not int or not 0 <= value <= most or len(str(value)) > 18:
        raise RefusedError
    return value


def address(value: Any) -> str | None:
    """Return an address in canonical form, or None where there is none."""
    if value in (ABSENT, None, ""):
        return None
    if not isinstance(value, str):
        raise RefusedError
    try:
        parsed = ipaddress.ip_address(value)
    except ValueError:
        raise RefusedError from None
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.scope_id is not None:
            raise RefusedError
        parsed = parsed.ipv4_mapped or parsed
    return str(parsed)


def labelled(extension: Any) -> bool:
    """Say whether an ICMP extension has labels."""
    objects = extension.get("obj") if isinstance(extension, dict) else None
    return isinstance(objects, list) and any(
        isinstance(one, dict) and isinstance(one.get("mpls"), list) and one["mpls"] for one in objects
    )


def result(value: Any) -> Trace:  # noqa: C901, PLR0912, PLR0915 - the whole law in one place
    """Return what a result comes to; raises RefusedError where it is no trace."""
    if not isinstance(value, dict) or value.get("type") != "traceroute":
        raise RefusedError
    msm, probe = whole(value.get("msm_id"), 1 << 62), whole(value.get("prb_id"), 1 << 62)
    began = whole(value.get("timestamp"), 1 << 36)
    ended = value.get("endtime")
    ended = began if ended is None else whole(ended, 1 << 36)
    here, inside, to = (address(value.get(name, ABSENT)) for name in ("from", "src_addr", "dst_addr"))
    if not isinstance(value.get("result"), list):
        raise RefusedError
    sent: dict[int, int] = {}
    probed: set[int] = set()
    tunnels: set[int] = set()
    answers: dict[tuple[int, str], int] = {}
    packets = 0
    for hop in value["result"]:
        if not isinstance(hop, dict):
            raise RefusedError
        ttl = whole(hop["hop"], 255) if "hop" in hop else 0
        if "hop" in hop and ttl < 1:
            raise RefusedError
        if "result" not in hop:
            if "error" not in hop:
                raise RefusedError
            continue
        if ttl < 1 or not isinstance(hop["result"], list):
            raise RefusedError
        probed.add(ttl)
        for answer in hop["result"]:
            if not isinstance(answer, dict):
                raise RefusedError
            who = address(answer.get("from", ABSENT))
            # 0 is neither false nor null: a packet that is late by none is late
            skipped = [
                name in answer and answer[name] is not None and answer[name] is not False for name in ("late", "dup")
            ]
            if any(skipped) or "error" in answer:
                continue
            sent[ttl] = sent.get(ttl, 0) + 1
            packets += 1
            if who is None or who in (here, inside):
                continue
            if "icmpext" in answer and labelled(answer["icmpext"]):
                tunnels.add(ttl)
            answers[ttl, who] = answers.get((ttl, who), 0) + 1
    if not packets:
        raise RefusedError
    there = {ttl for ttl, _ in answers}
    near = max((ttl for ttl in probed if ttl < 255), default=0)
    deepest = max((ttl for ttl in there if ttl < 255), default=0)
    if 255 in there:
        deepest = near + 1 if near < 254 else 255
    ties = {}
    for (ttl, who), count in answers.items():
        all_answers = sum(n for (other, _), n in answers.items() if other == ttl)
        least = Fraction(100 * count, sent[ttl])
        most = Fraction(100 * (count + sent[ttl] - all_answers), sent[ttl])
        ties[ttl, who] = (least, most, "observed" if who == to else "inferred")
    looping = any(
        one == another and low < middle < high and other != one
        for low, one in answers
        for high, another in answers
        for middle, other in answers
    )
    return Trace(
        asset=f"trace:atlas:{msm}:{probe}:{began}",
        day=datetime.fromtimestamp(ended, UTC).date(),
        destination=to,
        here=here,
        inside=inside,
        reached=None if to is None else any(who == to for _, who in answers),
        hops=deepest,
        silent=deepest - len(there),
        tunnels=len(tunnels & there),
        looping=looping,
        ties=ties,
    )


def _no_constant(word: str) -> Any:
    raise ValueError(word)


def results(text: str) -> tuple[dict[str, Trace], int]:
    """Return the traces of one result a line, the first of each id, and how many lines are none."""
    traces: dict[str, Trace] = {}
    refused = 0
    for line in text.split("\n"):
        if not line.strip():
            continue
        try:
            trace = result(json.loads(line, parse_constant=_no_constant))
        except (RefusedError, ValueError):
            refused += 1
            continue
        if trace.asset in traces:
            refused += 1
        else:
            traces[trace.asset] = trace
    return traces, refused
