"""The audit report as SARIF 2.1.0 (OASIS Standard, 2020-03-27), for code scanning and editors.

A result is a group of findings that one identifier decides under one rule, with a few of them as examples, so that a
table of a million routes stays within what GitHub's code scanning takes (docs/reports.md has the limits). A group of
the unknown is a result of kind ``open``, whose level can only be ``none`` (3.27.10).
"""

from __future__ import annotations

import gzip
import json
import posixpath
import re
from itertools import islice
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from crossline import fingerprint, wording
from crossline.digest import party_names, steps
from crossline.grouping import Group, of_findings, of_unknown
from crossline.text import NAME_LIMIT, STATEMENT_LIMIT, plural, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from crossline.reports import Audit, Options

SUFFIXES: Final = (".sarif",)
BINARY: Final = False

# GitHub's limits for code scanning, which other viewers are content with.
RUNS: Final = 20
RESULTS: Final = 5_000  # 25,000 are taken, of which this many are shown
UNKNOWN: Final = 200  # of the results: what is unknown is for finding out, not for fixing
LIMIT_GZIP: Final = 10_000_000
_RULES: Final = 25_000
_TAGS: Final = 10
# How much a result tells; the first level that stays within the limit is taken: results, examples, steps.
_LEVELS: Final = ((RESULTS, 10, 20), (2_000, 5, 10), (500, 3, 5), (50, 1, 3))
_NOTIFICATIONS: Final = 100
_SOURCES: Final = 1_000
_LEVEL: Final = {"high": "error", "medium": "warning", "low": "note"}
_STATE: Final = {"new": "new", "changed": "updated", "known": "unchanged"}
_URI_LIMIT: Final = 12_288  # a path has at most 4,096 bytes, each of which may be percent-encoded
_PLACE: Final = re.compile(r"(line|row|byte|offset) ([0-9]{1,18})\b", re.ASCII)
_LINES: Final = 2**31 - 1
_PACKED: Final = (".gz", ".bz2", ".xz", ".zst", ".lz4", ".zip", ".tgz", ".apk", ".ipa", ".xapk", ".apks")
_MARKDOWN: Final = re.compile(r"([\\`*_{}\[\]()<>#!|~&$])")
_BY_ITSELF: Final = re.compile(r"(https?|ftp|mailto|xmpp):|www\.|@|#[0-9]", re.IGNORECASE)
_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"


def render(audit: Audit, options: Options) -> str:  # noqa: ARG001 - every format takes options
    """Return the report."""
    return encode(audit).decode()


def encode(audit: Audit) -> bytes:
    """Return the report in UTF-8; raises ValueError if even the least exceeds 10 MB when compressed."""
    for results, examples, told in _LEVELS:
        content = json.dumps(_log(audit, results, examples, told), ensure_ascii=False, separators=(",", ":"))
        data = content.replace('{"ruleId":', '\n{"ruleId":').encode() + b"\n"
        if len(data) <= LIMIT_GZIP or len(gzip.compress(data, 6, mtime=0)) <= LIMIT_GZIP:
            return data
    raise ValueError(f"this audit as SARIF exceeds {LIMIT_GZIP:,} bytes; write the JSON report instead")


