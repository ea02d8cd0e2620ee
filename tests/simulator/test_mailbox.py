"""SMTP receives mails, and the mailbox of the front door shows them."""

import smtplib
import socket
from collections.abc import Iterator
from email.message import EmailMessage

import pytest
import urllib3

from simulator import Simulator
from simulator.mailbox import KEPT, Mailbox
from simulator.mailbox_smtp import LARGEST_MAIL, SmtpServer


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    with SmtpServer(Mailbox()) as running:
        yield running


@pytest.fixture
def client(server: SmtpServer) -> Iterator[smtplib.SMTP]:
    with smtplib.SMTP("127.0.0.1", server.port, "client.example.com", timeout=10) as connected:
        yield connected


def a_mail(subject: str = "Héllo") -> EmailMessage:
    mail = EmailMessage()
    mail["Subject"] = subject
    mail["From"] = "app@example.com"
    mail["To"] = "bob@example.com"
    mail.set_content("Hi\n.dot at the start\n")
    mail.add_alternative(
        '<html><head></head><body><a href="http://x.example/r">Go</a></body></html>', subtype="html"
    )
    return mail


def test_a_mail_is_kept_as_it_was_sent(server: SmtpServer, client: smtplib.SMTP) -> None:
    client.send_message(a_mail(), to_addrs=["bob@example.com", "carol@example.com"])
    (mail,) = server.mailbox.mails()
    assert (mail.sender, mail.recipients) == (
        "app@example.com",
        ("bob@example.com", "carol@example.com"),
    )
    assert (mail.header("Subject"), mail.text) == ("Héllo", "Hi\n.dot at the start\n")
    assert "Go</a>" in mail.html
    assert server.mailbox.mails("Carol@example.com") == [mail]
    assert server.mailbox.mails("dave@example.com") == []


@pytest.mark.parametrize("mechanism", ["auth_plain", "auth_login"])
def test_any_name_and_password_will_do(client: smtplib.SMTP, mechanism: str) -> None:
    client.ehlo()
    client.user, client.password = "user", "password"
    name = mechanism.removeprefix("auth_").upper()
    assert client.auth(name, getattr(client, mechanism))[0] == 235


@pytest.mark.parametrize(
    ("commands", "code"),
    [
        (["HELO me"], 250),
        (["NOOP"], 250),
        (["RSET"], 250),
        (["VRFY bob"], 252),
        (["TURN"], 502),
        (["AUTH SECRET"], 504),
        (["AUTH PLAIN *"], 501),
        (["MAIL TO:<a@b>"], 501),
        (["MAIL FROM:a@b"], 501),
        (["MAIL FROM:<a@b>", "MAIL FROM:<a@b>"], 503),
        (["MAIL FROM:<>"], 250),
        (["RCPT TO:<a@b>"], 503),
        (["MAIL FROM:<a@b>", "RCPT TO:<>"], 501),
        (["MAIL FROM:<a@b>", *["RCPT TO:<a@b>"] * 101], 452),
        (["DATA"], 503),
        (["x" * 5000], 500),
    ],
)
def test_commands_out_of_order_are_refused(
    client: smtplib.SMTP, commands: list[str], code: int
) -> None:
    answers = [client.docmd(command)[0] for command in commands]
    assert answers[-1] == code


def test_what_is_too_large_is_refused_and_the_next_mail_taken(
    server: SmtpServer, client: smtplib.SMTP
) -> None:
    client.ehlo()
    client.esmtp_features.clear()
    with pytest.raises(smtplib.SMTPDataError):
        client.sendmail("a@b", ["c@d"], b"x\r\n" * (LARGEST_MAIL // 3 + 2))
    client.send_message(a_mail())
    assert len(server.mailbox.mails()) == 1


def test_a_client_that_leaves_in_the_middle_leaves_nothing(server: SmtpServer) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        talk = connection.makefile("rwb", buffering=0)
        for line in (b"HELO x\r\n", b"MAIL FROM:<a@b>\r\n", b"RCPT TO:<c@d>\r\n", b"DATA\r\n"):
            talk.readline()
            talk.write(line)
        talk.readline()
        talk.write(b"half a mail")
        connection.shutdown(socket.SHUT_WR)
        while talk.read(100):
            pass
        talk.close()
    assert server.mailbox.mails() == []


def test_only_the_latest_mails_are_kept() -> None:
    mailbox = Mailbox()
    for number in range(KEPT + 1):
        mailbox.add("a@b", ["c@d"], f"Subject: {number}\r\n\r\nx".encode())
    mails = mailbox.mails()
    assert (len(mails), mails[0].id, mails[-1].id) == (KEPT, KEPT + 1, 2)
    assert mailbox.mail(1) is None


@pytest.fixture
def pages() -> Iterator[tuple[Simulator, urllib3.PoolManager, str]]:
    http = urllib3.PoolManager(timeout=10, retries=False)
    with Simulator() as sim, sim.front_door("http://127.0.0.1:9") as door:
        yield sim, http, f"{door.url}/simulator/mailbox"
        http.clear()


Pages = tuple[Simulator, urllib3.PoolManager, str]


def test_an_empty_mailbox_says_so(pages: Pages) -> None:
    _, http, url = pages
    assert "No mails yet" in http.request("GET", url).data.decode()


def test_the_list_leads_to_a_mail_and_the_mail_to_its_links(pages: Pages) -> None:
    sim, http, url = pages
    sim.mailbox.add("app@example.com", ["bob@example.com"], a_mail().as_bytes())
    listing = http.request("GET", url).data.decode()
    assert '<a href="/simulator/mailbox/1">Héllo</a>' in listing
    assert "?to=bob%40example.com" in listing
    reading = http.request("GET", f"{url}/1")
    assert 'src="/simulator/mailbox/1/html"' in reading.data.decode()
    assert ".dot at the start" in reading.data.decode()
    assert "frame-src 'self'" in reading.headers["Content-Security-Policy"]
    body = http.request("GET", f"{url}/1/html")
    assert '<base target="_top">' in body.data.decode()
    assert (
        "sandbox allow-top-navigation-by-user-activation"
        in (body.headers["Content-Security-Policy"])
    )
    assert "Hi\n" not in http.request("GET", f"{url}?to=carol@example.com").data.decode()


def test_a_mail_cannot_put_markup_into_the_mailbox(pages: Pages) -> None:
    sim, http, url = pages
    mail = EmailMessage()
    mail["Subject"] = "<script>alert(1)</script>"
    mail.set_content("</pre><b>")
    sim.mailbox.add("a@b", ["<i>@x"], mail.as_bytes())
    shown = "".join(http.request("GET", f"{url}{path}").data.decode() for path in ("", "/1"))
    assert "<script" not in shown
    assert "<b>" not in shown
    assert "<i>" not in shown
    assert "<iframe" not in shown


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/7", 404),
        ("GET", "/x", 404),
        ("GET", "/1/pdf", 404),
        ("POST", "", 405),
        ("GET", "/style.css", 200),
    ],
)
def test_other_paths(pages: Pages, method: str, path: str, status: int) -> None:
    sim, http, url = pages
    sim.mailbox.add("a@b", ["c@d"], a_mail().as_bytes())
    assert http.request(method, f"{url}{path}").status == status
