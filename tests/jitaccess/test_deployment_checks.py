"""Django's deployment checks pass with our settings."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command

pytestmark = pytest.mark.one_database


@pytest.mark.django_db
def test_the_deployment_checks_pass() -> None:
    said = StringIO()
    call_command("check", deploy=True, databases=["default"], fail_level="WARNING", stdout=said)
    assert "no issues" in said.getvalue()
