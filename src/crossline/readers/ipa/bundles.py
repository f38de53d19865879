"""One app's folder, read: who it says it is, its code and what of that can be seen, the hosts that it names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from crossline.packages import archive, cms, code_signature, hosts, macho, octets, plist
from crossline.packages.spending import several
from crossline.readers.ipa import declared
from crossline.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crossline.packages.archive import Archive
    from crossline.packages.code_signature import Signature
    from crossline.packages.spending import Spending

CODE_MOST: Final = 1000  # files of code of one app; the largest have some hundreds
# Files that may name hosts besides code. What signs a package names those of its issuers, and no others.
WORDED: Final = (
    ".js", ".mjs", ".bundle", ".html", ".htm", ".json", ".properties", ".txt", ".xml", ".yml", ".yaml", ".ini", ".conf",
    ".cfg", ".lua", ".luac", ".py", ".sh", ".plist", ".strings", ".stringsdict", ".xcprivacy",
    ".jsbundle", ".nib",
)  # fmt: skip
_NO_CODE: Final = (
    *WORDED, ".png", ".jpg", ".jpeg", ".gif", ".webp", ".heic", ".pdf", ".svg", ".car", ".ttf", ".otf", ".mp3", ".mp4",
    ".m4a", ".wav", ".caf", ".mov", ".lproj", ".mom", ".omo", ".metallib", ".ktx", ".storyboard", ".xib", ".md",
)  # fmt: skip
# Where a bare name is taken for a host besides code. A list in a text may be one of hosts that the app blocks.
BARE_IN: Final = r"\.(?:xml|json)$"
FILE_MOST: Final = 256 << 20  # bytes of a file that hosts are looked for in
Placed = tuple[str, pl.Series]  # a file of code, and names of classes
HOSTS: Final = pl.Schema({"file": pl.String(), "in_code": pl.Boolean(), **hosts.HOSTS})
_SIGNING: Final = r"(?:^|/)(?:_CodeSignature|SC_Info)/"
_TYPE: Final = b'"http://www.apple.com/DTDs/PropertyList-1.0.dtd"'  # of each property list, and contacted by nobody
_INNER: Final = re.compile(r"\.(?:ipa|apk|aab)$", re.IGNORECASE)
_ODD_TOLD: Final = 20
UNNAMED: Final = "symbols whose names cannot be read, which may be those of classes"


@dataclass(frozen=True)
class App:
    """What lies in an app's folder; ``root`` is where it lies, with a slash behind it."""

    root: str
    info: dict[str, Any] | None
    profile: dict[str, Any] | None  # of embedded.mobileprovision
    signature: Signature | None  # of its main program
    main: str | None  # the entry of that, if it is there
    seen: bool  # whether that could be read
    encrypted: bool  # whether all of that is
    hidden: int  # files of code that could not be read, or not whole
    symbols_unread: int  # symbols of which it cannot be told whether they name a class, or which
    defined: int | None  # how many classes its code defines; None where its program cannot be seen
    classes: list[Placed]  # that it defines, and, of encrypted code, that others may use
    referred: list[Placed]  # that its code takes from others
    beside: list[str]  # places of frameworks and other libraries
    hosts: pl.DataFrame  # HOSTS
    declared: pl.DataFrame  # hosts that it states: type, value, locator


def read(opened: Archive, root: str, spending: Spending) -> App:
    """Read an app's folder; what cannot be read is a reject of the spending."""
    entries = opened.entries.with_row_index("row").filter(pl.col("name").str.starts_with(root))
    inner = [name for name in entries["name"] if _INNER.search(name)]
    if inner:
        spending.note(f"{several(inner[0], len(inner))}: packages within the package, which are not read")
    info = _list(opened, f"{root}Info.plist", spending, needed=True)
    name = (info or {}).get("CFBundleExecutable")
    main = (
        f"{root}{name}"
        if isinstance(name, str)
        else f"{root}{root.rstrip('/').rpartition('/')[2].removesuffix('.app')}"
    )
    code = _Code(opened, main, spending)
    code.read(entries)
    found = [pl.DataFrame(schema=HOSTS), *code.hosts]
    in_files = hosts.in_files(_files(opened, entries, spending))
    bare = pl.col("file").str.to_lowercase().str.contains(BARE_IN)
    in_files = in_files.filter((pl.col("form") != "bare") | bare)
    found.append(in_files.select("file", pl.lit(value=False).alias("in_code"), *hosts.HOSTS))
    profile = _profile(opened, f"{root}embedded.mobileprovision", spending)
    rights = _rights(code.signature, profile)
    privacy = [
        (row_name, _list(opened, row_name, spending))
        for row_name in entries["name"].filter(entries["name"].str.ends_with("/PrivacyInfo.xcprivacy"))[:1000]
    ]
    main_seen = main in code.seen
    if not main_seen and main not in code.encrypted:
        spending.refuse(visible(main, 300), "the app's program, which is not there or cannot be read")
    code.tell_missing(root, entries["name"])
    return App(
        root=root,
        info=info,
        profile=profile,
        signature=code.signature,
        main=main if main_seen or main in code.encrypted else None,
        seen=main_seen,
        encrypted=main in code.encrypted,
        hidden=code.hidden,
        symbols_unread=code.symbols_unread,
        defined=_many(code.classes) if main_seen else None,
        classes=code.classes + code.exported,
        referred=code.referred,
        beside=_beside(entries),
        hosts=pl.concat(found),
        declared=declared.hosts(root, info or {}, rights, privacy, spending),
    )


