"""Who sits at this browser: remembered in a cookie."""

from http.cookies import SimpleCookie
from urllib.parse import quote, unquote

from simulator.company import Company
from simulator.exchange import Request
from simulator.people import User

COOKIE = "SIMULATED_IAP_PERSON"
COOKIE_GONE = f"{COOKIE}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax"


def chosen(company: Company, request: Request) -> User | None:
    """The person chosen in this browser, if they still have an account."""
    cookie = read_cookies(request).get(COOKIE)
    user = company.users.get(unquote(cookie.value)) if cookie else None
    return None if user is None or user.suspended else user


def choice_cookie(user: User) -> str:
    """The cookie that remembers a choice."""
    return f"{COOKIE}={quote(user.email.lower())}; Path=/; Max-Age=604800; HttpOnly; SameSite=Lax"


def other_cookies(header: str) -> str:
    """A Cookie header without ours: the application must not see it."""
    parts = [part.strip() for part in header.split(";")]
    return "; ".join(part for part in parts if part and not part.startswith(f"{COOKIE}="))


def local_path(text: str) -> str:
    """The path to continue at, never another site."""
    is_local = text.startswith("/") and not text.startswith(("//", "/\\"))
    return text if is_local and text.isprintable() else "/"


def read_cookies(request: Request) -> SimpleCookie:
    """Our cookie alone: garbage in others must not hide it."""
    parts = request.headers.get("cookie", "").split(";")
    return SimpleCookie(";".join(part for part in parts if part.strip().startswith(f"{COOKIE}=")))
