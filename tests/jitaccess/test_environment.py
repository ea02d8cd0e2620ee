"""Variables are read typed, trimmed and once; invalid values stop the start."""

from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured

from jitaccess.environment import Environment


def env(value: str) -> Environment:
    return Environment({"X": value})


@pytest.mark.parametrize("value", ["true", "TRUE", " True ", "yes", "Yes", "1", "on", "ON"])
def test_these_mean_true(value: str) -> None:
    assert env(value).boolean("X", default=False) is True


@pytest.mark.parametrize("value", ["false", "FALSE", " False ", "no", "0", "off", "OFF"])
def test_these_mean_false(value: str) -> None:
    assert env(value).boolean("X", default=True) is False


@pytest.mark.parametrize("value", ["ture", "y", "n", "t", "2", "-1", "nein", "true false", "yess"])
def test_a_typing_error_never_switches_anything(value: str) -> None:
    for default in (True, False):
        with pytest.raises(ImproperlyConfigured, match=r"^X must be true or false"):
            env(value).boolean("X", default=default)


@pytest.mark.parametrize("value", ["", " ", "\t\n"])
def test_blank_counts_as_unset(value: str) -> None:
    assert env(value).boolean("X", default=True) is True
    assert env(value).integer("X", 7) == 7
    assert env(value).text("X", "default") == "default"
    assert env(value).listing("X") == ()
    assert env(value).principals("X") == ()
    assert not env(value).is_set("X")


@pytest.mark.parametrize(("value", "number"), [("5", 5), (" 5 ", 5), ("+5", 5), ("-5", -5)])
def test_whole_numbers(value: str, number: int) -> None:
    assert env(value).integer("X", 7) == number


@pytest.mark.parametrize("value", ["five", "5.0", "5 0", "0x5", "1e3", "5m", "--5", "1_000"])
def test_what_is_no_whole_number_is_refused(value: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"^X must be a whole number"):
        env(value).integer("X", 7)


def test_numbers_keep_within_their_bounds() -> None:
    assert env("1").integer("X", 7, at_least=1, at_most=3) == 1
    assert env("3").integer("X", 7, at_least=1, at_most=3) == 3
    with pytest.raises(ImproperlyConfigured, match=r"^X must be at least 1, not 0"):
        env("0").integer("X", 7, at_least=1, at_most=3)
    with pytest.raises(ImproperlyConfigured, match=r"^X must be at most 3, not 4"):
        env("4").integer("X", 7, at_least=1, at_most=3)


def test_lists_are_trimmed_and_have_no_gaps() -> None:
    assert env(" a , b,,c ,").listing("X") == ("a", "b", "c")


def test_principals_are_lower_cased() -> None:
    assert env("User:Bob@Example.com, group:G@example.com").principals("X") == (
        "user:bob@example.com",
        "group:g@example.com",
    )


@pytest.mark.parametrize(
    "value",
    [
        "bob@example.com",
        "user:bob",
        "serviceAccount:a@b",
        "domain:example.com",
        "user:@x",
        "user:a@",
        "user:a@b;user:c@d",
        "user:a@b@c",
        "allUsers",
        "*",
    ],
)
def test_what_is_no_principal_is_refused(value: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"^X lists "):
        env(value).principals("X")


@pytest.mark.parametrize(
    ("url", "host", "name"),
    [
        ("postgres://u:p@db.example.com:5432/jit", "db.example.com", "jit"),
        ("postgresql://u@db/jit", "db", "jit"),
        ("postgres://u:p@//cloudsql/p:r:i/jit", "/cloudsql/p:r:i", "jit"),
        ("postgres://u:p@%2Fcloudsql%2Fp%3Ar%3Ai/jit", "/cloudsql/p:r:i", "jit"),
        ("sqlite:///db.sqlite3", "", "db.sqlite3"),
        ("sqlite:////var/lib/jit.sqlite3", "", "/var/lib/jit.sqlite3"),
    ],
)
def test_databases(url: str, host: str, name: str) -> None:
    found = env(url).database("X", "sqlite:///default")
    assert (found["HOST"], found["NAME"]) == (host, name)


def test_passwords_may_hold_anything_percent_encoded() -> None:
    found = env("postgres://u:p%40ss%2Fw%3Aord@db/jit").database("X", "")
    assert found["PASSWORD"] == "p@ss/w:ord"


@pytest.mark.parametrize(
    "url",
    [
        "mysql://u@h/n",
        "db.sqlite3",
        "postgres://",
        "postgres://u@h",
        "postgres://u@h:port/n",
        "oracle://u@h/n",
        "://",
        "sqlite",
        "sqlite://",
        "sqlite://:memory:",
        "https://example.com/db",
    ],
)
def test_other_databases_are_refused(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"^X must be sqlite:///FILE or postgres://"):
        env(url).database("X", "")


def test_a_refused_database_does_not_show_its_password() -> None:
    with pytest.raises(ImproperlyConfigured) as refusal:
        env("mysql://u:hunter2@h/n").database("X", "")
    assert "hunter2" not in str(refusal.value)


def test_variables_that_were_read_are_listed_with_their_defaults() -> None:
    asked = env("5")
    asked.integer("X", 7)
    asked.boolean("Y", default=True)
    assert {name: variable.default for name, variable in asked.asked.items()} == {"X": 7, "Y": True}
