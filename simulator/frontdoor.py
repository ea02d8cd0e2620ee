"""A front door that behaves like Identity-Aware Proxy in front of an application."""

import collections
from http.client import HTTPException
from typing import cast
from urllib.parse import parse_qs, urlencode, urlsplit

from simulator import frontdoor_pages as pages
from simulator import mailbox_pages
from simulator.exchange import Answer, Request, text_answer
from simulator.frontdoor_assertion import identity_headers
from simulator.frontdoor_forward import body_of, forward, relay
from simulator.frontdoor_session import COOKIE_GONE, choice_cookie, chosen, local_path
from simulator.handler import Handler
from simulator.server import Server
from simulator.world import World

SIGN_IN = "/_gcp_iap/sign_in"
FILES = {"/_gcp_iap/style.css": pages.style, "/_gcp_iap/icon.svg": pages.icon}
GENERATED = {"X-Goog-IAP-Generated-Response": "true"}


class FrontDoor(Server):
    """Runs in front of `app`, inside a `with` block."""

    def __init__(self, world: World, app: str, *, port: int = 0) -> None:
        self.world = world
        self.app = urlsplit(app).netloc
        super().__init__(FrontDoorHandler, port)

    @property
    def url(self) -> str:
        """Return the address for people."""
        return f"http://{self.address}"

    def entrance(self, request: Request) -> Answer | None:
        """Return the front door's own answer, or None when the application must answer."""
        path = urlsplit(request.target).path
        if path in FILES:
            return FILES[path]()
        if mailbox_pages.is_ours(path):
            return mailbox_pages.answer(self.world.mailbox, request)
        if path == SIGN_IN:
            return self._sign_in(request)
        if request.query.get("gcp-iap-mode") == ["CLEAR_LOGIN_COOKIE"]:
            return to_sign_in(request, headers={"Set-Cookie": COOKIE_GONE})
        if chosen(self.world.company, request) is None:
            return ask_to_sign_in(request)
        return None

    def _sign_in(self, request: Request) -> Answer:
        if request.method in ("GET", "HEAD"):
            target = local_path(request.query.get("continue", ["/"])[0])
            current = chosen(self.world.company, request)
            return pages.chooser(self.world.company, target, current)
        if request.method != "POST" or is_foreign(request):
            return text_answer("Method not allowed.", 405, headers=GENERATED)
        form = parse_qs(request.body.decode(errors="replace"))
        user = self.world.company.users.get(form.get("email", [""])[0])
        if user is None or user.suspended:
            return text_answer("This account does not exist.", 400, headers=GENERATED)
        target = local_path(form.get("continue", ["/"])[0])
        headers = {"Location": target, "Set-Cookie": choice_cookie(user)}
        return text_answer("", 303, headers=headers | GENERATED)


class FrontDoorHandler(Handler):
    """Answers a request itself or forwards it to the application."""

    def exchange(self) -> None:
        """Serve one request."""
        door = cast("FrontDoor", self.server)
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            self.close_connection = True
            self.send(text_answer("Length required.", 411, headers=GENERATED))
            return
        ours = urlsplit(self.path).path.startswith("/_gcp_iap/")
        request = self.read_request() if ours else self.read_head()
        answer = door.entrance(request)
        if answer is None:
            self._hand_on(door, request)
            return
        if not ours:
            collections.deque(body_of(self), maxlen=0)  # an unread body would reset the connection
        self.send(answer)

    def _hand_on(self, door: FrontDoor, request: Request) -> None:
        user = chosen(door.world.company, request)
        headers = identity_headers(door.world, user, request) if user else {}
        try:
            with forward(self, door.app, headers) as response:
                relay(self, response)
        except (OSError, HTTPException):
            self.close_connection = True
            if not self.begun:
                self.send(pages.not_up_yet(request))


def ask_to_sign_in(request: Request) -> Answer:
    """Redirect people who open a page; answer 401 to scripts and forms."""
    if request.method != "POST" and "text/html" in request.headers.get("accept", ""):
        return to_sign_in(request)
    return text_answer("Invalid IAP credentials: empty token", 401, headers=GENERATED)


def to_sign_in(request: Request, headers: dict[str, str] | None = None) -> Answer:
    """Redirect to the sign-in page, which returns to the page that the person requested."""
    kept = {name: values for name, values in request.query.items() if name != "gcp-iap-mode"}
    path = urlsplit(request.target).path
    wanted = f"{path}?{urlencode(kept, doseq=True)}" if kept else path
    location = f"{SIGN_IN}?{urlencode({'continue': wanted})}"
    return text_answer("", 302, headers={"Location": location} | GENERATED | (headers or {}))


def is_foreign(request: Request) -> bool:
    """Return whether another site sent this form."""
    return request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none")
