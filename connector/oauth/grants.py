"""The ways to a token: client credentials and device code at Microsoft, service account and installed app at Google.

Microsoft: RFC 6749, section 4.4, and RFC 8628. Google: RFC 7523, section 2.1, and RFC 6749, section 4.1 with RFC 7636.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from connector.config.settings import OAuth
from connector.oauth.asking import post
from connector.oauth.errors import OAuthFailed

MICROSOFT = "https://login.microsoftonline.com"
GOOGLE_TOKENS = "https://oauth2.googleapis.com/token"
GOOGLE_LOGIN = "https://accounts.google.com/o/oauth2/v2/auth"
GOOGLE_SCOPE = "https://mail.google.com/"
MICROSOFT_SCOPES = {
    "imap": "https://outlook.office.com/IMAP.AccessAsUser.All",
    "pop3": "https://outlook.office.com/POP.AccessAsUser.All",
    "outgoing": "https://outlook.office.com/SMTP.Send",
}
APPLICATION_SCOPE = "https://outlook.office365.com/.default"
REDIRECT = "http://127.0.0.1:1"
"""Nobody listens there: the person copies the address that the browser ends at."""
HOUR = 3600.0
SLOWER = 5.0  # RFC 8628, section 3.5


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token server gave; times in seconds from now, 0: it did not say."""

    access_token: str = field(repr=False)
    expires_in: float
    refresh_token: str = field(default="", repr=False)
    refresh_expires_in: float = 0


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a person is told; `answer_needed`: he brings something back."""

    text: str
    answer_needed: bool = False


Ask = Callable[[Prompt], str]
"""Shows a prompt, and gives what the person typed where that is needed."""


def needs_person(oauth: OAuth) -> bool:
    """Whether a person has to log in once, with `oauth login`."""
    if oauth.provider == "microsoft":
        return oauth.secret_file is None
    held = secret(oauth)
    return not held.startswith("{") or "client_secret" in _client_file(held)


def secret(oauth: OAuth) -> str:
    """What the secret file holds; read at each need, so that a new one counts at once. Raises OAuthFailed."""
    if oauth.secret_file is None:
        return ""
    try:
        return oauth.secret_file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeError) as error:
        why = f"the secret cannot be read from {oauth.secret_file}: {type(error).__name__}"
        raise OAuthFailed(why, urgent=True) from None


def by_itself(oauth: OAuth, now: float) -> Grant:
    """A token that no person is needed for; `now` is the time of the epoch. Raises OAuthFailed."""
    if oauth.provider == "google":
        assertion = _assertion(secret(oauth), oauth.user, now)
        return _granted({"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": assertion}, oauth)
    return _granted({"grant_type": "client_credentials", "scope": APPLICATION_SCOPE, **_client(oauth)}, oauth)


def by_refresh_token(oauth: OAuth, token: str) -> Grant:
    """A new access token for a refresh token (RFC 6749, section 6). Raises OAuthFailed."""
    scope = {"scope": _scope(oauth)} if oauth.provider == "microsoft" else {}
    return _granted({"grant_type": "refresh_token", "refresh_token": token, **scope, **_client(oauth)}, oauth)


def by_person(oauth: OAuth, ask: Ask, sleep: Callable[[float], None]) -> Grant:
    """Tokens after a person has logged in, which this waits for. Raises OAuthFailed."""
    return _device(oauth, ask, sleep) if oauth.provider == "microsoft" else _installed(oauth, ask)


def _device(oauth: OAuth, ask: Ask, sleep: Callable[[float], None]) -> Grant:
    begun = post(_microsoft(oauth, "devicecode"), {"client_id": oauth.client_id, "scope": _scope(oauth)})
    code, place, shown = (begun.get(name) for name in ("device_code", "verification_uri", "user_code"))
    if not (isinstance(code, str) and isinstance(place, str) and isinstance(shown, str)):
        raise OAuthFailed("the token server gave no code to log in with")
    ask(Prompt(f"Open {place} in a browser, log in as {oauth.user}, and enter the code {shown}"))
    interval, left = _number(begun.get("interval"), SLOWER), _number(begun.get("expires_in"), 15 * 60)
    fields = {"grant_type": "urn:ietf:params:oauth:grant-type:device_code", "device_code": code, **_client(oauth)}
    while left > 0:
        sleep(interval)
        left -= interval
        try:
            return _granted(fields, oauth)
        except OAuthFailed as error:
            if error.code not in ("authorization_pending", "slow_down"):
                raise
            interval += SLOWER if error.code == "slow_down" else 0
    raise OAuthFailed("nobody logged in before the code ended", urgent=True)


def _installed(oauth: OAuth, ask: Ask) -> Grant:
    verifier, state = secrets.token_urlsafe(48), secrets.token_urlsafe(16)
    query = {
        "client_id": _client(oauth)["client_id"],
        "redirect_uri": REDIRECT,
        "response_type": "code",
        "scope": GOOGLE_SCOPE,
        "access_type": "offline",
        "prompt": "consent",
        "login_hint": oauth.user,
        "state": state,
        "code_challenge_method": "S256",
        "code_challenge": _base64url(hashlib.sha256(verifier.encode()).digest()),
    }
    text = (
        f"Open this in a browser and log in as {oauth.user}. The browser ends at a page that cannot be shown: copy\n"
        f"its address, which begins with {REDIRECT}, and paste it here.\n\n{GOOGLE_LOGIN}?{urlencode(query)}\n"
    )
    brought = _query(ask(Prompt(text, answer_needed=True)))
    if brought.get("state") != [state] or "code" not in brought:
        raise OAuthFailed("that is not the address that the browser ended at after this log-in", urgent=True)
    fields = {"grant_type": "authorization_code", "code": brought["code"][0], "redirect_uri": REDIRECT}
    return _granted({**fields, "code_verifier": verifier, **_client(oauth)}, oauth)


def _query(address: str) -> dict[str, list[str]]:
    try:
        return parse_qs(urlsplit(address.strip()).query)
    except ValueError:
        return {}


def _granted(fields: Mapping[str, str], oauth: OAuth) -> Grant:
    """Ask the token server of the provider."""
    found = post(_microsoft(oauth, "token") if oauth.provider == "microsoft" else GOOGLE_TOKENS, fields)
    token, refresh = found.get("access_token"), found.get("refresh_token", "")
    fit = isinstance(token, str) and token.isascii() and token.isprintable() and token.strip()
    if not fit or not isinstance(refresh, str):
        raise OAuthFailed("the token server gave no token")
    expires = _number(found.get("refresh_token_expires_in"), 0)
    return Grant(str(token), _number(found.get("expires_in"), HOUR), refresh, expires)


def _client(oauth: OAuth) -> dict[str, str]:
    """Who asks. Google gives id and secret of a desktop app as JSON, which may be used as it is. Raises OAuthFailed."""
    held = secret(oauth)
    found = _client_file(held)
    name, word = oauth.client_id or found.get("client_id", ""), found.get("client_secret", held)
    if not name:
        raise OAuthFailed("OAuthClientId is empty: it has to be the id of the OAuth client", urgent=True)
    return {"client_id": name, **({"client_secret": word} if word else {})}


def _client_file(text: str) -> dict[str, str]:
    """What Google's JSON says: of a service account, or of a desktop app, which stands a level deeper; else nothing."""
    try:
        found = json.loads(text)
        found = found.get("installed", found)
        return {name: value for name, value in found.items() if isinstance(value, str)}
    except (ValueError, AttributeError, RecursionError):
        return {}


