"""What the DNS says of the public addresses' domains: who takes their mail, who may send it, who signs it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from connector.config.settings import Outgoing, Settings
from connector.courier.dkim_key import UnfitKey, read_key
from connector.doctor import names, spf
from connector.doctor.findings import Finding, ok, problem, skipped, warning
from connector.trust.keys import NoAnswer
from storage.addresses import domain_of

TAG = re.compile(r"\s*([a-zA-Z]\w*)\s*=\s*([^;]*)")
POLICIES = ("none", "quarantine", "reject")

Check = Callable[[], Iterator[Finding]]


@dataclass(frozen=True, slots=True)
class Domain:
    """Checks of one domain."""

    name: str
    outgoing: Outgoing

    def checks(self) -> Iterator[Check]:
        """All of them; each may be made beside the others."""
        for about, check in (("MX", self._mx), ("SPF", self._spf), ("DMARC", self._dmarc)):
            yield lambda about=about, check=check: _asked(f"{about} of {self.name}", check)  # type: ignore[misc]

    def _mx(self, about: str) -> Iterator[Finding]:
        hosts = names.mail_servers(self.name)
        if not hosts and names.has_address(self.name):
            what = "the domain names no server for its mail: it goes to the host of the domain's own name"
            yield warning(about, what, "add an MX record of the server that takes it")
        elif not hosts:
            yield problem(
                about, "the domain names no server for its mail", "add an MX record for the server that takes it"
            )
        elif hosts == ["."]:
            yield problem(
                about, "the domain says that it takes no mail (null MX)", "replace the record by your server's"
            )
        elif gone := [host for host in hosts if not names.has_address(host)]:
            yield problem(
                about, f"no address is known of {', '.join(gone)}", "correct the MX record, or the host's own"
            )
        else:
            yield ok(about, ", ".join(hosts))

    def _spf(self, about: str) -> Iterator[Finding]:
        records = spf.records(names.texts(self.name))
        if len(records) != 1:
            what = f"there are {len(records)}, and receivers take that for an error" if records else "there is none"
            todo = f"keep one text record of {self.name}: v=spf1, what your relay says to include, -all"
            yield (problem if records else warning)(about, what, todo)
            return
        found = spf.policy_of(self.name, records[0], names.texts)
        wrong = list(spf.troubles(found))
        for what in wrong:
            yield problem(about, what, f"correct the text record of {self.name}: {names.shown(records[0])}")
        if not found.end and not wrong:
            yield warning(about, f"it does not say who may not: {names.shown(records[0])}", "end it with -all or ~all")
        elif not wrong:
            yield ok(about, names.shown(records[0]))

    def _dmarc(self, about: str) -> Iterator[Finding]:
        labels = self.name.split(".")
        for start in range(max(1, len(labels) - 1)):  # the domain's own, else that of one above it
            place = f"_dmarc.{'.'.join(labels[start:])}"
            records = [text for text in names.texts(place) if text.lower().replace(" ", "").startswith("v=dmarc1")]
            if records:
                yield from _dmarc_record(about, place, records)
                return
        todo = f"add a text record _dmarc.{self.name}: v=DMARC1; p=none, or quarantine once SPF or DKIM are right"
        yield warning(about, "there is none: receivers are not told what to do with forged mail", todo)


def _dmarc_record(about: str, place: str, records: list[str]) -> Iterator[Finding]:
    if len(records) > 1:
        yield problem(about, f"{place} has {len(records)}, and so none counts", "keep one of them")
    elif _tags(records[0]).get("p", "").lower() not in POLICIES:
        yield problem(about, f"{place} has no policy: {names.shown(records[0])}", "write p=none, quarantine or reject")
    else:
        yield ok(about, f"{place}: {names.shown(records[0])}")


def dkim(outgoing: Outgoing, from_domain: str) -> Iterator[Finding]:
    """Whether the key that signs is the one in the DNS."""
    if outgoing.dkim_key_file is None:
        what = "outgoing mail is not signed here; it may be by the relay"
        yield warning(
            f"DKIM of {from_domain}", what, "set DkimSelector, DkimDomain and DkimKeyFile, unless the relay signs"
        )
        return
    name = f"{outgoing.dkim_selector}._domainkey.{outgoing.dkim_domain}"
    yield from _asked(f"DKIM at {name}", lambda about: _dkim_record(about, name, outgoing))


def _dkim_record(about: str, name: str, outgoing: Outgoing) -> Iterator[Finding]:
    assert outgoing.dkim_key_file is not None
    try:
        key = read_key(outgoing.dkim_key_file)
    except UnfitKey as error:
        yield problem(about, f"DkimKeyFile holds {error}", "make a key as docs/roads.md tells")
        return
    public = key.public()
    todo = f"put this text record there: v=DKIM1; k={key.algorithm.partition('-')[0]}; p={public}"
    records = [text for text in names.texts(name) if "p=" in text]
    if not records:
        yield problem(about, "there is no key: every signature is taken for broken", todo)
    elif len(records) > 1:
        yield problem(about, f"there are {len(records)} keys, and which one counts is chance", "keep one record")
    elif not (found := "".join(_tags(records[0]).get("p", "").split())):
        yield problem(about, "the key is withdrawn (p is empty)", todo)
    elif found != public:
        yield problem(about, "it is not the key of DkimKeyFile: every signature is taken for broken", todo)
    else:
        yield ok(about, "it is the key of DkimKeyFile")


def checks(settings: Settings) -> Iterator[Check]:
    """Everything that is asked of the DNS."""
    public = settings.connector.public_addresses
    for name in dict.fromkeys(map(domain_of, public)):
        yield from Domain(name, settings.outgoing).checks()
    yield lambda: dkim(settings.outgoing, domain_of(public[0]))


def _asked(about: str, check: Callable[[str], Iterator[Finding]]) -> Iterator[Finding]:
    """What a check finds; what the DNS does not tell is no finding."""
    try:
        yield from check(about)
    except NoAnswer as error:
        yield skipped(about, f"the DNS gives no answer now: {names.shown(str(error))}")


def _tags(record: str) -> dict[str, str]:
    return {found[1].lower(): found[2].strip() for part in record.split(";") if (found := TAG.match(part))}
