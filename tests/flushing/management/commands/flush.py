"""Django's `flush` without the triggers of the evidence; post_migrate restores them."""

from typing import Any

from django.core.management.commands import flush
from django.db import connections

from activations.evidence import triggers as evidence
from policies import triggers as policies


class Command(flush.Command):
    def handle(self, **options: Any) -> None:
        for triggers in (evidence, policies):
            triggers.remove_triggers(connections[options["database"]])
        super().handle(**options)
