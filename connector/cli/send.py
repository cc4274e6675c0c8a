"""`send`: one test mail through the relay, each step told (B87, B102)."""

from __future__ import annotations

import asyncio

import click

from connector.cli.actor import authorise
from connector.cli.escape import one_line
from connector.cli.refusal import Refused
from connector.cli.session import Session, pass_session
from connector.privileges import PRIVILEGES

SUBJECT = "Test of the e-mail connector"
TEXT = "This mail was sent by `email-connector send`, to see whether the way out is open. No answer is needed.\n"


@click.command()
@click.option("--to", required=True, metavar="ADDRESS", help="Who gets the mail.")
@click.option("--subject", default=SUBJECT, metavar="TEXT", help="Its subject.")
@click.option("--text", default=TEXT, metavar="TEXT", help="Its text.")
@pass_session
def send(session: Session, to: str, subject: str, text: str) -> None:
    """Send one test mail the way that mail goes out, at once, and tell each step. Needs every privilege.

    What `[OUTGOING]` says is used, whether the service runs or not: relay or outbox, TLS, log-in, signature. The mail
    stands in no queue and on no ticket.

    \b
    Exit status:
      0  the relay took it
      1  it did not; the reason is told
    """
    from connector.clock import utc_now
    from connector.courier.transport import Content
    from connector.courier.trial import trial
    from connector.doctor.hints import what_to_do
    from connector.trial_mail import trial_mail
    from storage.texts import plain_address

    authorise(session.actor, *PRIVILEGES, to="send test mail")
    recipient = plain_address(to)
    mail = trial_mail(recipient, subject, text, session.desk_policy, utc_now())
    content = Content(mail.head, mail.body)
    outcome = asyncio.run(
        trial(
            session.settings.outgoing, mail.envelope_from, recipient, content, lambda step: click.echo(one_line(step))
        )
    )
    if outcome.state != "sent":
        todo = what_to_do(outcome.answer, "")
        raise Refused("\n".join(filter(None, (f"not sent: {outcome.answer}", todo))))
    click.echo(f"sent to {one_line(recipient)}: {one_line(outcome.answer)}")
