"""The mailbox as pages of the front door: a list, and each mail as its recipients see it."""

from html import escape
from urllib.parse import quote, urlsplit

from simulator.exchange import Answer, Request, text_answer
from simulator.frontdoor_pages import SECURITY, html_page
from simulator.mailbox import Mail, Mailbox

ROOT = "/simulator/mailbox"
# The content of a mail is not trusted: it may only display itself and open links on a click.
MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'self'; "
    "frame-ancestors 'self'; sandbox allow-top-navigation-by-user-activation"
)
FRAME_POLICY = SECURITY["Content-Security-Policy"] + "; frame-src 'self'"
STYLESHEET = """
main { max-width: 60rem; }
table { width: 100%; border-collapse: collapse; margin: 0 0 1.5rem; }
th, td { padding: .5rem .75rem .5rem 0; border-bottom: 1px solid var(--line); text-align: left;
  vertical-align: top; overflow-wrap: anywhere; }
th { font-weight: 400; color: var(--quiet); }
a { color: var(--accent); }
a:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
iframe { width: 100%; height: 44rem; border: 1px solid var(--line); border-radius: .6rem; background: #fff; }
pre { padding: 1rem; border: 1px solid var(--line); border-radius: .6rem; background: var(--card);
  white-space: pre-wrap; overflow-wrap: anywhere; }
"""


def is_ours(path: str) -> bool:
    """Whether the mailbox answers this path."""
    return path == ROOT or path.startswith(f"{ROOT}/")


def answer(mailbox: Mailbox, request: Request) -> Answer:
    """Return the page at a path of the mailbox."""
    if request.method not in ("GET", "HEAD"):
        return text_answer("Method not allowed.", 405, headers=SECURITY)
    number, _, view = urlsplit(request.target).path.removeprefix(ROOT).strip("/").partition("/")
    if not number:
        return listing(mailbox, request.query.get("to", [""])[0])
    if number == "style.css":
        kind = {"Content-Type": "text/css; charset=utf-8"}
        return text_answer(STYLESHEET, headers=SECURITY | kind)
    mail = mailbox.mail(int(number)) if number.isascii() and number.isdigit() else None
    if mail is None or view not in ("", "html"):
        return page("Mail not found", "<h1>This mail does not exist</h1>", status=404)
    return body(mail) if view else reading(mail)


def listing(mailbox: Mailbox, recipient: str) -> Answer:
    """Return the list of all mails, newest first."""
    mails = mailbox.mails(recipient)
    whose = f" for {escape(recipient)}" if recipient else ""
    rows = "".join(row(mail) for mail in mails)
    table = (
        f"<table><thead><tr><th scope='col'>Subject</th><th scope='col'>For</th>"
        f"<th scope='col'>Received</th></tr></thead><tbody>{rows}</tbody></table>"
        if mails
        else "<p>No mails yet. Mails appear here as soon as the application sends them.</p>"
    )
    return page(
        "Mailbox",
        f"""<h1>Mailbox{whose}</h1>
<p>All mails that the application has sent. Nothing leaves this computer.
<a href="{ROOT}">All mails</a> · <a href="/">To the application</a></p>
{table}""",
    )


def row(mail: Mail) -> str:
    """Return the row of a mail in the list."""
    people = ", ".join(
        f'<a href="{ROOT}?to={quote(address)}">{escape(address)}</a>' for address in mail.recipients
    )
    return (
        f'<tr><td><a href="{ROOT}/{mail.id}">{escape(mail.header("Subject")) or "(none)"}</a></td>'
        f"<td>{people}</td><td>{mail.received_at:%Y-%m-%d %H:%M:%S} UTC</td></tr>"
    )


def reading(mail: Mail) -> Answer:
    """Return one mail with its headers and both texts."""
    headers = "".join(
        f'<tr><th scope="row">{name}</th><td>{escape(mail.header(name))}</td></tr>'
        for name in ("From", "To", "Cc", "Date")
        if mail.header(name)
    )
    title = escape(mail.header("Subject")) or "(no subject)"
    frame = (
        f'<iframe title="The mail" src="{ROOT}/{mail.id}/html"'
        ' sandbox="allow-top-navigation-by-user-activation"></iframe>'
    )
    return page(
        mail.header("Subject"),
        f"""<p><a href="{ROOT}">Mailbox</a></p>
<h1>{title}</h1>
<table>{headers}</table>
{frame if mail.html else ""}
<h2>As plain text</h2>
<pre>{escape(mail.text)}</pre>""",
    )


def body(mail: Mail) -> Answer:
    """Return the HTML of a mail, whose links open in the whole window."""
    kind = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": MAIL_POLICY}
    html = mail.html.replace("<head>", '<head><base target="_top">', 1)
    return text_answer(html, headers=SECURITY | kind)


def page(title: str, content: str, *, status: int = 200) -> Answer:
    """Return a page of the front door with the mailbox's own style."""
    made = html_page(
        title,
        content,
        status=status,
        head=f'<link rel="stylesheet" href="{ROOT}/style.css">',
    )
    return Answer(made.status, made.body, made.headers | {"Content-Security-Policy": FRAME_POLICY})
