"""The person who uses this browser, stored in a cookie."""

from http.cookies import SimpleCookie
from urllib.parse import quote, unquote

from simulator.company import Company
from simulator.exchange import Request
from simulator.people import User

COOKIE = "SIMULATED_IAP_PERSON"
COOKIE_GONE = f"{COOKIE}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax"


def chosen(company: Company, request: Request) -> User | None:
    """Return the person chosen in this browser, if the account still exists."""
    cookie = read_cookies(request).get(COOKIE)
    user = company.users.get(unquote(cookie.value)) if cookie else None
    return None if user is None or user.suspended else user


def choice_cookie(user: User) -> str:
    """Return the cookie that stores a choice."""
    return f"{COOKIE}={quote(user.email.lower())}; Path=/; Max-Age=604800; HttpOnly; SameSite=Lax"


def other_cookies(header: str) -> str:
    """Return a Cookie header without our cookie, which the application must not see."""
    parts = [part.strip() for part in header.split(";")]
    return "; ".join(part for part in parts if part and not part.startswith(f"{COOKIE}="))


def local_path(text: str) -> str:
    """Return the path to continue at; never another site."""
    is_local = text.startswith("/") and not text.startswith(("//", "/\\"))
    return text if is_local and text.isprintable() else "/"


def read_cookies(request: Request) -> SimpleCookie:
    """Return our cookie only: invalid cookies of others must not hide it."""
    parts = request.headers.get("cookie", "").split(";")
    return SimpleCookie(";".join(part for part in parts if part.strip().startswith(f"{COOKIE}=")))
