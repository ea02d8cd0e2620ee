"""What gunicorn and App Engine start is the application."""

from __future__ import annotations

from importlib import import_module
from io import StringIO

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.core.management import call_command


@pytest.mark.parametrize(("module", "name"), [("jitaccess.wsgi", "application"), ("main", "app")])
def test_both_names_are_the_application(module: str, name: str) -> None:
    assert isinstance(getattr(import_module(module), name), WSGIHandler)


@pytest.mark.django_db
def test_the_deployment_checks_have_nothing_to_say() -> None:
    said = StringIO()
    call_command("check", deploy=True, databases=["default"], fail_level="WARNING", stdout=said)
    assert "no issues" in said.getvalue()
