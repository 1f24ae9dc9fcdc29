"""The MCP server over HTTP (streamable, at ``/mcp``), for hosts on this machine or with a key.

Who asks is settled as for the other server (`agent.http.gate`): on this machine anybody is the user
`LOCAL`, unless a key is sent; elsewhere a key is needed. Host and Origin are checked by the SDK.

Through protocol 2025-11-25 a host has a session with an id, and handles of its own. From 2026-07-28 on
there are none: the hosts of one user share their handles then, which only ever grow in number.
"""

import signal
import socket
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import uvicorn
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken
from mcp.server.transport_security import TransportSecuritySettings
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from agent.http.gate import KEY_WANTED, is_loopback, is_near, key_in
from agent.mcp_files import Folders
from agent.mcp_server import McpServer
from agent.mcp_session import HostSession
from agent.record import TrackRecord
from agent.serving.accounts import LOCAL, Accounts, User
from agent.serving.desks import Desks
from agent.serving.jobs import Jobs
from agent.serving.limits import MB, Limits
from agent.settings import Settings
from agent.terminal import complain
from tools.errors import MusicToolError

BODY_BYTES = MB
MOST_SESSIONS = 64
GRACE = 3
USER = "musicologue.user"
SESSION_ID = "mcp-session-id"
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


class SessionsOfUsers:
    """The sessions of all hosts, the least lately used closed first. Safe for threads."""

    def __init__(self, desks: Desks, folders: Folders) -> None:
        self._desks, self._folders = desks, folders
        self._kept: OrderedDict[tuple[str, str], HostSession] = OrderedDict()
        self._lock = threading.Lock()

    @contextmanager
    def of(self, request: Any) -> Iterator[HostSession]:
        """Return the session of a request; what its user has stays open meanwhile."""
        user: User = request.scope[USER]
        key = (user.id, request.headers.get(SESSION_ID, ""))
        with self._desks.of(user).held() as desk:
            with self._lock:
                session = self._kept.pop(key, None)
                if session is None or session.memory is not desk.memory:  # its desk was closed
                    session = self._made(user)
                self._kept[key] = session
                while len(self._kept) > MOST_SESSIONS:
                    self._kept.popitem(last=False)
            yield session

    def _made(self, user: User) -> HostSession:
        desk = self._desks.of(user)
        if user == LOCAL:  # whoever sits at this machine may know where their files are
            return HostSession(desk.bench, self._folders)
        address = desk.threads.exports.address
        return HostSession(desk.bench, self._folders, address, _file_name)


class Door:
    """Lets in who may ask (ASGI), and notes who it is."""

    def __init__(self, app: ASGIApp, accounts: Accounts, keys_only: bool) -> None:
        self._app, self._accounts, self._keys_only = app, accounts, keys_only

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer 401."""
        if scope["type"] == "http":
            user = self._user_of(scope)
            if user is None:
                wanted = {"WWW-Authenticate": "Bearer"}
                await PlainTextResponse(KEY_WANTED, 401, wanted)(scope, receive, send)
                return
            scope[USER] = user
            # The SDK lets a session be used by the user who opened it only.
            scope["user"] = AuthenticatedUser(AccessToken(token="", client_id=user.id, scopes=[]))
        await self._app(scope, receive, send)

    def _user_of(self, scope: Scope) -> User | None:
        key = key_in(Headers(scope=scope))
        if not self._keys_only and is_near(scope) and (not key or not self._accounts.any):
            return LOCAL
        return self._accounts.user_of(key) if key else None


def create_app(desks: Desks, accounts: Accounts, host: str, folders: Folders) -> ASGIApp:
    """Return the application for a server at `host`."""
    near = is_loopback(host)
    names = {*LOOPBACK, f"[{host}]" if ":" in host else host}
    security = TransportSecuritySettings(
        # Elsewhere the names of the machine are not known; a page that is led here has no key.
        enable_dns_rebinding_protection=near,
        allowed_hosts=[*names, *(f"{name}:*" for name in names)],
        allowed_origins=[f"http://{name}:*" for name in names],
    )
    server = McpServer(SessionsOfUsers(desks, folders), bool(folders)).server()
    app = server.streamable_http_app(
        transport_security=security, max_request_body_size=BODY_BYTES, max_sessions=MOST_SESSIONS
    )
    return Door(app, accounts, keys_only=not near)


def serve(settings: Settings, host: str, port: int, folders: Folders) -> None:
    """Serve until told to end.

    Raises
    ------
    MusicToolError
        If it can't listen there, or would do so without any key.
    """
    accounts = Accounts(settings.data_dir, settings.api_key)
    if not is_loopback(host) and not accounts.any:
        raise MusicToolError(
            f"Listening at {host} needs a key, so that not everybody may ask. "
            "Make one first: python -m agent keys add NAME"
        )
    listening = _listening(host, port)
    jobs = Jobs(settings.data_dir / "server" / "jobs.sqlite")
    desks = Desks(settings, Limits.of(settings), jobs)
    try:
        config = uvicorn.Config(
            create_app(desks, accounts, host, folders),
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,  # who is near is told by the socket, never by a header
            timeout_graceful_shutdown=GRACE,
        )
        signal.signal(signal.SIGTERM, _end)
        place = f"[{host}]" if ":" in host else host
        complain(f"MCP at http://{place}:{listening.getsockname()[1]}/mcp – Ctrl-C ends it.")
        uvicorn.Server(config).run(sockets=[listening])
    finally:
        listening.close()
        desks.close()
        jobs.close()


def _listening(host: str, port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen()  # so that whoever reads the address can connect at once
    except OSError as error:
        listening.close()
        raise MusicToolError(
            f"Can't listen at {host}, port {port}: {error.strerror or error}. "
            "Choose another with --port or --host."
        ) from error
    return listening


def _end(number: int, frame: object) -> NoReturn:
    """End as was asked: in order, so with 0."""
    raise SystemExit(0)


def _file_name(record: TrackRecord) -> str:
    return Path(record.path).name
