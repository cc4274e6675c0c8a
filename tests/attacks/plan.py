"""Reads an attack's `attack.ini` and plays it: who sends what, and what must come of it (docs/attacks.md)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from configparser import ConfigParser, SectionProxy
from dataclasses import dataclass
from pathlib import Path

from connector.mail.model import Envelope
from tests.attacks.scene import Arrived, Scene, envelope_of

ABOUT = {"Wants", "Rows", "Open"}
MAIL = {"EnvelopeFrom", "EnvelopeTo", "Road", "Client", "AuthUser", "Release", "Later", "Times"}
COMMAND = {"Words", "Status", "Has", "Not"}
NOBODY = "nobody"


@dataclass(frozen=True)
class Attack:
    """One directory."""

    folder: Path
    plan: ConfigParser

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def open(self) -> str:
        """Why it does not fail yet; empty where it does."""
        return self.plan["attack"].get("Open", "")

    @property
    def steps(self) -> list[SectionProxy]:
        """Mails and commands, in order."""
        names = [name for name in self.plan.sections() if name.split()[0] in ("mail", "command")]
        return [self.plan[name] for name in names]


def find_attacks(folder: Path) -> list[Attack]:
    """Every attack, by name."""
    return [Attack(file.parent, _read(file)) for file in sorted(folder.glob("*/attack.ini"))]


def _read(file: Path) -> ConfigParser:
    plan = ConfigParser(interpolation=None, delimiters=("=",), comment_prefixes=("#",))
    plan.optionxform = str  # type: ignore[method-assign,assignment]
    plan.read(file, encoding="utf-8")
    return plan


def unknown_keys(attack: Attack) -> list[str]:
    """Keys and sections that nobody reads: what they ask for would never be looked at."""
    known = {"attack": ABOUT, "mail": MAIL | EXPECTED.keys(), "command": COMMAND, "afterwards": set(AFTERWARDS)}
    found = []
    for name in attack.plan.sections():
        keys = known.get(name.split()[0])
        if keys is not None:
            found += [f"[{name}] {key}" for key in attack.plan[name] if key not in keys]
        elif name != "settings":
            found.append(f"[{name}]")
    return found


def play(attack: Attack, folder: Path, world: Path) -> list[str]:
    """Every assertion that does not hold, one line each."""
    tokens = dict(attack.plan["settings"]) if attack.plan.has_section("settings") else {}
    scene = Scene(folder, world, tokens)
    found = [text for step in attack.steps for text in _step(attack, scene, step)]
    if attack.plan.has_section("afterwards"):
        after = attack.plan["afterwards"]
        found += [f"afterwards {key}: {text}" for key in after for text in AFTERWARDS[key](scene, after[key])]
    scene.store.close()
    return found


def _step(attack: Attack, scene: Scene, step: SectionProxy) -> Iterator[str]:
    if step.name.startswith("command"):
        said = scene.type(*_typed(attack, scene, step["Words"]), status=step.getint("Status", 0))
        yield from (
            f"{step['Words']}: {text!r} is missing in {said}" for text in _lines(step, "Has") if text not in said
        )
        yield from (f"{step['Words']}: {text!r} in {said}" for text in _lines(step, "Not") if text in said)
        return
    raw = (attack.folder / step.name.split()[1]).read_bytes()
    for number in range(step.getint("Times", 1)):
        scene.clock.forward(minutes=step.getint("Later", 0))
        arrived = scene.arrive(raw.replace(b"@@COUNT@@", str(number).encode()), _envelope(step))
        for key in step.keys() & EXPECTED.keys():
            got = EXPECTED[key](arrived)
            if not _is_expected(key, got, step[key]):
                yield f"{step.name} {key}: {_shown(got)}, not {step[key]}"


def _typed(attack: Attack, scene: Scene, words: str) -> list[str]:
    """A command's words: the attack's folder, the last mail's entry and the first held mail can stand in them."""
    values = {"@@DIR@@": lambda: str(attack.folder), "@@ENTRY@@": scene.last_entry, "@@HELD@@": scene.first_held}
    for name, value in values.items():
        words = words.replace(name, value()) if name in words else words
    return words.split()


def _envelope(step: SectionProxy) -> Envelope:
    values: dict[str, object] = {"road": step.get("Road", "smtp"), "has_sender": "EnvelopeFrom" in step}
    if "EnvelopeFrom" in step:
        values["mail_from"] = step["EnvelopeFrom"].strip("<>")
    if "EnvelopeTo" in step:
        values["rcpt_to"] = tuple(step["EnvelopeTo"].split(", "))
    if "Release" in step:
        values |= {"release": step["Release"], "released_by": "bob@company.example"}
    return envelope_of(**values, client=step.get("Client", ""), auth_user=step.get("AuthUser", ""))