def _beside(entries: pl.DataFrame) -> list[str]:
    """Return the places of frameworks and other libraries among the files."""
    found = [
        entries["name"].str.extract(r"^((?:.*/)?[^/]+\.framework)/"),
        entries["name"].str.extract(r"^((?:.*/)?[^/]+\.dylib)$"),
    ]
    return pl.concat(found).drop_nulls().unique(maintain_order=True).to_list()


def _many(classes: list[Placed]) -> int:
    """Return how many classes there are; those of several slices, or of several files, count once."""
    return pl.concat([pl.Series("name", [], pl.String), *(names for _, names in classes)]).n_unique()


def rights(app: App) -> dict[str, Any]:
    """Return the entitlements: as the program's signature has them, else as the profile allows."""
    return _rights(app.signature, app.profile)


def _rights(signature: Signature | None, profile: dict[str, Any] | None) -> dict[str, Any]:
    if signature and signature.entitlements:
        return signature.entitlements
    held = (profile or {}).get("Entitlements")
    return held if isinstance(held, dict) else {}


def sold(opened: Archive, spending: Spending) -> dict[str, Any] | None:
    """Return what the App Store wrote beside an app, of which the buyer's account is never looked at."""
    return _list(opened, "iTunesMetadata.plist", spending)


def _list(opened: Archive, name: str, spending: Spending, *, needed: bool = False) -> dict[str, Any] | None:
    """Return a property list by its name; the first that can be read, if there are several."""
    rows = opened.rows(name)
    if not rows and needed:
        spending.refuse(visible(name, 300), "it is not there: the app says neither its id nor its version")
    for row in rows[:8]:
        try:
            return plist.read(opened.read(row))
        except (archive.Unreadable, plist.Unreadable) as error:
            spending.refuse(visible(name, 300), str(error))
    return None


def _profile(opened: Archive, name: str, spending: Spending) -> dict[str, Any] | None:
    """Return the property list that a provisioning profile signs."""
    for row in opened.rows(name)[:1]:
        try:
            return plist.read(cms.read(opened.read(row)).content or b"")
        except (archive.Unreadable, cms.Unreadable, plist.Unreadable) as error:
            spending.refuse(visible(name, 300), str(error))
    return None


def _files(opened: Archive, entries: pl.DataFrame, spending: Spending) -> Iterator[tuple[str, bytes | bytearray]]:
    """Yield the files that may name hosts and are no code."""
    ends = "|".join(re.escape(end) for end in WORDED)
    wanted = entries.filter(
        pl.col("name").str.to_lowercase().str.contains(rf"(?:{ends})$") & ~pl.col("name").str.contains(_SIGNING)
    )
    for number, (row, name, size) in enumerate(wanted.select("row", "name", "size").iter_rows()):
        if spending.late():
            why = "no hosts are looked for from here on: the time for one file is over"
            spending.refuse(name, why, wanted.height - number)
            return
        if size > FILE_MOST:
            spending.refuse(name, f"no hosts are looked for in {size:,} bytes; limit of {FILE_MOST:,}")
            continue
        try:
            data = opened.read(row)
        except archive.Unreadable as error:
            if not name.endswith("/Info.plist"):  # whoever read it as a list told what is wrong with it
                spending.refuse(name, str(error))
            continue
        if data[:4] not in macho.MAGICS:  # else it was read as code
            yield visible(name, 300), _unnamed(data)


def _unnamed(data: bytes | bytearray) -> bytes | bytearray:
    """Blank out the address of what property lists are, which each of them names."""
    return data.replace(_TYPE, b" " * len(_TYPE)) if _TYPE in data else data


