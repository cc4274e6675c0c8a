"""What the DNS says of the public address, from a server of the tests' own (B106)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from connector.config.settings import Settings
from connector.doctor import domain
from connector.doctor import names as questions
from connector.doctor.findings import Finding
from tests.doctor.conftest import told
from tests.fakes.dns import FakeDns
from tests.house import ROOT

DOMAIN = "example.com"
KEYS = ROOT / "tests" / "trust"


def found(settings: Settings, about: str) -> Finding:
    """The one finding about a theme."""
    findings = [one for check in domain.checks(settings) for one in check()]
    told(findings)
    [finding] = [one for one in findings if one.about.startswith(about)]
    return finding


def test_mx__is_there_and_its_host_has_an_address(settings: Settings, names: FakeDns) -> None:
    """B106: no server, one without an address, one that is well."""
    assert found(settings, "MX").level == "problem"
    names.records[DOMAIN, "A"] = ["192.0.2.1"]
    assert found(settings, "MX").level == "warning"  # RFC 5321, 5.1
    names.records[DOMAIN, "MX"] = ["10 mx.example.com."]
    assert "mx.example.com." in found(settings, "MX").what
    assert found(settings, "MX").level == "problem"
    names.records["mx.example.com", "AAAA"] = ["2001:db8::1"]
    assert found(settings, "MX") == Finding("ok", "MX of example.com", "mx.example.com.")
    names.records[DOMAIN, "MX"] = ["0 ."]
    assert found(settings, "MX").level == "problem"


@pytest.mark.parametrize(
    ("records", "level", "words"),
    [
        ([], "warning", "there is none"),
        (["something else"], "warning", "there is none"),
        (["v=spf1 mx -all", "v=spf1 a -all"], "problem", "there are 2"),
        (["v=spf1 include:relay.example +all"], "problem", "everybody may send"),
        (["v=spf1 all"], "problem", "everybody may send"),
        (["v=spf1 ip4=192.0.2.1 ipv4:192.0.2.1 -all"], "problem", "'ipv4:192.0.2.1'"),
        (["v=spf1 include:gone.example -all"], "problem", "gone.example, which is included, has no records"),
        (["v=spf1 include:example.com -all"], "problem", "includes itself"),
        (["v=spf1 include:many.example a -all"], "problem", "more than 10 times"),
        (["v=spf1 include:relay.example"], "warning", "who may not"),
        (["v=spf1 include:relay.example -all"], "ok", "v=spf1 include:relay.example -all"),
        (["V=SPF1 A MX:example.com/24 ip6:2001:db8::/32 exists:%{i}.x.example exp=why.example ~ALL"], "ok", "~ALL"),
        (["v=spf1 redirect=relay.example"], "ok", "redirect"),
        (["v=spf1 redirect=open.example"], "problem", "everybody may send"),
    ],
)
def test_spf(settings: Settings, names: FakeDns, records: list[str], level: str, words: str) -> None:
    """B106, RFC 7208: one record, no mistakes, not for everybody, at most ten questions."""
    names.text("relay.example", "v=spf1 ip4:192.0.2.0/24 -all")
    names.text("open.example", "v=spf1 +all")
    names.text("many.example", f"v=spf1 {' '.join(f'a:h{number}.example' for number in range(9))} -all")
    names.text(DOMAIN, *records)
    finding = found(settings, "SPF")
    assert (finding.level, words in finding.what) == (level, True), finding


@pytest.mark.parametrize(
    ("place", "records", "level"),
    [
        ("_dmarc.example.com", [], "warning"),
        ("_dmarc.example.com", ["v=DMARC1; p=reject", "v=DMARC1; p=none"], "problem"),
        ("_dmarc.example.com", ["v=DMARC1; sp=reject"], "problem"),
        ("_dmarc.example.com", ["v=DMARC1; p=block"], "problem"),
        ("_dmarc.example.com", ["v=DMARC1; p=none; rua=mailto:d@example.com"], "ok"),
        ("_dmarc.example.com", ["v=DMARC1;p=reject"], "ok"),
    ],
)
def test_dmarc(settings: Settings, names: FakeDns, place: str, records: list[str], level: str) -> None:
    """B106, RFC 7489: one record with a policy."""
    names.text(place, *records)
    assert found(settings, "DMARC").level == level


def test_dmarc__of_a_domain_above_counts(settings: Settings, names: FakeDns) -> None:
    """B106: where the domain has none of its own."""
    below = replace(settings, connector=replace(settings.connector, public_addresses=("help@desk.example.com",)))
    assert found(below, "DMARC").level == "warning"
    names.text("_dmarc.example.com", "v=DMARC1; p=reject")
    assert found(below, "DMARC") == Finding("ok", "DMARC of desk.example.com", "_dmarc.example.com: v=DMARC1; p=reject")


def record_of(file: Path) -> str:
    """The key record that belongs to a key."""
    from connector.courier.dkim_key import read_key

    key = read_key(file)
    return f"v=DKIM1; k={key.algorithm.partition('-')[0]}; p={key.public()}"


def test_dkim__key_is_the_one_in_the_dns(settings: Settings, names: FakeDns) -> None:
    """B106: not signed, no record, withdrawn, another one, two, the right one; the finding gives the right record."""
    assert found(settings, "DKIM").level == "warning"
    file = KEYS / "key-2048.pem"
    outgoing = replace(settings.outgoing, dkim_selector="s1", dkim_domain=DOMAIN, dkim_key_file=file)
    signing, place, record = replace(settings, outgoing=outgoing), "s1._domainkey.example.com", record_of(file)
    assert (found(signing, "DKIM").level, record in found(signing, "DKIM").todo) == ("problem", True)
    for wrong in (["v=DKIM1; p="], ["v=DKIM1; p=AAAA"], [record, record + ";t=s"]):
        names.text(place, *wrong)
        assert found(signing, "DKIM").level == "problem", wrong
    names.text(place, "google-site-verification", record)
    assert found(signing, "DKIM") == Finding("ok", f"DKIM at {place}", "it is the key of DkimKeyFile")
    names.text(place, record.replace("p=MII", "p=MI I"))
    assert found(signing, "DKIM").level == "ok"


def test_dkim__record_is_the_one_that_openssl_makes() -> None:
    """RFC 6376: what docs/roads.md tells to put into the DNS."""
    made = (KEYS / "key-2048.dns").read_text(encoding="ascii")
    assert record_of(KEYS / "key-2048.pem").partition("p=")[2] == "".join(made.partition("p=")[2].split()).rstrip(';"')


def test_dns__that_is_silent_is_no_problem(settings: Settings, names: FakeDns, monkeypatch: pytest.MonkeyPatch) -> None:
    """B106: what cannot be known now is said to be so."""
    monkeypatch.setattr(questions, "SECONDS", 0.2)
    names.silent = {DOMAIN}
    assert [found(settings, about).level for about in ("MX", "SPF", "DMARC")] == ["skipped", "skipped", "warning"]


def test_domains__are_those_of_all_public_addresses(settings: Settings, names: FakeDns) -> None:
    """B106: each once."""
    public = ("support@example.com", "sales@example.com", "help@example.org")
    several = replace(settings, connector=replace(settings.connector, public_addresses=public))
    about = [finding.about for check in domain.checks(several) for finding in check() if finding.about[:2] == "MX"]
    assert about == ["MX of example.com", "MX of example.org"]
