"""A scenario: who refuses whom, by which means, and what the other side does in return, in words of states and parties.

It is a YAML file (docs/scenario-file.md; ``schema/scenario.json`` lets an editor check it), or what a regime says.
Reading checks the form alone: who the words stand for on a graph is worked out by :mod:`.casting`. A
mistake is named with its line, a misspelt key with the one that may be meant.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final, Literal, NoReturn

from crossline import identifiers, regimes, yamlfile
from crossline.internet.scenarios.standing import READINGS, STATES, Reading
from crossline.mistakes import Mistake
from crossline.yamlfile import Limits, YamlError
from crossline.yamlform import Form, kind_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from crossline.internet.routing.measures import Action
    from crossline.yamlfile import Route

Kind = Literal["state", "registered", "party", "asn", "list", "regime", "coalition", "controlled_from", "owned_by"]
Setting = str | int | bool | tuple[str, ...]
# Each item of a list of networks has one of these keys, and may have some more beside it.
SELECTORS: Final[dict[str, tuple[str, ...]]] = {
    "state": (),
    "registered": (),
    "party": ("subsidiaries",),
    "asn": (),
    "list": ("scope", "statuses", "subsidiaries"),
    "regime": ("set",),
    "coalition": ("statuses",),
    "controlled_from": ("threshold_pct",),
    "owned_by": ("threshold_pct",),
}
TOP: Final = (
    "title", "named", "coalition", "members_by", "action", "answer", "sanctions", "copycat", "remove",
)  # fmt: skip
ANSWER: Final = ("coalition", "named", "action")
ACTIONS: Final[tuple[Action, ...]] = ("depeer", "filter")
_CODES: Final = ("state", "registered", "controlled_from", "owned_by")
_LIMITS: Final = Limits(bytes_in=1 << 20, depth=12, nodes=100_000)
_MOST_COPYCATS: Final = 60
_CODE_LENGTH: Final = 2  # ISO 3166-1 alpha-2
_LONGEST: Final = 200  # characters of a name or a title
_MAJORITY_PCT: Final = 50.0


class ScenarioError(Mistake):
    """A scenario that cannot be run: the message names the file and the place in it, and says what there is."""


@dataclass(frozen=True)
class Selector:
    """Some networks, by one property. ``where`` is its place, as messages name it.

    ``statuses`` and ``scopes`` belong to ``list`` and ``coalition``; empty where they are left out.
    """

    kind: Kind
    values: tuple[str, ...]
    where: str
    statuses: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    subsidiaries: bool = False
    threshold_pct: float = _MAJORITY_PCT
    set: Mapping[str, Setting] = field(default_factory=dict)

    @property
    def words(self) -> str:
        """How it is told in a report: ``list us-clean-network (scope carrier, status named)``."""
        # Of a regime's file the name is enough: a folder is nobody's business but its owner's.
        values = [PurePath(value).name for value in self.values] if self.kind == "regime" else self.values
        told = f"{self.kind.replace('_', ' ')} {', '.join(values)}"
        more = [f"scope {', '.join(self.scopes)}"] if self.scopes else []
        more += [f"status {', '.join(self.statuses)}"] if self.statuses else []
        more += ["with what it certainly holds"] if self.subsidiaries else []
        more += [f"{key} {_plain(value)}" for key, value in self.set.items()]
        if self.threshold_pct != _MAJORITY_PCT:
            more.append(f"above {self.threshold_pct:g} %")
        return f"{told} ({', '.join(more)})" if more else told


@dataclass(frozen=True)
class Answer:
    """What the other side does. What is None is mirrored: its states refuse the coalition, by the same action."""

    coalition: tuple[Selector, ...] | None = None
    named: tuple[Selector, ...] | None = None
    action: Action | None = None


@dataclass(frozen=True)
class Scenario:
    """What is asked. ``action`` None: as the regime's parameter ``reach`` has it, else ``depeer``."""

    title: str
    named: tuple[Selector, ...] = ()
    coalition: tuple[Selector, ...] = ()
    members_by: Reading = "registration"
    action: Action | None = None
    answer: Answer | None = None
    sanctions: bool = False
    copycat: int = 0
    remove: tuple[Selector, ...] = ()
    path: str = ""
    places: Mapping[str, str] = field(default_factory=dict)  # key of the file: its place, as messages name it

    def where(self, key: str) -> str:
        """Return how a message names a key of the scenario, there or not."""
        return self.places.get(key, f"{self.path or self.title}: {key}")

    def with_coalition(self, text: str) -> Scenario:
        """Return the scenario with another coalition, as ``--coalition US,orange,AS64500`` gives it.

        Raises ScenarioError for a word that is neither a state's code, a party's id nor an AS number.
        """
        return replace(self, coalition=coalition_of(text))


def load(path: Path) -> Scenario:
    """Read a scenario file; raises ScenarioError, or OSError where it cannot be opened."""
    try:
        return _Reader(yamlfile.load_document(path, limits=_LIMITS)).read(path)
    except YamlError as error:
        raise ScenarioError(str(error)) from None