def _scope(oauth: OAuth) -> str:
    return f"{MICROSOFT_SCOPES[oauth.section.partition(':')[0].lower()]} offline_access"


def _microsoft(oauth: OAuth, what: str) -> str:
    return f"{MICROSOFT}/{oauth.tenant}/oauth2/v2.0/{what}"


def _number(value: Any, otherwise: float) -> float:
    """A number of seconds; some servers write it as a text."""
    try:
        found = float(value)
    except (TypeError, ValueError):
        return otherwise
    return found if 0 < found < 1e9 else otherwise


def _assertion(account: str, user: str, now: float) -> str:
    """What a service account says of itself, signed by its key (RFC 7523, section 3)."""
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        held = json.loads(account)
        issuer, key = held["client_email"], load_pem_private_key(held["private_key"].encode(), password=None)
        if not isinstance(key, RSAPrivateKey):
            raise ValueError("not RSA")
    except (ValueError, TypeError, KeyError, AttributeError):
        raise OAuthFailed("the secret file holds no service account with an RSA key", urgent=True) from None
    head = {"alg": "RS256", "typ": "JWT", "kid": held.get("private_key_id", "")}
    claims = {"iss": issuer, "sub": user, "scope": GOOGLE_SCOPE, "aud": GOOGLE_TOKENS}
    claims |= {"iat": int(now), "exp": int(now + HOUR)}
    signed = ".".join(_base64url(json.dumps(part).encode()) for part in (head, claims))
    return f"{signed}.{_base64url(key.sign(signed.encode(), PKCS1v15(), SHA256()))}"


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