def _log(audit: Audit, results: int, examples: int, told: int) -> dict[str, Any]:
    tally = audit.tally.to_dicts()
    regimes = list(dict.fromkeys([*(audit.header.get("regimes") or ()), *(row["regime"] for row in tally)]))
    found = of_findings(audit, ("violation", "exempt"), results, examples)
    unknown = of_unknown(audit, UNKNOWN)
    regimes = list(dict.fromkeys([*regimes, *found, *unknown]))
    # A run is a regime; where there are more than runs, the last one holds the rest.
    parts = [[regime] for regime in regimes[: RUNS - 1]]
    rest = regimes[RUNS - 1 :]
    parts += [rest] if rest else []
    runs = []
    for part in parts or [[]]:
        open_groups = [group for regime in part for group in unknown.get(regime, ())][: min(UNKNOWN, results // 2)]
        groups = [group for regime in part for group in found.get(regime, ())][: results - len(open_groups)]
        groups += open_groups
        runs.append(_Run(audit, part, [row for row in tally if row["regime"] in part], told).made(groups))
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": runs}


class _Run:
    """The run of one regime."""

    def __init__(self, audit: Audit, regimes: list[str], tally: list[dict[str, Any]], told: int) -> None:
        self.header = audit.header
        self.regimes = regimes
        self.tally = tally
        self.told = told
        self.names = party_names(audit)
        self.rules = {
            (rule.get("regime"), rule.get("rule")): rule
            for rule in islice(audit.header.get("rules") or (), _RULES)
            if rule.get("regime") in regimes
        }
        for row in tally:
            self.rules.setdefault((row["regime"], row["rule"]), row)
        self.index = {key: place for place, key in enumerate(self.rules)}
        self.cited: dict[str, None] = {}

    def made(self, groups: list[Group]) -> dict[str, Any]:
        """Return the run."""
        for group in groups:
            self.index.setdefault((group.regime, group.rule), len(self.index))
            self.rules.setdefault((group.regime, group.rule), {"regime": group.regime, "rule": group.rule})
        header = self.header
        name = "+".join(_word(regime) for regime in self.regimes[:3])
        results = [self._result(group) for group in groups]
        return {
            "tool": {
                "driver": {
                    "name": "Crossline",
                    "version": visible(str(header.get("crossline") or "0")),
                    "rules": [self._rule(*key, rule) for key, rule in self.rules.items()],
                }
            },
            # Ends in a slash: GitHub takes what stands before it as the category (docs.github.com, SARIF support).
            "automationDetails": {"id": f"crossline/{name or 'nothing'}/"},
            "invocations": [
                {
                    "executionSuccessful": True,
                    "toolExecutionNotifications": list(islice(self._notifications(groups), _NOTIFICATIONS)),
                }
            ],
            "results": results,
            "properties": {
                "asOf": visible(str(header.get("as_of"))),
                "standpoint": wording.standpoint(header),
                "parameters": {r: p for r, p in _plain(header.get("parameters") or {}).items() if r in self._words()},
                "verdicts": {
                    _word(regime): {
                        verdict: sum(row[verdict] for row in self.tally if row["regime"] == regime)
                        for verdict in wording.VERDICT_ORDER
                    }
                    for regime in self.regimes
                },
                "world": _plain(list(islice(header.get("world") or (), _SOURCES))),
                "sources": {
                    visible(key): _plain((header.get("sources") or {}).get(key) or {})
                    for key in islice(self.cited, _SOURCES)
                },
                **{
                    key: _plain(header[key])
                    for key in ("baseline", "waivers", "supposed")
                    if header.get(key)
                },
            },
        }  # fmt: skip

    def _words(self) -> set[str]:
        return {visible(regime) for regime in self.regimes}

    # Rules -------------------------------------------------------------------------------------------------------

    def _rule(self, regime: str, name: str, rule: Mapping[str, Any]) -> dict[str, Any]:
        title = visible(str(rule.get("title") or name), STATEMENT_LIMIT)
        about = self._about(regime)
        effect = str(rule.get("effect") or "")
        facts = [
            ("Regime", f"{about['title']}, {about['issuer']}. {about['legal']}"),
            ("Effect", wording.EFFECTS.get(effect, visible(effect))),
            ("Clause", str(rule.get("cite") or "")),
            ("Reading", ". ".join(str(rule[key]) for key in ("reading", "reading_why") if rule.get(key))),
            ("Evidence", ". ".join(str(rule[key]) for key in ("decidable", "decidable_why") if rule.get(key))),
            ("What would change it", ", ".join(str(word) for word in rule.get("remedy") or ())),
            ("Source", wording.citation(self._source(rule.get("source")), rule.get("source"))),
        ]
        known = [(head, visible(text, 2 * STATEMENT_LIMIT)) for head, text in facts if text.strip(" .,")]
        tags = [rule.get("line"), rule.get("kind"), effect, regime]
        url = wording.web_address((self._source(rule.get("source")) or {}).get("url"))
        counts = [row for row in self.tally if (row["regime"], row["rule"]) == (regime, name)]
        return {
            "id": self._rule_id(regime, name),
            "name": visible(name),
            "shortDescription": {"text": _text(title)},
            "fullDescription": {"text": _text(f"{title}. {dict(known).get('Regime', '')}"[:1_000])},
            "help": {
                "text": _text("\n".join(f"{head}: {text}" for head, text in known) or title),
                "markdown": "\n\n".join(f"**{head}:** {_markdown(text)}" for head, text in known) or _markdown(title),
            },
            **({"helpUri": quote(url, safe=":/?#[]@!$&'()*+,;=%~")} if url else {}),
            # No security-severity: it is a score of vulnerabilities, and what a regime asks for is none.
            "defaultConfiguration": {"level": _LEVEL.get(str(rule.get("severity")), "note")},
            "properties": {
                "effect": visible(effect), "reading": visible(str(rule.get("reading") or "")),
                "severity": visible(str(rule.get("severity") or "")),
                "decidable": visible(str(rule.get("decidable") or "")),
                "verdicts": {verdict: sum(row[verdict] for row in counts) for verdict in wording.VERDICT_ORDER},
                "tags": list(dict.fromkeys(visible(str(tag)) for tag in tags if tag))[:_TAGS],
            },
        }  # fmt: skip

    def _rule_id(self, regime: str, rule: str) -> str:
        return f"{_word(regime)}/{_word(rule)}"

    def _about(self, regime: str) -> dict[str, str]:
        titles = (self.header.get("titles") or {}).get(regime) or {}
        return {key: visible(str(titles.get(key) or ""), STATEMENT_LIMIT) for key in ("title", "issuer", "legal")}

    def _source(self, key: object) -> Mapping[str, Any] | None:
        if isinstance(key, str) and key not in ("", wording.OWN_FILES):
            self.cited[key] = None
        return (self.header.get("sources") or {}).get(key)

    # Results -----------------------------------------------------------------------------------------------------

    def _result(self, group: Group) -> dict[str, Any]:
        rule = self.rules[group.regime, group.rule]
        fails = group.verdict != "unknown"
        severity = group.severity or str(rule.get("severity"))
        places = self._places(group)
        identity = fingerprint.of(group.key.encode("utf-8", "replace").decode())
        state = _state(group.baseline)
        flow = self._flow(group, places[0]) if places and group.samples else None
        return {
            "ruleId": self._rule_id(group.regime, group.rule),
            "ruleIndex": self.index[group.regime, group.rule],
            "kind": "fail" if fails else "open",
            "level": _LEVEL.get(severity, "note") if fails else "none",
            "message": {"text": self._message(group, rule, places)},
            "locations": places[:1],
            "relatedLocations": [{"id": number, **place} for number, place in enumerate(places[1:], 1)],
            "occurrenceCount": max(group.count, 1),
            # GitHub looks at the first alone. Neither evidence, places nor counts are part of them.
            "partialFingerprints": {"primaryLocationLineHash": f"{identity}:1", "crosslineGroup/v1": identity},
            **({"baselineState": state} if state else {}),
            **({"suppressions": [self._suppression(group)]} if group.verdict == "exempt" else {}),
            **({"codeFlows": [flow]} if flow else {}),
            "properties": {
                "verdict": group.verdict, "count": group.count, "severity": visible(severity),
                "effect": visible(str(rule.get("effect") or "")), "kind": visible(group.kind),
                "role": visible(group.role or ""), "identifier": visible(group.identifier or ""),
                "party": visible(group.party or ""),
                "missing": [visible(fact, STATEMENT_LIMIT) for fact in group.missing[: self.told]],
                "findings": [visible(str(sample["id"])) for sample in group.samples],
                "remedy": [visible(str(word)) for word in islice(rule.get("remedy") or (), 20)],
                **({"baseline": group.baseline} if group.baseline else {}),
            },
        }  # fmt: skip

    def _message(self, group: Group, rule: Mapping[str, Any], places: list[dict[str, Any]]) -> str:
        effect = wording.EFFECTS.get(str(rule.get("effect")), visible(str(rule.get("effect") or "no stated effect")))
        asks = f"Rule {visible(group.rule)} of {visible(group.regime)} is {effect}."
        if not group.samples:
            key = wording.written(group.identifier, self.names)
            about = f"{wording.identifier(key)}: " if key else ""
            missing = "; ".join(visible(fact, STATEMENT_LIMIT).rstrip(".") for fact in group.missing[:2])
            verdict = f"Unknown for {plural(group.count, 'judgement')} on {visible(group.kind).replace('-', ' ')}"
            return _text(f"{verdict}; missing: {about}{missing or 'not said what'}. {asks}")
        first = group.samples[0]
        party = self.names.get(group.party or "", group.party)
        key = wording.written(group.identifier, self.names)
        said = wording.sentence(group.kind, first["name"] or first["asset"] or "", group.role, key, party)
        more = group.count - 1
        also = f", and {more:,} more likewise" if more else ""
        why = steps(first["why"])
        decisive = wording.as_sentence(visible(why[-1].statement, STATEMENT_LIMIT)) if why else ""
        links = ", ".join(f"[{number}]({number})" for number in range(1, len(places)))
        examples = f" Further examples: {links}." if links else ""
        stood = ", ".join(f"{count:,} {word}" for word, count in group.baseline.items() if count)
        return (
            _text(f"{said}{also}. {decisive} {asks}") + (f" Against the baseline: {stood}." if stood else "") + examples
        )

    def _places(self, group: Group) -> list[dict[str, Any]]:
        """Return where the examples stand; for a group of the unknown, the files that assets of its kind are from."""
        if group.samples:
            found = [self._place(group.kind, sample) for sample in group.samples]
            return [place for place in found if place]
        files = [f for f in self.header.get("coverage") or () if group.kind in (f.get("kinds") or {})]
        files = files or [f for f in self.header.get("coverage") or () if f.get("reader")]
        files = files or list(self.header.get("coverage") or ())
        assets = [
            {"name": visible(asset), "kind": visible(group.kind)} for asset in dict.fromkeys(group.assets[: self.told])
        ]
        found = [self._place(group.kind, {"file": file.get("path")}) for file in files[:3]]
        placed = [place for place in found if place]
        if placed and assets:
            placed[0]["logicalLocations"] = assets
        return placed

    def _place(self, kind: str, sample: Mapping[str, Any]) -> dict[str, Any] | None:
        # Code scanning refuses a file in which any location has no file.
        uri = address(sample.get("file")) or next(
            (found for file in self.header.get("coverage") or () if (found := address(file.get("path")))), None
        )
        if uri is None:
            return None
        locator = str(sample.get("locator") or "")
        where = region(locator, uri)
        place: dict[str, Any] = {"physicalLocation": {"artifactLocation": {"uri": uri}}}
        if where:
            place["physicalLocation"]["region"] = where
        if sample.get("asset"):
            name = visible(str(sample.get("name") or sample["asset"]))
            place["logicalLocations"] = [
                {"name": name, "fullyQualifiedName": visible(str(sample["asset"])), "kind": visible(kind)}
            ]
            place["message"] = {"text": _text(f"{name}, {visible(locator)}" if locator else name)}
        return place

    def _flow(self, group: Group, place: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return the chain of evidence of the first example as steps, which viewers show one by one.

        A step stands where the asset was read, since a location without a file is refused; its source is named.
        """
        why = steps(group.samples[0]["why"])
        if not why:
            return None
        told = []
        for step in why[: self.told]:
            source = self._source(step.source)
            text = f"{visible(step.statement, STATEMENT_LIMIT).rstrip('.')} ({wording.citation(source, step.source)})"
            told.append(
                {
                    "location": {"physicalLocation": place["physicalLocation"], "message": {"text": _text(text)}},
                    "properties": {"source": visible(step.source or "")},
                }
            )
        return {
            "message": {"text": _text(f"Chain of evidence: {plural(len(why), 'step')}")},
            "threadFlows": [{"locations": told}],
        }

    def _suppression(self, group: Group) -> dict[str, Any]:
        why = steps(group.samples[0]["why"]) if group.samples else ()
        said = " ".join(wording.as_sentence(visible(step.statement, STATEMENT_LIMIT)) for step in why[-2:])
        return {"kind": "external", "status": "accepted", "justification": said or "exempt"}

    # What else the reader should know ----------------------------------------------------------------------------

    def _notifications(self, groups: list[Group]) -> Iterator[dict[str, Any]]:
        yield _notification("note", wording.standpoint(self.header))
        for verdict, listed in (("violation", "fail"), ("unknown", "open")):
            total = sum(row[verdict] for row in self.tally)
            shown = sum(group.count for group in groups if group.verdict == verdict)
            if total > shown:
                left = f"{total - shown:,} of {total:,} judgements with the verdict {verdict}"
                yield _notification("warning", f"{left} are not among the results of kind {listed}; JSON has all")
        for note in self.header.get("notes") or ():
            yield _notification("note", str(note))
        for said in (self.header.get("supposed") or {}).get("statements") or ():
            yield _notification("warning", f"Supposed, not known: {said}")
        for file in self.header.get("coverage") or ():
            yield from _misunderstood(file)
        if any(map(wording.announces, self.tally)):
            yield _notification("note", wording.ANNOUNCEMENT)


def _misunderstood(file: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    uri = address(file.get("path"))
    if file.get("reader") is None:
        why = "; ".join(str(note) for note in islice(file.get("notes") or (), 3))
        yield _notification("warning", f"No reader took the file{': ' if why else ''}{why}", uri)
    rejected = int(file.get("rejected") or 0)
    if rejected:
        first: Mapping[str, Any] = next(iter(file.get("rejects") or ()), {})
        said = f"{plural(rejected, 'piece')} not understood, the first: {first.get('reason')} at {first.get('locator')}"
        yield _notification("warning", said, uri, region(str(first.get("locator") or ""), uri or ""))


def _notification(level: str, text: str, uri: str | None = None, where: dict[str, int] | None = None) -> dict[str, Any]:
    made: dict[str, Any] = {"level": level, "message": {"text": _text(visible(text, 2 * STATEMENT_LIMIT))}}
    if uri:
        physical = {"artifactLocation": {"uri": uri}, **({"region": where} if where else {})}
        made["locations"] = [{"physicalLocation": physical}]
    return made


def _state(baseline: Mapping[str, int]) -> str | None:
    """Return the state of a group: all of it new, all unchanged, or something new or changed among it."""
    there = [word for word in baseline if baseline[word]]
    if not there:
        return None
    return _STATE[there[0]] if len(there) == 1 else "updated"


def address(path: object) -> str | None:
    """Return a file's name as a URI reference (RFC 3986), percent-encoded: relative unless the name is absolute."""
    if not isinstance(path, str) or not path:
        return None
    if re.match(r"[A-Za-z]:[\\/]", path):
        made = "file:///" + path[0] + ":" + quote(path[2:].replace("\\", "/"), safe="/", errors="replace")
    else:
        # A normal form, since a viewer compares names; two slashes at the start would name a host.
        plain = posixpath.normpath(path)
        encoded = quote(plain.lstrip("/") if plain.startswith("/") else plain, safe="/", errors="replace")
        made = f"file:///{encoded}" if plain.startswith("/") else encoded
    return made if len(made) <= _URI_LIMIT else None


def region(locator: str, uri: str) -> dict[str, int] | None:
    """Return the place in a file where it is a line or an offset in bytes; other places have no form in SARIF.

    Places in a packed file count what was unpacked, and an offset in that is none in the file.
    """
    found = _PLACE.match(locator)
    if not found or uri.lower().endswith(_PACKED):
        return None
    unit, number = found[1], int(found[2])
    if unit in ("byte", "offset"):
        return {"byteOffset": number, "byteLength": 0}
    return {"startLine": number} if unit == "line" and 1 <= number <= _LINES else None


def _text(text: str) -> str:
    """Return text that has been made visible as a plain text message.

    Braces stand for themselves if doubled (3.11.5). What looks like a link ``[…](…)`` would be one (3.11.6), and
    viewers do not know of escapes there, so the two brackets are parted.
    """
    return re.sub(r"\]\(", "] (", text).replace("{", "{{").replace("}", "}}")


def _markdown(text: str) -> str:
    """Return text that has been made visible as GitHub Flavored Markdown that shows it as it is.

    Addresses, mentions and numbers of issues become links by themselves, whatever is escaped; they are shown as code.
    """
    return " ".join(
        "`" + word.replace("`", "'") + "`" if _BY_ITSELF.search(word) else _MARKDOWN.sub(r"\\\1", word)
        for word in text.split(" ")
    )


def _word(text: str) -> str:
    """Return an id as part of a hierarchical name: no slash or space of its own (3.5.4)."""
    return re.sub(r"[^\w.:~-]", "-", visible(text, NAME_LIMIT))


def _plain(value: object) -> Any:  # noqa: ANN401 - any JSON
    """Return a value of the header with every text made visible."""
    match value:
        case bool() | int() | float() | None:
            return value
        case dict():
            return {visible(str(key)): _plain(item) for key, item in islice(value.items(), _SOURCES)}
        case list() | tuple() | set() | frozenset():
            items: Iterable[object] = value
            return [_plain(item) for item in islice(items, _SOURCES)]
        case _:
            return visible(str(value), STATEMENT_LIMIT)