def _lines(step: SectionProxy, key: str) -> list[str]:
    return [line for line in step.get(key, "").splitlines() if line]


def _words(text: str) -> set[str]:
    return set() if text == NOBODY else set(text.replace(",", " ").split())


# -- what must come of a mail ------------------------------------------------------------------------------------


EXPECTED: dict[str, Callable[[Arrived], object]] = {
    "Outcome": lambda arrived: arrived.decision.record.outcome,
    "Sender": lambda arrived: arrived.decision.sender.kind,
    "Authentication": lambda arrived: arrived.decision.sender.authentication,
    "Ticket": lambda arrived: "new" if arrived.decision.match.new else arrived.decision.match.number,
    "Verified": lambda arrived: arrived.decision.match.verified,
    "Public": lambda arrived: arrived.decision.scope.public,
    "Internal": lambda arrived: arrived.decision.scope.internal,
    "Automatic": lambda arrived: arrived.decision.scope.automatic,
    "Subject": lambda arrived: arrived.decision.mail.subject,
    "Because": lambda arrived: arrived.codes(),
    "Told": lambda arrived: arrived.receivers(),
    "Answered": lambda arrived: arrived.receivers("response"),
    "Joined": lambda arrived: {
        one["address"] for one in arrived.told["additions"] if one["list"] == "external" and one["address"]
    },
}
"""Key -> what came of the mail: sets are compared as sets, `Because` names codes that must be among all given."""


def _is_expected(key: str, got: object, text: str) -> bool:
    if key == "Because":
        return isinstance(got, set) and _words(text) <= got
    if key in ("Told", "Answered", "Joined"):
        return got == _words(text)
    return got == {"Y": True, "N": False}.get(text, text)


def _shown(got: object) -> str:
    return ", ".join(sorted(map(str, got))) or NOBODY if isinstance(got, set) else str(got)


# -- what must hold in the end -----------------------------------------------------------------------------------


def _nowhere(scene: Scene, text: str) -> Iterator[str]:
    """Texts that stand in no mail that left."""
    for one in scene.sent:
        yield from (
            f"{line!r} in a mail to {one.recipients}" for line in text.split("\n") if _is_in(line, one.head + one.body)
        )


def _no_header(scene: Scene, text: str) -> Iterator[str]:
    """Texts that stand in no header block that left, in any letter case, folded or not."""
    for one in scene.sent:
        head = one.head.replace(b"\r\n\t", b" ").replace(b"\r\n ", b" ").lower()
        yield from (
            f"{line!r} in a header to {one.recipients}" for line in text.split("\n") if _is_in(line.lower(), head)
        )


def _not_outside(scene: Scene, text: str) -> Iterator[str]:
    """Texts that stand in no mail to anybody outside."""
    for one in scene.sent:
        if one.outside:
            yield from (
                f"{line!r} to {one.recipients}" for line in text.split("\n") if _is_in(line, one.head + one.body)
            )


def _is_in(line: str, content: bytes) -> bool:
    return bool(line) and line.encode() in content


def _outsiders(scene: Scene, text: str) -> Iterator[str]:
    """`NUMBER: addresses`, a line each: exactly the ticket's External Recipients."""
    for line in filter(None, text.splitlines()):
        number, _, addresses = line.partition(":")
        got = scene.outsiders(number)
        if got != _words(addresses.strip()):
            yield f"{number} has {_shown(got)}, not {addresses.strip()}"


def _equal(
    read: Callable[[Scene], object], wanted: Callable[[str], object] = str
) -> Callable[[Scene, str], Iterator[str]]:
    def compare(scene: Scene, text: str) -> Iterator[str]:
        got = read(scene)
        if got != wanted(text):
            yield f"{_shown(got)}, not {text}"

    return compare


def _count(scene: Scene, table: str) -> int:
    row = scene.store.db.row(f"SELECT COUNT(*) FROM {table}")
    assert row is not None
    return int(row[0])


def _at_most(read: Callable[[Scene], int]) -> Callable[[Scene, str], Iterator[str]]:
    def compare(scene: Scene, text: str) -> Iterator[str]:
        if read(scene) > int(text):
            yield f"{read(scene)}, more than {text}"

    return compare


AFTERWARDS: dict[str, Callable[[Scene, str], Iterator[str]]] = {
    "Nowhere": _nowhere,
    "NoHeader": _no_header,
    "NotOutside": _not_outside,
    "Outsiders": _outsiders,
    "Suspended": _equal(Scene.suspended, _words),
    "Tickets": _equal(lambda scene: _count(scene, "ticket"), int),
    "MailsOutside": _at_most(lambda scene: sum(one.outside for one in scene.sent)),
    "Mails": _at_most(lambda scene: len(scene.sent)),
}
