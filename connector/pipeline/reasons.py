"""What each reason code means, in words for administrators; codes are stable, words may get better."""

from __future__ import annotations

from connector.pipeline.verdicts import Reason

WORDS: dict[str, str] = {
    # stage 2, identify sender
    "employee-address": "{address} is the address of the employee {name}",
    "employees-share-address": "several employees have this address, so nobody can tell which one wrote",
    "employee-inactive": "the address belongs to an employee who is not active",
    "contact-address": "{address} is a contact of the account {account}",
    "account-address": "{address} is an address of the account {account}",
    "account-domain": "the domain {domain} belongs to the account {account}",
    "domain-on-several-accounts": "the domain {domain} is listed by several accounts: {accounts}; none is chosen",
    "address-on-several-accounts": "{address} is known at several accounts: {accounts}; none is chosen",
    "address-unknown": "nobody in the directory has {address}",
    "from-identifies-nobody": "the From header is not in order ({defects}) and identifies nobody: {written}",
    "sent-from-public-address": "{address} is a public address and no employee's",
    "released": "let out of the hold queue by {by} ({how})",
    "choice-remembered": "{by} chose on {at} for mail of {address} that would be held as {hold}: {choice}",
    # stage 3, match ticket
    "number-in-subject": "the subject holds the number {number}",
    "number-names-no-ticket": "the number {number} in the subject names no ticket",
    "ticket-was-merged": "ticket {number} was merged into {into}",
    "entry-was-taken": "the subject holds {number}, but {message_id}, which it answers, was taken from there to {to}",
    "answers-message": "{header} names {message_id}, a message of this ticket",
    "sender-is-employee": "employees have a say in every ticket that they may see",
    "address-of-the-sender": "it is an address of the employee who writes",
    "not-an-own-ticket": "{name} neither manages nor opened the ticket, and lacks the privilege {privilege}",
    "sender-opened-it": "{address} wrote the mail that the ticket began with",
    "sender-is-recipient": "{address} is a recipient of the ticket",
    "sender-is-contact": "{address} is the ticket's contact",
    "sender-of-account": "the sender belongs to the ticket's account {account}",
    "answers-issued-message": "the mail answers {message_id}, which this service sent for the ticket",
    "not-on-ticket": "{address} is not on the ticket and answers none of its messages: filed as unverified",
    "sender-not-trusted": "the From header is not in order, so the sender has no say",
    "released-as-unverified": "to be filed as unverified, as {by} decided",
    "employee-restricted": "the employee's address is {restriction}: the mail stays inside",
    "closed-stays-closed": "ticket {number} is closed and this mail does not reopen it",
    "reopened": "ticket {number} was closed {days} days ago and is reopened (limit {limit})",
    "closed-too-long": "ticket {number} was closed {days} days ago, too long to reopen it (limit {limit})",
    "new-ticket": "a new ticket is opened",
    "report-on-mail": "the report is about {message_id}, a mail ({kind}) that this service sent",
    "report-names-nobody": "not believed: {message_id} was not sent to whom the report names ({address})",
    "report-of-failure": "the mail did not reach {address}: {why}; this counts towards suspending the address",
    "report-blames-no-address": "the mail did not reach {address}: {why}; not the address's fault, not counted",
    "report-of-delay": "the mail to {address} is delayed; nothing is final yet",
    "report-of-arrival": "the mail to {address} was {action}: no failure",
    "report-of-the-known": "the delivery to {address} is {state} already: it counts once",
    "account-of-sender": "under the sender's account {account}",
    "account-of-configuration": "under the account {account}, as configured",
    "account-of-rule": "under the account {account}, as the rule {rule} says",
    "account-in-subject-unknown": "the rule {rule} found the account {account} in the subject, and there is none",
    "contact-addressed": "under {account}, because {address} is addressed",
    "no-contact-addressed": "under {account}, because no known contact is addressed",
    # stage 4, classify
    "customer-mail": "mail from outside goes to employees alone",
    "external": "an employee's mail with the public address in To goes to customers",
    "keyword-in-subject": "the subject holds the keyword {keyword}",
    "public-address-in-cc": "an employee wrote, and the public address stands in Cc only",
    "public-address-in-bcc": "an employee wrote, and the public address stands in no header",
    "to-is-empty": "an employee wrote, and To is empty",
    "employee-automatic": "an employee's automatic mail stays inside",
    "unverified": "the sender has no say in this ticket: not public, nobody is added",
    "automatic-header": "a machine wrote it: {header}: {value}",
    "automatic-subject": "a machine wrote it: its subject fits the rule {rule}",
    "delivery-report": "a machine reports on the delivery of a mail ({form})",
    "report-stays-inside": "a report on a mail of ours is for employees alone",
    "automatic-sender": "a machine wrote it: its sender fits the rule {rule}",
    "null-return-path": "a machine wrote it: the return path is empty",
    "robot-address": "a machine wrote it: {address}",
    # stage 5, strip quoted text
    "first-mail-keeps-quotes": "the first mail of a ticket keeps what it quotes or forwards",
    "said-before": "lines stand in {message_id}, which this mail answers",
    "html-structure": "the structure of the HTML tells what is quoted",
    "report-in-words": "what the report says was put into words; the original is kept",
    "nothing-left": "nothing would have been left, so it was kept",
    "answers-below": "the text says that answers stand among the quoted lines, so those stay",
    "rule-passed-over": "the rule {rule} took too long on this mail and was passed over",
    "rules-out-of-time": "the rules' time for this mail was used up; the rest of them was not asked",
    # stage 6, add recipients
    "starts-with-role": "every ticket starts with this role",
    "option-is-all": "this employee's option is All",
    "ticket-opened-for": "the ticket is opened for this address",
    "named-in-header": "stands in {header}",
    "employee-named-in-header": "an employee who stands in To or Cc",
    "already-there": "is on the ticket already",
    "public-address": "is a public address",
    "never-add-recipients": "is listed in NeverAddRecipients",
    "nobody-reads-it": "is an address that nobody reads",
    "not-an-address": "is not an address that mail can be sent to",
    "internal-mail-adds-employees-only": "internal mail adds employees only",
    "too-many-from-one-mail": "more than {limit} from one mail",
    "adding-is-switched-off": "AutomaticallyFindAndAddTicketRecipients is N",
    "automatic-mail": "automatic mail adds nobody",
    # stage 7, persist
    "pair-too-fast": "{sender} wrote more than {limit} mails to this ticket within an hour: filed, nobody is sent it",
    "pair-paused": "mails of {sender} to this ticket are paused since {since}: filed, nobody is sent it",
    "received-before": "the same mail was received before (ledger {mail})",
    "own-message-id": "{message_id} is a mail that this service sent itself",
    "own-marker": "the marker proves a mail that this service sent itself: {message_id}",
    "rule-skips-it": "the rule {rule} says that this machine's mail is recorded and not filed",
    "public-address-as-sender": "held: {address} is the public address, and no employee has it",
    "unknown-sender": "held: {address} is unknown, and UnknownSender is hold",
    "report-not-ours": "a report on {message_id}, which this service did not send: somebody uses our address",
    "report-marker-forged": "a report on a mail with a marker that this installation has not made",
    "report-on-alarm": "a report on {message_id}, an alarm of this service, which belongs to no ticket",
    "too-many-hops": "held: it went through {hops} servers, more than {limit}: perhaps a loop",
    "message-id-used-before": "suspicious: {message_id} was used before by another mail",
}


def in_words(reason: Reason) -> str:
    """One reason as a sentence for people."""
    facts = {key: ", ".join(value) if isinstance(value, tuple) else value for key, value in reason.facts.items()}
    words = WORDS.get(reason.code, reason.code)
    try:
        return words.format(**facts)
    except KeyError:
        return words
