"""What can go wrong with a token."""

from __future__ import annotations


class OAuthFailed(Exception):
    """No token can be had; the text says why, for an administrator, and holds no secret.

    `urgent`: a person has to do something, as where a secret has ended. `again_in`: seconds that the server asked for.
    """

    def __init__(self, why: str, *, urgent: bool = False, code: str = "", again_in: float = 0) -> None:
        super().__init__(why)
        self.urgent = urgent
        self.code = code  # of RFC 6749, section 5.2
        self.again_in = again_in
