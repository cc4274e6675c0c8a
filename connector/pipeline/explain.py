"""The whole decision as JSON for programs, and in words for people (interface: JSON of one processed mail)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from connector.mail.clean import escape_for_terminal
from connector.pipeline.reasons import in_words
from connector.pipeline.verdicts import Additions, Decision, Delivery, Match, Reason

Told = dict[str, Any]
_encoded = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode


def as_dict(decision: Decision, entry: int | None = None) -> Told:
    """The decision in the shape that the interface promises; `entry` is the history entry it became."""
    mail, sender, scope = decision.mail, decision.sender, decision.scope
    filed = decision.record.outcome == "filed"
    return {
        "mail": {
            "message_id": mail.message_id,
            "subject": mail.subject,
            "from": mail.header("From"),
            "to": [person.address for person in mail.to],
            "cc": [person.address for person in mail.cc],
            "size": len(mail.raw),
            "sha256": mail.sha256,
            "repairs": list(mail.repairs),
        },
        "sender": {
            "kind": sender.kind,
            "name": sender.name,
            "address": sender.address,
            "authentication": sender.authentication,
            "because": _reasons((*sender.because, *sender.proof)),
        },
        "match": _match(decision.match, filed=filed),
        "scope": {
            "internal": scope.internal,
            "public": scope.public,
            "automatic": scope.automatic,
            "because": _reasons(scope.because),
        },
        "written": {
            "text": decision.written.text,
            "cut": [{"lines": [cut.first, cut.last], "rule": cut.rule} for cut in decision.written.cut],
            "because": _reasons(decision.written.because),
        },
        **_additions(decision.additions if filed else Additions()),
        "deliveries": [_delivery(delivery) for delivery in decision.deliveries],
        "outcome": decision.record.outcome,
        "because": _reasons(decision.record.because),
        "entry": entry,
    }


def as_json(told: Told) -> str:
    """One line of JSON; what a mail holds cannot break out of it."""
    return _encoded(told)


def why(told: Told) -> list[str]:
    """Out of a record as JSON, in words: who the sender was found to be, then why it came to this outcome."""
    return [*why_sender(told), *map(_told_in_words, told["because"])]


def why_sender(told: Told) -> list[str]:
    """Out of a record as JSON, in words: who the sender was found to be, and how sure that was."""
    return [_told_in_words(one) for one in told["sender"]["because"]]


def _told_in_words(one: Told) -> str:
    return in_words(Reason(one["code"], {name: _fact(one[name]) for name in one if name != "code"}))


def _fact(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _reason(reason: Reason) -> Told:
    return {"code": reason.code, **reason.facts}


def _reasons(reasons: tuple[Reason, ...]) -> list[Told]:
    return [_reason(reason) for reason in reasons]


def _match(match: Match, *, filed: bool) -> Told:
    return {
        "ticket": match.number if match.ticket or filed else None,
        "new": match.new and filed,
        "verified": match.verified,
        "reopened": match.reopened,
        "forwarded": asdict(match.forwarded) if match.forwarded else None,
        "because": _reasons(match.because),
    }


def _additions(additions: Additions) -> Told:
    return {
        "additions": [
            {
                "address": one.address,
                "list": one.recipient.list,
                "type": one.recipient.type,
                "because": _reason(one.because),
            }
            for one in additions.added
        ],
        "not_added": [{"address": one.address, "because": _reason(one.because)} for one in additions.not_added],
    }


def _delivery(delivery: Delivery) -> Told:
    name, address = delivery.sender
    return {
        "from": f"{name} <{address}>" if name else address,
        "reply_to": delivery.reply_to,
        "to": [address for _, address in delivery.to],
        "cc": [address for _, address in delivery.cc],
        "envelope": list(delivery.envelope),
        "subject": delivery.subject,
        "message_id": delivery.message_id,
        "kind": delivery.kind,
    }


# -- in words ----------------------------------------------------------------------------------------------------


def in_lines(decision: Decision) -> Iterator[str]:
    """The decision stage by stage, for a terminal; nothing in it can move the cursor."""
    for line in _lines(decision):
        yield escape_for_terminal(line)


def _lines(decision: Decision) -> Iterator[str]:
    mail, sender, match, scope = decision.mail, decision.sender, decision.match, decision.scope
    yield f"1 ingest      {mail.subject or '(no subject)'}"
    yield f"              {len(mail.raw)} bytes, {len(mail.attachments)} attachments, sha256 {mail.sha256[:16]}…"
    if mail.repairs:
        yield f"              repaired: {', '.join(mail.repairs)}"
    yield f"2 identify    {sender.kind} {sender.name} <{sender.address}>, authentication {sender.authentication}"
    yield from _whys((*sender.because, *sender.proof))
    filed = decision.record.outcome == "filed"
    state = "new ticket" if match.new else "reopened" if match.reopened else "existing ticket"
    state += "" if filed else ", if it were filed"
    yield f"3 match       {match.number}: {state}, {'verified' if match.verified else 'NOT verified'}"
    yield from _whys(match.because)
    words = ("internal" if scope.internal else "external", "public" if scope.public else "not public")
    yield f"4 classify    {', '.join((*words, 'automatic' if scope.automatic else 'by a person'))}"
    yield from _whys(scope.because)
    yield f"5 strip       {len(decision.written.text)} of {len(mail.text)} characters kept"
    yield from (f"              lines {cut.first}-{cut.last} cut by {cut.rule}" for cut in decision.written.cut)
    yield from _whys(decision.written.because)
    additions = decision.additions if filed else Additions()
    yield f"6 recipients  {len(additions.added)} join, {len(additions.not_added)} do not"
    yield from (f"              + {one.address}: {in_words(one.because)}" for one in additions.added)
    yield from (f"              - {one.address}: {in_words(one.because)}" for one in additions.not_added)
    yield f"7 persist     {decision.record.outcome}"
    yield from _whys(decision.record.because)
    yield from (f"              {c.field}: {c.old or '-'} → {c.new}" for c in decision.record.changes)
    yield f"8 distribute  {len(decision.deliveries) or 'no'} mail{'' if len(decision.deliveries) == 1 else 's'} to send"
    for delivery in decision.deliveries:
        yield from _delivery_lines(delivery)


def _whys(reasons: tuple[Reason, ...]) -> Iterator[str]:
    yield from (f"              because {in_words(reason)} [{reason.code}]" for reason in reasons)


def _delivery_lines(delivery: Delivery) -> Iterator[str]:
    told = _delivery(delivery)
    yield f"              {delivery.kind}: {delivery.subject}"
    yield f"                From: {told['from']}   To: {', '.join(told['to'])}"
    if told["cc"]:
        yield f"                Cc: {', '.join(told['cc'])}"
    yield f"                goes to: {', '.join(told['envelope'])}"
