"""The pages of the front door."""

from html import escape

from simulator.company import Company
from simulator.exchange import Answer, Request, text_answer
from simulator.people import User

SECURITY = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Goog-IAP-Generated-Response": "true",
}
STYLESHEET = """
:root { color-scheme: light dark; --ground: #f6f7f9; --card: #fff; --text: #1d2430; --quiet: #556070;
  --line: #d5dae2; --accent: #1a56c4; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #14171c; --card: #1d2229; --text: #e8ebf0; --quiet: #a7b0bd; --line: #38404b;
    --accent: #8fb6ff; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--text);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { max-width: 46rem; margin: 0 auto; padding: 3rem 1rem; }
h1 { margin: 0 0 .25rem; font-size: 1.6rem; font-weight: 600; }
p { margin: 0 0 1.5rem; color: var(--quiet); }
a { color: var(--accent); }
ul { list-style: none; margin: 0; padding: 0; display: grid; gap: .5rem; }
button { width: 100%; display: grid; grid-template-columns: 2.5rem 1fr auto; gap: 0 .9rem; align-items: center;
  padding: .7rem .9rem; text-align: left; font: inherit; color: inherit; background: var(--card);
  border: 1px solid var(--line); border-radius: .6rem; cursor: pointer; }
button:hover { border-color: var(--accent); }
button:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.initial { width: 2.5rem; height: 2.5rem; border-radius: 50%; display: grid; place-items: center;
  border: 1px solid var(--line); color: var(--accent); font-weight: 600; text-transform: uppercase; }
.address { display: block; font-weight: 600; overflow-wrap: anywhere; }
.about { display: block; color: var(--quiet); font-size: .92rem; }
.now { font-size: .82rem; color: var(--accent); }
"""


ICON = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">
<path fill="#1a56c4" d="M3 1h10v14H3z"/><circle cx="10.5" cy="8" r="1.2" fill="#fff"/></svg>
"""


def icon() -> Answer:
    """Return the icon."""
    return text_answer(ICON, headers=SECURITY | {"Content-Type": "image/svg+xml"})


def style() -> Answer:
    """Return the stylesheet."""
    kind = {"Content-Type": "text/css; charset=utf-8"}
    return text_answer(STYLESHEET, headers=SECURITY | kind)


def chooser(company: Company, target: str, current: User | None) -> Answer:
    """Return the page to choose a person; afterwards the browser continues at `target`."""
    with company.lock:
        people = [user for user in company.users.values() if not user.suspended]
    cards = "".join(card(user, is_current=user is current) for user in people)
    return html_page(
        "Choose an account",
        f"""<h1>Choose an account</h1>
<p>This page takes the place of Identity-Aware Proxy: the application sees the person you choose.
Nothing leaves this computer. Mails of the application are in the
<a href="/simulator/mailbox">mailbox</a>.</p>
<form method="post" action="/_gcp_iap/sign_in">
<input type="hidden" name="continue" value="{escape(target)}">
<ul>{cards}</ul>
</form>""",
    )


def card(user: User, *, is_current: bool) -> str:
    """Return the entry of one person."""
    now = '<span class="now">signed in</span>' if is_current else ""
    email = escape(user.email)
    return f"""<li><button name="email" value="{escape(user.email.lower())}">
<span class="initial" aria-hidden="true">{email[0]}</span>
<span><span class="address">{email}</span> <span class="about">{escape(user.about)}</span></span>
{now}</button></li>
"""


def not_up_yet(request: Request) -> Answer:
    """Return the answer while the application does not respond; a page reloads itself."""
    if request.method != "GET" or "text/html" not in request.headers.get("accept", ""):
        return text_answer("The application does not answer.", 502, headers=SECURITY)
    return html_page(
        "Starting",
        """<h1>The application does not answer yet</h1>
<p>This page tries again every two seconds. If this takes long, see the application's output.</p>""",
        status=502,
        head='<meta http-equiv="refresh" content="2">',
    )


def html_page(title: str, body: str, *, status: int = 200, head: str = "") -> Answer:
    """Return a complete page."""
    text = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<link rel="icon" href="/_gcp_iap/icon.svg">
<link rel="stylesheet" href="/_gcp_iap/style.css">
{head}
</head>
<body>
<main>
{body}
</main>
</body>
</html>
"""
    kind = {"Content-Type": "text/html; charset=utf-8"}
    return text_answer(text, status, headers=SECURITY | kind)
