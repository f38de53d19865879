"""The audit report as JUnit XML, in the dialect of Jenkins' xUnit plugin (junit-10.xsd), which most CI systems read.

A suite is a regime; a case is a group of findings that one identifier decides under one rule. Cases keep their names
from run to run, so that a CI system can tell since when one fails. Violations fail; what is unknown is skipped, and so
is what an earlier report has already.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, Final
from xml.etree import ElementTree as ET

from crossline import wording
from crossline.digest import party_names, steps
from crossline.grouping import Group, of_findings, of_unknown
from crossline.text import STATEMENT_LIMIT, plural, visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from crossline.reports import Audit, Options

SUFFIXES: Final = (".xml",)
BINARY: Final = False

FAILURES: Final = 1_000  # groups of violations of a suite that are cases of their own
UNKNOWN: Final = 200  # groups of the unknown
_EXAMPLES: Final = 5
_STEPS: Final = 20
_PROPERTIES: Final = 2_000
_OUT: Final = 100  # lines of notes


def render(audit: Audit, options: Options) -> str:  # noqa: ARG001 - every format takes options
    """Return the report."""
    return encode(audit).decode()


def encode(audit: Audit) -> bytes:
    """Return the report in UTF-8. No character that XML 1.0 (2.2) forbids is in it: all text is made visible."""
    tally = audit.tally.to_dicts()
    found = of_findings(audit, ("violation",), FAILURES, _EXAMPLES)
    unknown = of_unknown(audit, UNKNOWN)
    listed = [*(audit.header.get("regimes") or ()), *(row["regime"] for row in tally), *found, *unknown]
    root = ET.Element("testsuites", name="Crossline")
    names = party_names(audit)
    for regime in dict.fromkeys(listed):
        rows = [row for row in tally if row["regime"] == regime]
        suite = _Suite(audit.header, regime, rows, names)
        root.append(suite.made(found.get(regime, []), unknown.get(regime, [])))
    for name in ("tests", "failures", "errors"):
        root.set(name, str(sum(int(suite.get(name, 0)) for suite in root)))
    ET.indent(root, " ")
    data: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return data + b"\n"


class _Suite:
    """The suite of one regime."""

    def __init__(
        self, header: Mapping[str, Any], regime: str, tally: list[dict[str, Any]], names: Mapping[str, str]
    ) -> None:
        self.header = header
        self.regime = regime
        self.tally = tally
        self.names = names
        self.rules = {rule.get("rule"): rule for rule in header.get("rules") or () if rule.get("regime") == regime}

    def made(self, violations: list[Group], unknown: list[Group]) -> ET.Element:
        """Return the suite: properties, a case a group, a case a rule and verdict without groups, and the notes."""
        suite = ET.Element("testsuite", name=visible(self.regime))
        suite.append(self._properties())
        for group in violations:
            suite.append(self._violation(group))
        for group in unknown:
            suite.append(self._unknown(group))
        for row in self.tally:
            suite.extend(self._rest(row, violations, unknown))
        cases = suite.findall("testcase")
        suite.set("tests", str(len(cases)))
        suite.set("failures", str(sum(case.find("failure") is not None for case in cases)))
        suite.set("errors", "0")
        suite.set("skipped", str(sum(case.find("skipped") is not None for case in cases)))
        ET.SubElement(suite, "system-out").text = "\n".join(islice(self._notes(), _OUT))
        return suite

    def _properties(self) -> ET.Element:
        made = ET.Element("properties")
        facts = [("crossline", self.header.get("crossline")), ("as-of", self.header.get("as_of"))]
        facts += [
            (f"{row['rule']}.{row['kind']}.{verdict}", row[verdict])
            for row in self.tally
            for verdict in wording.VERDICT_ORDER
        ]
        for name, value in facts[:_PROPERTIES]:
            ET.SubElement(made, "property", name=visible(str(name)), value=visible(str(value)))
        return made

    def _case(self, rule: str, name: str) -> ET.Element:
        # CI systems take what stands before the last full stop for the package, what follows for the class.
        parts = (visible(part).replace(".", "-") for part in (self.regime, rule))
        return ET.Element("testcase", classname=".".join(parts), name=name)

    def _violation(self, group: Group) -> ET.Element:
        first = group.samples[0]
        party = self.names.get(group.party or "", group.party)
        kind = visible(group.kind).replace("-", " ")
        key = wording.written(group.identifier, self.names)
        said = wording.sentence(group.kind, first["name"] or first["asset"] or "", group.role, key, party)
        # The name says which tie it is, never of which asset or how many: those change from day to day.
        tie = wording.sentence(group.kind, group.kind.replace("-", " "), group.role, group.identifier, group.party)
        case = self._case(group.rule, tie)
        fails = not group.baseline or bool(group.baseline["new"])
        stood = ", ".join(f"{count:,} {word}" for word, count in group.baseline.items() if count)
        message = f"{plural(group.count, kind)}, for example: {said}" + (f" (baseline: {stood})" if stood else "")
        if not fails:
            ET.SubElement(case, "skipped", message=message)
            return case
        failure = ET.SubElement(case, "failure", type="violation", message=message)
        failure.text = "\n".join(self._told(group))
        return case

    def _told(self, group: Group) -> Iterator[str]:
        first = group.samples[0]
        rule = self.rules.get(group.rule) or {}
        effect = wording.EFFECTS.get(str(rule.get("effect")), visible(str(rule.get("effect") or "")))
        title = visible(str(rule.get("title") or group.rule), STATEMENT_LIMIT)
        yield f"{title} ({effect})" if effect else title
        if group.severity:
            yield f"severity: {visible(group.severity)}"
        if rule.get("cite"):
            yield f"clause: {visible(str(rule['cite']), STATEMENT_LIMIT)}"
        why = steps(first["why"])
        for number, step in enumerate(why[:_STEPS], 1):
            source = wording.citation((self.header.get("sources") or {}).get(step.source), step.source)
            yield f"{number}. {visible(step.statement, STATEMENT_LIMIT).rstrip('.')} ({source})"
        if len(why) > _STEPS:
            yield f"and {len(why) - _STEPS:,} more steps"
        for sample in group.samples:
            place = ", ".join(visible(sample[key], 200) for key in ("file", "locator") if sample[key])
            name = visible(sample["name"] or sample["asset"] or "")
            yield f"- {name}" + (f" ({place})" if place else "") + f" [{visible(sample['id'] or '')}]"
        if group.count > len(group.samples):
            yield f"and {group.count - len(group.samples):,} more"
        remedy = ", ".join(visible(str(word)) for word in islice(rule.get("remedy") or (), 10))
        if remedy:
            yield f"what would change it: {remedy}"

    def _unknown(self, group: Group) -> ET.Element:
        kind = visible(group.kind).replace("-", " ")
        key = wording.written(group.identifier, self.names)
        about = f"{wording.identifier(key)}: " if key else ""
        missing = "; ".join(visible(fact, STATEMENT_LIMIT) for fact in group.missing[:3]) or "not said what is missing"
        case = self._case(group.rule, f"{kind} unknown: {about}{missing}"[:200])
        ET.SubElement(case, "skipped", message=f"{plural(group.count, 'judgement')} unknown: {about}{missing}")
        return case

    def _rest(self, row: dict[str, Any], violations: list[Group], unknown: list[Group]) -> Iterator[ET.Element]:
        """Yield a case for what no group above stands for."""
        rule, kind = row["rule"], visible(row["kind"]).replace("-", " ")
        for verdict, groups, element in (("violation", violations, "failure"), ("unknown", unknown, "skipped")):
            listed = sum(group.count for group in groups if (group.rule, group.kind) == (rule, row["kind"]))
            if row[verdict] > listed:
                case = self._case(rule, f"{kind} {verdict}: further")
                said = f"{row[verdict] - listed:,} more of {row[verdict]:,} with the verdict {verdict}; JSON has them"
                ET.SubElement(case, element, message=said)
                yield case
        if row["compliant"]:
            yield self._case(rule, f"{kind} compliant")
        if row["exempt"]:
            case = self._case(rule, f"{kind} exempt")
            ET.SubElement(case, "skipped", message=f"{plural(row['exempt'], kind)} exempt, by the rule or a waiver")
            yield case
        if not any(row[verdict] for verdict in ("violation", "unknown", "compliant", "exempt")):
            case = self._case(rule, f"{kind} not applicable")
            there = row["not-applicable"]
            message = f"the rule applies to none of {plural(there, kind)}" if there else f"no {kind} was read"
            ET.SubElement(case, "skipped", message=message)
            yield case

    def _notes(self) -> Iterator[str]:
        yield wording.standpoint(self.header)
        baseline = self.header.get("baseline") or {}
        if baseline:
            counts = ", ".join(f"{baseline.get(word) or 0:,} {word}" for word in ("new", "changed", "known", "gone"))
            yield f"Against {visible(str(baseline.get('report')))}, violations: {counts}."
        for said in (self.header.get("supposed") or {}).get("statements") or ():
            yield f"Supposed, not known: {visible(str(said), STATEMENT_LIMIT)}"
        for file in self.header.get("coverage") or ():
            if file.get("rejected"):
                yield f"{visible(str(file.get('path')))}: {plural(int(file['rejected']), 'piece')} not understood"
            elif file.get("reader") is None:
                yield f"{visible(str(file.get('path')))}: no reader took it"
        for note in self.header.get("notes") or ():
            yield visible(str(note), STATEMENT_LIMIT)
        if any(map(wording.announces, self.tally)):
            yield wording.ANNOUNCEMENT