def of_regime(name: str) -> Scenario:
    """Return what a regime says, by its id or file: whom its rules name, and who its members are.

    Raises RegimeError or YamlError where there is none.
    """
    regime = regimes.load(name)
    selector = Selector("regime", (name,), f"--regime {name}")
    return Scenario(regime.title, (selector,), (selector,), path=name)


def state_of(text: str) -> str:
    """Return a state's code in capitals, of ISO 3166-1 or of those it leaves to users; raises ValueError."""
    code = text.strip().upper()
    if code in STATES:
        return code
    meant = {"UK": "GB", "EL": "GR"}.get(code)
    raise ValueError(
        f"{text[:60]!r} is not the code of a state in ISO 3166-1, nor one of XA to XZ and QM to QZ for made-up ones"
        + (f"; did you mean {meant!r}?" if meant else "")
    )


def coalition_of(text: str, where: str = "--coalition") -> tuple[Selector, ...]:
    """Read an option: codes of states, ids of parties and AS numbers, apart by commas; raises ScenarioError.

    ``where``: what messages call it.
    """
    found: dict[Kind, list[str]] = {"state": [], "asn": [], "party": []}
    for word in (part.strip() for part in text.split(",")):
        if not word:
            continue
        try:
            found["state"].append(state_of(word))
            continue
        except ValueError as error:
            # Ids of parties are written small; two capitals are a code, if of no state.
            if len(word) == _CODE_LENGTH and word.isalpha() and word.isupper():
                raise ScenarioError(f"{where}: {error}") from None
        kind: Kind = "asn" if word.upper().removeprefix("AS").replace(".", "").isdigit() else "party"
        try:
            found[kind].append(identifiers.load(kind).parse(word))
        except ValueError as error:
            raise ScenarioError(
                f"{where}: {word[:60]!r} is no state, party or AS number, such as US, orange or AS64500: {error}"
            ) from None
    selectors = tuple(Selector(kind, tuple(dict.fromkeys(v)), where) for kind, v in found.items() if v)
    if not selectors:
        raise ScenarioError(f"{where}: nobody stands in it; write codes of states, such as US,GB,JP")
    return selectors


def _plain(value: Setting) -> str:
    return (
        ",".join(value) if isinstance(value, tuple) else str(value).lower() if isinstance(value, bool) else str(value)
    )


