"""Addresses of the house's own domains that stand on tickets as if they were customers' (B106)."""

from __future__ import annotations

from storage.database import Database

RECIPIENTS = """
SELECT address, COUNT(*) FROM recipient
WHERE list = 'external' AND address LIKE ?
AND address NOT IN (SELECT email1 FROM employee UNION SELECT email2 FROM employee)
GROUP BY address ORDER BY COUNT(*) DESC, address
"""


def recipients_of(db: Database, domain: str) -> list[tuple[str, int]]:
    """External Recipients of a domain that are no employees' addresses, and on how many tickets each stands.

    Reads every recipient there is.
    """
    with db.told():
        return [(str(address), int(number)) for address, number in db.rows(RECIPIENTS, (f"%@{domain}",))]
