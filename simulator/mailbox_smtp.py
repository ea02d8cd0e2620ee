"""A mail server that keeps all mails and forwards none."""

import base64
import binascii
import contextlib
import socketserver
import threading
from collections.abc import Callable
from typing import Any, Self, cast

from simulator.mailbox import Mailbox

LONGEST_LINE = 4096
LARGEST_MAIL = 10_000_000
IDLE_SECONDS = 60
MOST_RECIPIENTS = 100


class SmtpServer(socketserver.ThreadingTCPServer):
    """SMTP on loopback, inside a `with` block. Accepts any name and password."""

    daemon_threads = True
    allow_reuse_address = True
    block_on_close = False

    def __init__(self, mailbox: Mailbox, port: int = 0) -> None:
        self.mailbox = mailbox
        super().__init__(("127.0.0.1", port), Conversation)
        self._thread = threading.Thread(
            target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )

    @property
    def port(self) -> int:
        """Return the port that it listens on."""
        return int(self.server_address[1])

    @property
    def environment(self) -> dict[str, str]:
        """Return the variables that let an application send its mail here."""
        return {
            "SMTP_HOST": "127.0.0.1",
            "SMTP_PORT": str(self.port),
            "SMTP_ENABLE_STARTTLS": "false",
            "SMTP_SENDER_ADDRESS": "jitaccess@example.com",
        }

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Log nothing about clients that closed the connection."""


class Conversation(socketserver.StreamRequestHandler):
    """One client: a greeting, commands and answers until QUIT."""

    timeout = IDLE_SECONDS

    def setup(self) -> None:
        super().setup()
        self.sender: str | None = None
        self.recipients: list[str] = []
        self.is_over = False

    def handle(self) -> None:
        """Answer commands until the client leaves."""
        self.say("220 simulator ESMTP")
        with contextlib.suppress(TimeoutError, ConnectionError):
            while not self.is_over and (line := self.rfile.readline(LONGEST_LINE)):
                self.obey(line)

    def obey(self, line: bytes) -> None:
        """Execute one line."""
        if not line.endswith(b"\n"):
            self.is_over = True
            self.say("500 Line too long")
            return
        verb, _, rest = line.decode("utf-8", "replace").strip().partition(" ")
        command = COMMANDS.get(verb.upper())
        if command is None:
            self.say("502 Command not implemented")
        else:
            command(self, rest.strip())

    def say(self, *lines: str) -> None:
        """Send an answer of one or more lines."""
        *first, last = lines
        text = "".join(f"{line[:3]}-{line[4:]}\r\n" for line in first) + f"{last}\r\n"
        self.wfile.write(text.encode())

    def helo(self, _: str) -> None:
        self.forget()
        self.say("250 simulator")

    def ehlo(self, _: str) -> None:
        self.forget()
        extensions = ("250 8BITMIME", "250 SMTPUTF8", f"250 SIZE {LARGEST_MAIL}")
        self.say("250 simulator", *extensions, "250 AUTH PLAIN LOGIN")

    def auth(self, rest: str) -> None:
        mechanism, _, initial = rest.partition(" ")
        questions = {"PLAIN": [""], "LOGIN": ["VXNlcm5hbWU6", "UGFzc3dvcmQ6"]}
        if mechanism.upper() not in questions:
            self.say("504 Unknown mechanism")
            return
        answers = [initial] if initial else []
        for question in questions[mechanism.upper()][len(answers) :]:
            self.say(f"334 {question}")
            answers.append(self.rfile.readline(LONGEST_LINE).decode("ascii", "replace").strip())
        is_base64 = all(map(is_encoded, answers))
        self.say("235 Welcome" if is_base64 else "501 Not base64")

    def mail(self, rest: str) -> None:
        address = path_of(rest, "FROM:")
        if self.sender is not None:
            self.say("503 One sender is enough")
        elif address is None:
            self.say("501 MAIL FROM:<address>")
        else:
            self.sender = address
            self.say("250 OK")

    def rcpt(self, rest: str) -> None:
        address = path_of(rest, "TO:")
        if self.sender is None:
            self.say("503 MAIL comes first")
        elif not address:
            self.say("501 RCPT TO:<address>")
        elif len(self.recipients) == MOST_RECIPIENTS:
            self.say("452 Too many recipients")
        else:
            self.recipients.append(address)
            self.say("250 OK")

    def data(self, _: str) -> None:
        if not self.recipients or self.sender is None:
            self.say("503 RCPT comes first")
            return
        self.say("354 End with a single dot")
        content = self.read_content()
        if content is None:
            self.is_over = True
        elif len(content) > LARGEST_MAIL:
            self.say("552 Too large")
        else:
            mail = cast("SmtpServer", self.server).mailbox.add(
                self.sender, self.recipients, content
            )
            self.say(f"250 OK, number {mail.id}")
        self.forget()

    def read_content(self) -> bytes | None:
        """Return the lines up to the single dot, with dots unescaped; None when the client left.

        Keeps only enough of a mail that is too large to detect its size.
        """
        content = bytearray()
        while line := self.rfile.readline():
            if line in (b".\r\n", b".\n"):
                return bytes(content)
            if len(content) <= LARGEST_MAIL:
                content += line.removeprefix(b".")
        return None

    def forget(self) -> None:
        """Start a new mail."""
        self.sender, self.recipients = None, []

    def rset(self, _: str) -> None:
        self.forget()
        self.say("250 OK")

    def noop(self, _: str) -> None:
        self.say("250 OK")

    def vrfy(self, _: str) -> None:
        self.say("252 Try and see")

    def quit(self, _: str) -> None:
        self.is_over = True
        self.say("221 Bye")


COMMANDS: dict[str, Callable[[Conversation, str], None]] = {
    "HELO": Conversation.helo,
    "EHLO": Conversation.ehlo,
    "AUTH": Conversation.auth,
    "MAIL": Conversation.mail,
    "RCPT": Conversation.rcpt,
    "DATA": Conversation.data,
    "RSET": Conversation.rset,
    "NOOP": Conversation.noop,
    "VRFY": Conversation.vrfy,
    "QUIT": Conversation.quit,
}


def path_of(rest: str, keyword: str) -> str | None:
    """Return the address in `FROM:<address> PARAMETERS`; None for any other form."""
    if not rest.upper().startswith(keyword):
        return None
    address, closed, _ = rest[len(keyword) :].strip().removeprefix("<").partition(">")
    return address.strip() if closed and rest[len(keyword) :].strip().startswith("<") else None


def is_encoded(text: str) -> bool:
    """Return whether this is base64."""
    try:
        base64.b64decode(text, validate=True)
    except binascii.Error:
        return False
    return True
