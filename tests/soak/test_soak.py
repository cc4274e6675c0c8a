"""A short form of the soak; the long one is `make roads-soak`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.dovecot import Dovecot
from tests.soak.soak import Soak

pytestmark = pytest.mark.long


def test_soak__each_mail_is_filed_once_and_marked(tmp_path: Path, mail_server: Dovecot) -> None:
    """B1, B2, B5: by IMAP, POP3, LMTP and SMTP at once, connections cut at random, the service killed once."""
    result = Soak(tmp_path, mail_server, mails=8, kills=1, mean=20_000, patience=60).run()

    assert result.findings == ()
    assert result.cuts >= 3