class _Reader(Form):
    """Turns a document into a Scenario, part by part."""

    def read(self, path: Path) -> Scenario:
        """Read the whole."""
        top = self.mapping((), self.document.value, TOP)
        self.folder = path.parent
        scenario = Scenario(
            title=self.plain(("title",), self.text(("title",), top["title"]))
            if top.get("title") is not None
            else path.stem,
            named=self.selectors(("named",), top),
            coalition=self.selectors(("coalition",), top),
            members_by=self.choice("members_by", top, READINGS, "registration"),
            action=self.choice("action", top, ACTIONS, None),
            answer=self.answer(top.get("answer")),
            sanctions=self.boolean(("sanctions",), top.get("sanctions")),
            copycat=self.count(("copycat",), top.get("copycat"), _MOST_COPYCATS),
            remove=self.selectors(("remove",), top),
            path=str(path),
            places={key: self.place((key,)) for key in (*TOP, "") if not key or key in top},
        )
        acts = scenario.named or scenario.coalition
        if not (acts or scenario.remove or scenario.copycat):
            self.fail((), "nobody does anything: say who is `named` and who is in the `coalition`, or whom to `remove`")
        if acts and not scenario.coalition:
            self.fail(("coalition",) if "coalition" in top else (), "an empty coalition: nobody refuses those named")
        if acts and not scenario.named:
            self.fail(("named",) if "named" in top else (), "it names nobody: the coalition has nobody to refuse")
        if not acts and (scenario.answer or scenario.sanctions):
            self.fail(("answer",) if scenario.answer else ("sanctions",), "there is no coalition that it could follow")
        return scenario

    def place(self, route: Route) -> str:
        """Return how messages name a part: file, line, column and key."""
        error = self.document.error(route, "")
        key = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in route).lstrip(".")
        return f"{error.path}:{error.line}:{error.column}" + (f": {key}" if key else "")

    def choice(self, key: str, part: dict[str, Any], choices: tuple[Any, ...], default: Any) -> Any:  # noqa: ANN401 - one of the choices, whose type the caller names
        """Return one of some words, or the default where the key is left out; there are few enough to list them all."""
        value = part.get(key)
        if value is None:
            return default
        if value not in choices:
            near = difflib.get_close_matches(str(value), choices, 1)
            meant = f"; did you mean {near[0]!r}?" if near else ""
            self.fail((key,), f"{str(value)[:60]!r} is none of {', '.join(choices)}{meant}")
        return value

    def boolean(self, route: Route, value: object) -> bool:
        """Return true or false; false where it is left out."""
        if value is not None and not isinstance(value, bool):
            self.fail(route, f"expected true or false, not {kind_of(value)}")
        return bool(value)

    def count(self, route: Route, value: object, most: int) -> int:
        """Return a whole number from 0; 0 where it is left out."""
        if value is None:
            return 0
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
            self.fail(route, f"expected a whole number from 0 to {most}, not {kind_of(value)}")
        return value

    def answer(self, value: object) -> Answer | None:
        """Read what the other side does."""
        if value is None or value == "none":
            return None
        if value == "mirror":
            return Answer()
        if not isinstance(value, dict):
            self.fail(("answer",), f"expected none, mirror, or keys and values ({', '.join(ANSWER)})")
        part = self.mapping(("answer",), value, ANSWER)
        given = {k: self.selectors(("answer", k), part) for k in ("coalition", "named") if part.get(k) is not None}
        for key, selectors in given.items():
            if not selectors:
                self.fail(("answer", key), "nobody stands in it; leave the key out to mirror that side")
        action = part.get("action")
        if action is not None:
            self.word(("answer", "action"), action, ACTIONS)
        return Answer(given.get("coalition"), given.get("named"), action)

    def selectors(self, route: Route, part: dict[str, Any]) -> tuple[Selector, ...]:
        """Read a list of networks."""
        return tuple(self.selector(way, item) for way, item in self.items(route, part))

    def selector(self, route: Route, value: object) -> Selector:
        """Read one item of a list of networks."""
        every = tuple(dict.fromkeys([*SELECTORS, *(key for more in SELECTORS.values() for key in more)]))
        part = self.mapping(route, value, every)
        kinds = [kind for kind in SELECTORS if part.get(kind) is not None]
        if len(kinds) != 1:
            what = "nothing" if not kinds else " and ".join(kinds)
            self.fail(route, f"expected exactly one of {', '.join(SELECTORS)}, not {what}; write one item for each")
        kind: Any = kinds[0]
        for key in part:
            if key != kind and key not in SELECTORS[kind]:
                also = ", ".join(SELECTORS[kind]) or "nothing"
                self.fail((*route, key), f"{key!r} does not go with {kind!r}; what may stand beside it is {also}")
        values = self.values((*route, kind), part[kind], kind)
        if not values:
            self.fail((*route, kind), "an empty list")
        return Selector(
            kind, values, self.place((*route, kind)),
            statuses=self.words((*route, "statuses"), part),
            scopes=self.words((*route, "scope"), part),
            subsidiaries=self.boolean((*route, "subsidiaries"), part.get("subsidiaries")),
            threshold_pct=self.share((*route, "threshold_pct"), part.get("threshold_pct")),
            set=self.settings((*route, "set"), part.get("set")),
        )  # fmt: skip

    def values(self, route: Route, value: object, kind: Kind) -> tuple[str, ...]:
        """Read what a selector is about."""
        if kind in _CODES:
            return tuple(dict.fromkeys(self.texts(route, value, state_of)))
        if kind in ("party", "asn"):
            return tuple(dict.fromkeys(self.texts(route, value, identifiers.load(kind).parse)))
        text = self.plain(route, self.text(route, value))
        if kind == "regime" and text not in regimes.names():
            # A file stands beside the scenario, wherever that is read from.
            return (str(self.folder / text) if (self.folder / text).is_file() else text,)
        return (text,)

    def words(self, route: Route, part: dict[str, Any]) -> tuple[str, ...]:
        """Return the words at the route's last key; none where it is left out."""
        value = part.get(str(route[-1]))
        if value is None:
            return ()
        if isinstance(value, list) and not value:
            self.fail(route, "an empty list")
        return tuple(self.plain(route, word) for word in self.texts(route, value, str.strip))

    def plain(self, route: Route, text: str) -> str:
        """Check that a text can stand in a message: one line, nothing unseen in it, not long."""
        if len(text) > _LONGEST or not text.isprintable():
            self.fail(route, f"expected one line of at most {_LONGEST} characters that can be seen")
        return text

    def share(self, route: Route, value: object) -> float:
        """Read the share above which a holder controls."""
        if value is None:
            return _MAJORITY_PCT
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < 100:
            self.fail(route, f"expected a share in per cent, above 0 and below 100, not {kind_of(value)}")
        return float(value)

    def settings(self, route: Route, value: object) -> dict[str, Setting]:
        """Read parameters of a regime: whether they exist, the regime itself says."""
        if value is None:
            return {}
        if not isinstance(value, dict):
            self.fail(route, "expected parameters of the regime and their values")
        return {key: self.setting((*route, key), item) for key, item in value.items()}

    def setting(self, route: Route, value: object) -> Setting:
        """Read the value of a parameter."""
        if isinstance(value, list):
            return tuple(self.plain(route, word) for word in self.texts(route, value, str))
        if isinstance(value, (float, date)) or not isinstance(value, (str, int, bool)):
            self.fail(
                route, f"expected a word, a whole number, true or false, or a list of words, not {kind_of(value)}"
            )
        return value

    def fail(self, route: Route, message: str) -> NoReturn:
        """Raise an error that points at a part of the document, and names its key."""
        error = self.document.error(route, message)
        key = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in route).lstrip(".")
        raise YamlError(error.path, error.line, error.column, f"{key}: {message}" if key else message)
