"""`status`: how the service is, for people and for monitoring (B106)."""

from __future__ import annotations

import click

from connector.cli.escape import json_text
from connector.cli.health import LEVELS, Health, health
from connector.cli.options import json_option
from connector.cli.session import Session, pass_session
from connector.cli.tables import minutes, print_fields
from connector.clock import utc_now


@click.command()
@json_option
@pass_session
def status(session: Session, as_json: bool) -> None:
    """Tell queue lengths, the oldest waiting mail, the last mail by each road, deliveries. Times are UTC.

    \b
    Exit status:
      0  fine
      1  warning: held or quarantined mail, a paused pair of sender and ticket, a suspended address, an alarm that
         stands; a mail or a delivery that is due has waited for more than 5 minutes
      2  critical: one has waited for more than 30 minutes; the store or the spool cannot be had
    """
    found = health(session.settings, utc_now())
    if as_json:
        click.echo(json_text({"level": found.level, "reasons": list(found.reasons), "counts": found.counts}))
    else:
        _print(found)
    if found.level:
        raise click.exceptions.Exit(found.level)


def _print(found: Health) -> None:
    counts = found.counts
    fields: dict[str, object] = {LEVELS[found.level]: "; ".join(found.reasons) or "nothing waits too long"}
    fields["service"] = "running" if counts["service"] else "not running"
    fields["queue"] = ", ".join(f"{counts[name]} {name}" for name in ("spooled", "held", "quarantined"))
    fields["paused pairs"] = counts["paused"]
    fields["suspended addresses"] = counts["suspended"]
    fields["alarms"] = ", ".join(counts["alarms"]) or "none"
    fields["oldest waiting"] = minutes(counts["oldest_waiting"]) or "none"
    fields["deliveries"] = ", ".join(f"{number} {state}" for state, number in counts["deliveries"].items()) or "none"
    fields["last delivery"] = minutes(counts["last_delivery"]) or "none"
    for road, at in counts["last_mail"].items():
        fields[f"last by {road}"] = minutes(at)
    print_fields(fields)
