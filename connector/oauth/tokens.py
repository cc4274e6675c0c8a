"""The access token of a log-in: renewed before it ends, or when it is refused; pauses grow while that fails."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace

from connector.config.settings import OAuth
from connector.oauth import cache, grants
from connector.oauth.cache import Kept
from connector.oauth.errors import OAuthFailed
from connector.oauth.grants import Grant

SKEW = 300.0
"""A token that has less than so many seconds left is renewed; one that lives shorter, at half its life."""
FIRST_PAUSE, LONGEST_PAUSE = 5.0, 300.0
LOG_IN_ANEW = ("invalid_grant", "interaction_required", "login_required", "consent_required")
"""What is said of a log-in that is no good any more (RFC 6749, section 5.2; OpenID Connect Core, section 3.1.2.6)."""
WARN_BEFORE = 7 * 86400.0
"""Seconds before a refresh token ends in which it is told."""


class Tokens:
    """Tokens of one section. Its methods block, and may be called from any thread; `clock` gives the epoch."""

    def __init__(self, oauth: OAuth, clock: Callable[[], float] = time.time) -> None:
        self._oauth = oauth
        self._clock = clock
        self._lock = threading.Lock()
        self._pause = FIRST_PAUSE
        self._not_before = 0.0
        self._error: OAuthFailed | None = None
        self._refresh_token = ""  # the one that the error is about

    def get(self) -> str:
        """A token that is good now. Raises OAuthFailed."""
        with self._lock:
            kept = cache.read(self._oauth)
            if kept.access_token and self._clock() < kept.expires_at:
                return kept.access_token
            return self._renew(kept)

    def other_than(self, refused: str) -> str:
        """A token in place of one that a server refused, which may have been revoked. Raises OAuthFailed."""
        with self._lock:
            kept = cache.read(self._oauth)
            if kept.access_token and kept.access_token != refused and self._clock() < kept.expires_at:
                return kept.access_token  # another connection was told before
            return self._renew(kept)

    def keep(self, grant: Grant) -> None:
        """What a person logged in for. Raises OAuthFailed."""
        with self._lock:
            cache.write(self._oauth, self._kept(grant, Kept()))
            self._well()

    def _renew(self, kept: Kept) -> str:
        """Ask the token server, unless it failed a short while ago."""
        if self._error is not None and self._clock() < self._not_before and not self._logged_in_since(kept):
            raise self._error
        try:
            grant = self._ask(kept)
            cache.write(self._oauth, self._kept(grant, kept))
        except OAuthFailed as error:
            self._error, self._refresh_token = error, kept.refresh_token
            self._not_before = self._clock() + max(self._pause, error.again_in)
            self._pause = min(2 * self._pause, LONGEST_PAUSE)
            raise
        self._well()
        return grant.access_token

    def _logged_in_since(self, kept: Kept) -> bool:
        return kept.refresh_token != self._refresh_token

    def _ask(self, kept: Kept) -> Grant:
        if not grants.needs_person(self._oauth):
            return grants.by_itself(self._oauth, self._clock())
        if not kept.refresh_token:
            why = f"nobody is logged in: run `email-connector oauth login {self._oauth.section}`"
            raise OAuthFailed(why, urgent=True)
        try:
            return grants.by_refresh_token(self._oauth, kept.refresh_token)
        except OAuthFailed as error:
            if error.code not in LOG_IN_ANEW:
                raise
            why = f"{error}: log in anew with `email-connector oauth login {self._oauth.section}`"
            raise OAuthFailed(why, urgent=True, code=error.code) from None

    def _kept(self, grant: Grant, before: Kept) -> Kept:
        """A refresh token that is not replaced stays (RFC 6749, section 6)."""
        now = self._clock()
        left = max(grant.expires_in - SKEW, grant.expires_in / 2)
        kept = Kept(cache.identity(self._oauth), grant.access_token, now + left, grant.refresh_token)
        if not grant.refresh_token:
            return replace(kept, refresh_token=before.refresh_token, refresh_expires_at=before.refresh_expires_at)
        ends = now + grant.refresh_expires_in if grant.refresh_expires_in else 0
        return replace(kept, refresh_expires_at=ends)

    def _well(self) -> None:
        self._error, self._pause, self._not_before = None, FIRST_PAUSE, 0.0


def ending(oauth: OAuth, now: float) -> str:
    """What to tell of a log-in that will end soon, or nothing."""
    try:
        ends = cache.read(oauth).refresh_expires_at
    except OAuthFailed as error:
        return f"The log-in of {oauth.section} is of no use: {error}"
    if not ends or now < ends - WARN_BEFORE:
        return ""
    day = time.strftime("%Y-%m-%d", time.gmtime(ends))
    return (
        f"The log-in of {oauth.section} ends on {day}: log in anew with `email-connector oauth login {oauth.section}`."
    )
