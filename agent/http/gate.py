"""The gate: every request passes it before any route sees it, so no route can forget to ask.

* **Host**: a request that claims to be near (from this machine, at a loopback address) must name this
  machine. A web page elsewhere whose name was made to point here (DNS rebinding) does not.
* **Origin**: a browser says which page a request comes from. Another site's page gets nothing, but for
  those of `Service.origins`.
* **Key**: whoever is not near needs one; a key that is sent decides. See `agent.serving.accounts`.
* **Body**: no more than the limits allow, and not slower than a byte in `SLOWEST` seconds.
* What nobody caught is told as a problem, and every answer bears the headers of safety.
"""

import asyncio
import logging
import re
from http.cookies import CookieError, SimpleCookie
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from agent.http.headers import guarded, is_page
from agent.http.problems import told
from agent.serving.accounts import LOCAL, User
from agent.serving.limits import MB
from agent.serving.service import Service

log = logging.getLogger(__name__)

COOKIE = "musicologue_key"
"""Where a browser keeps the key: sound that an <audio> element fetches can't bear other headers."""

OPEN = frozenset({"/healthz", "/session", "/favicon.ico"})
"""Beside the page: what needs no key."""

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
UPLOADS = frozenset({"/tracks", "/v1/files"})
WITH_SOUND = "/v1/chat/completions"
FORM_ROOM = MB
"""Bytes of a form beside the file."""

SLOWEST = 60.0

HOST = re.compile(r"(?:(?P<name>[a-z0-9.-]+)|\[(?P<address>[0-9a-f:.]+)\])(?::\d{1,5})?")

KEY_WANTED = (
    "A key is needed: send it as 'Authorization: Bearer KEY'. "
    "Whoever runs the server makes one with: python -m agent keys add NAME"
)


class Gate:
    """What stands before the routes (ASGI)."""

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self.app, self.service = app, service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or tell why not."""
        if scope["type"] == "websocket":  # there are none, and none must slip in
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path, started = scope["path"], False

        async def sending(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                message["headers"] = guarded(path, list(message.get("headers", ())))
            await send(message)

        try:
            self._check(scope)
            await self.app(scope, self._metered(scope, receive), sending)
        except Exception as error:  # the boundary: a bug ends the request, never the server
            if started:
                log.exception("a request for %s broke off", path)
                raise
            await told(path, error)(scope, receive, sending)

    # ---- inside ---------------------------------------------------------------------------------

    def _check(self, scope: Scope) -> None:
        headers, path = Headers(scope=scope), scope["path"]
        near = is_near(scope) and not self.service.keys_only
        if near and not names_this_machine(headers.get("host", "")):
            raise HTTPException(
                421, "This server answers to localhost and 127.0.0.1 only; the Host was another."
            )
        if not self._same_site(scope["method"], headers):
            raise HTTPException(403, "A web page of another site may ask nothing here.")
        open_to_all = path in OPEN or is_page(path)
        user = None if open_to_all else self.user_of(headers, near)
        if user is None and not open_to_all:
            raise HTTPException(401, KEY_WANTED, {"WWW-Authenticate": "Bearer"})
        scope.setdefault("state", {})["user"] = user or LOCAL

    def user_of(self, headers: Headers, near: bool) -> User | None:
        """Return who asks; None where a key is wanted, or another one."""
        accounts, key = self.service.accounts, key_in(headers)
        if near and (not key or not accounts.any):
            return LOCAL
        return accounts.user_of(key) if key else None

    def _same_site(self, method: str, headers: Headers) -> bool:
        """Whether it is no page of another site that asks; programs name none."""
        origin, site = headers.get("origin"), headers.get("sec-fetch-site", "none")
        if origin in self.service.origins:
            return True
        if origin is not None and urlsplit(origin).netloc != headers.get("host"):
            return False
        followed = method in SAFE and headers.get("sec-fetch-mode") == "navigate"
        return site in ("none", "same-origin") or followed  # a link to here may be followed

    def _most(self, scope: Scope) -> int:
        limits = self.service.limits
        if scope["path"] in UPLOADS:
            return limits.upload_bytes + FORM_ROOM
        return limits.inline_bytes if scope["path"] == WITH_SOUND else limits.body_bytes

    def _metered(self, scope: Scope, receive: Receive) -> Receive:
        most, taken, over = self._most(scope), 0, False
        length = Headers(scope=scope).get("content-length", "0")
        if length.isdecimal() and int(length) > most:
            raise too_much(most)

        async def metered() -> Message:
            nonlocal taken, over
            if over:
                return await receive()
            try:
                async with asyncio.timeout(SLOWEST):
                    message = await receive()
            except TimeoutError:
                raise HTTPException(408, "The body of the request didn't come.") from None
            taken += len(message.get("body", b""))
            over = not message.get("more_body", False)
            if taken > most:
                raise too_much(most)
            return message

        return metered


def too_much(most: int) -> HTTPException:
    """Return the error of a body that is too large."""
    return HTTPException(413, f"At most {most / MB:g} MB are taken here.")


def is_near(scope: Scope) -> bool:
    """Whether a request comes from this machine, over a loopback address, and not through a proxy."""
    ends = [end[0] for end in (scope.get("client"), scope.get("server")) if end]
    forwarded = any(
        name in (b"forwarded", b"x-forwarded-for", b"x-real-ip") for name, _ in scope["headers"]
    )
    return len(ends) == 2 and all(map(is_loopback, ends)) and not forwarded


def is_loopback(host: str) -> bool:
    """Whether a host is this machine alone."""
    if host == "localhost":
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def names_this_machine(host: str) -> bool:
    """Whether a Host header names this machine."""
    found = HOST.fullmatch(host.lower())
    name = (found["name"] or found["address"]) if found else ""
    return name.endswith(".localhost") or is_loopback(name)


def key_in(headers: Headers) -> str:
    """Return the key that a request bears, "" without."""
    scheme, _, key = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and key.strip():
        return key.strip()
    if "cookie" not in headers:
        return ""
    try:
        morsel = SimpleCookie(headers["cookie"]).get(COOKIE)
    except CookieError:
        return ""
    return morsel.value if morsel else ""