class _Code:
    """The files of code of an app, as they are read."""

    def __init__(self, opened: Archive, main: str, spending: Spending) -> None:
        self.opened, self.main, self.spending = opened, main, spending
        self.seen: set[str] = set()
        self.encrypted: set[str] = set()
        self.hidden = 0
        self.symbols_unread = 0
        self.classes: list[Placed] = []
        self.exported: list[Placed] = []
        self.referred: list[Placed] = []
        self.hosts: list[pl.DataFrame] = []
        self.signature: Signature | None = None
        self.linked: dict[str, str] = {}
        self.odd_left = _ODD_TOLD

    def read(self, entries: pl.DataFrame) -> None:
        """Read whatever file begins as code does, the main program first."""
        ends = "|".join(re.escape(end) for end in _NO_CODE)
        likely = entries.filter(
            (pl.col("size") >= 28)
            & (~pl.col("name").str.to_lowercase().str.contains(rf"(?:{ends})$") | (pl.col("name") == self.main))
        ).sort(pl.col("name") != self.main, maintain_order=True)
        left = CODE_MOST
        for number, (row, name) in enumerate(likely.select("row", "name").iter_rows()):
            if not macho.is_one(self.opened.head(row, 8)):
                continue
            if not left or self.spending.late():
                why = f"limit of {CODE_MOST:,} files" if not left else "the time for one file is over"
                self.spending.refuse(name, f"code from here on is not read: {why}", likely.height - number)
                self.hidden += 1
                return
            left -= 1
            try:
                self.one(name, self.opened.read(row))
            except archive.Unreadable as error:
                self.hidden += 1
                self.spending.refuse(visible(name, 300), str(error))

    def one(self, name: str, data: bytes | bytearray) -> None:
        """Read one file."""
        place = visible(name, 300)
        slices, odd = macho.read(data)
        odd += [text for one in slices for text in one.odd]
        if not slices:
            self.hidden += 1
            self.spending.refuse(place, "; ".join(odd))
            return
        unread = unnamed = 0
        for one in slices:
            exported, referred, lost = macho.class_symbols(data, one)
            unnamed += lost
            self.referred.append((place, referred))
            if one.encrypted:  # the names of its classes are, and those of its symbols are not
                self.exported.append((place, exported))
            else:
                names, lost = macho.classes(data, one)
                self.classes.append((place, names))
                unread += lost
        if unread:
            odd.append(f"{unread:,} classes have no name that can be read")
        if unnamed:  # a reject, which is counted, as notes on what is odd end after some files
            self.symbols_unread += unnamed
            self.spending.refuse(place, UNNAMED, unnamed)
        if all(one.encrypted for one in slices):
            self.encrypted.add(name)
            self.hidden += 1
        else:
            self.seen.add(name)
            self.hidden += bool(odd or unnamed)
        if odd and self.odd_left:
            self.odd_left -= 1
            self.spending.note(f"{place}: {'; '.join(dict.fromkeys(odd))}")
        if name == self.main:
            self.sign(place, data, slices)
        for path in (path for one in slices for path in one.libraries if path.startswith("@")):
            self.linked.setdefault(path, place)
        self.find(place, data, slices)

    def sign(self, place: str, data: bytes | bytearray, slices: list[macho.Slice]) -> None:
        """Take the signature of the main program: of several slices the first that has a certificate."""
        found = [code_signature.read(bytes(data[slice(*one.signature)])) for one in slices if one.signature]
        self.signature = next((one for one in found if one.signers), found[0] if found else None)
        for text in self.signature.odd if self.signature else ():
            self.spending.refuse(place, text)

    def find(self, place: str, data: bytes | bytearray, slices: list[macho.Slice]) -> None:
        """Look for hosts where the file can be seen: among C strings for whole ones, and else for addresses."""
        strings, rest = macho.searched(slices)
        for first, last in strings:
            if last - first > FILE_MOST:
                self.hidden += 1
                self.spending.refuse(place, f"strings of {last - first:,} bytes; limit of {FILE_MOST:,}")
                continue
            part = _unnamed(data[first:last])
            view = octets.view(part)
            begins = (view[:-1] == 0) & (view[1:] != 0)
            starts = np.concatenate([[0], np.flatnonzero(begins) + 1]).astype(np.int64)
            self.add(place, hosts.in_strings(part, starts), pl.Series(starts + first))
        pieces = [(str(first), _unnamed(data[first:last])) for first, last in rest]
        in_rest = hosts.in_files(pieces).filter(pl.col("form") != "bare")
        if in_rest.height:
            moved = in_rest.with_columns(place=pl.col("place") + pl.col("file").cast(pl.Int64))
            self.add(place, moved.select(*hosts.HOSTS), None)

    def add(self, place: str, found: pl.DataFrame, starts: pl.Series | None) -> None:
        """Keep hosts, with their byte in the file."""
        if starts is not None:
            found = found.with_columns(place=starts.gather(found["place"].cast(pl.UInt32)))
        self.hosts.append(found.select(pl.lit(place).alias("file"), pl.lit(value=True).alias("in_code"), *hosts.HOSTS))

    def tell_missing(self, root: str, names: pl.Series) -> None:
        """Tell which libraries of the package's own are linked, and are not in it."""
        held = set(names.str.extract(r"([^/]+)$"))
        gone = [path for path in self.linked if path.rpartition("/")[2] not in held]
        gone = [
            path for path in gone if not path.rpartition("/")[2].startswith("libswift")
        ]  # of the system since iOS 12.2
        if gone:
            self.spending.note(
                f"{visible(root)} links {several(gone[0], len(gone))} as its own, and the package does not hold it"
            )
