"""SMTP_OPTIONS: JavaMail's properties, as far as they have a meaning here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ImproperlyConfigured

PREFIX = "mail.smtp."
LONGEST_TIMEOUT = 120.0
TRUE = frozenset({"true", "yes"})
FALSE = frozenset({"false", "no"})
# Settings that JavaMail can switch off and that are always on here.
ALWAYS = {
    "ssl.trust": "certificates are always verified; name your own CA in SSL_CERT_FILE",
    "ssl.checkserveridentity": "host names are always verified",
    "ssl.protocols": "TLS 1.2 or newer is always used",
    "auth.mechanisms": "the strongest one that the server offers is used",
}
HARMLESS = frozenset({("ssl.checkserveridentity", "true")})


def _milliseconds(text: str) -> float:
    return int(text) / 1000


def _boolean(text: str) -> bool:
    if text.lower() not in TRUE | FALSE:
        raise ValueError(text)
    return text.lower() in TRUE


KNOWN: dict[str, Callable[[str], Any]] = {
    "connectiontimeout": _milliseconds,
    "timeout": _milliseconds,
    "writetimeout": _milliseconds,
    "ssl.enable": _boolean,
    "starttls.enable": _boolean,
    "starttls.required": _boolean,
    "auth": _boolean,
    "localhost": str,
    "from": str,
    "host": str,
    "port": int,
}


@dataclass(frozen=True, slots=True)
class SmtpOptions:
    """The properties that have an effect, and for every other one a line that says why it has none."""

    values: dict[str, Any] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()

    def get(self, name: str, default: Any) -> Any:
        return self.values.get(name, default)

    def timeout(self, default: float) -> float:
        """Return the longest of the three time-outs, because Python has only one; 0 (JavaMail's none) is ignored."""
        given = [self.values.get(name, 0.0) for name in ("connectiontimeout", "timeout")]
        longest = max(*given, self.values.get("writetimeout", 0.0))
        return min(longest, LONGEST_TIMEOUT) if longest > 0 else default


def smtp_options(text: str) -> SmtpOptions:
    """Parse `name=value,name=value`.

    :raises ImproperlyConfigured: when the value of a known property does not parse.
    """
    values: dict[str, Any] = {}
    ignored: list[str] = []
    for name, value in _pairs(text, ignored):
        short = name.removeprefix(PREFIX)
        if short in ALWAYS:
            if (short, value.lower()) not in HARMLESS:
                ignored.append(f"{name}: {ALWAYS[short]}")
        elif short == name or short not in KNOWN:
            ignored.append(f"{name}: not known here")
        else:
            values[short] = _parsed(name, value, KNOWN[short])
    return SmtpOptions(values, tuple(ignored))


def _pairs(text: str, ignored: list[str]) -> Iterator[tuple[str, str]]:
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, value = (piece.strip() for piece in part.partition("="))
        if name and value and "=" not in value:
            yield name, value
        else:
            ignored.append(f"{name or part}: not of the form name=value")


def _parsed(name: str, value: str, parse: Callable[[str], Any]) -> Any:
    try:
        return parse(value)
    except ValueError:
        raise ImproperlyConfigured(f"SMTP_OPTIONS: {name} must not be {value!r}.") from None
