"""Finds the rows of all tables that contain names of a person, and what they contain with pseudonyms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import Q
from django.db.models.functions import Cast

from activations.domain.pseudonyms import Pseudonyms
from activations.models import Event, Request, Review

AT_ONCE = 1000
# Copies of what Google says, which the next refresh replaces.
COPIED = frozenset({"eligibility"})
# The text of an access policy is identified by its hash, which requests and exports name.
KEPT = frozenset({("policies", "policyversion", "text")})
# Where a step came from; for rows whose person is named in the other field.
ORIGIN = ("address", "device_id")
OWNER: Mapping[type[models.Model], str] = {
    Request: "beneficiary_email",
    Review: "reviewer_email",
}

Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """A table, with its columns of text and of JSON that may contain names."""

    model: type[models.Model]
    texts: Mapping[str, models.Field[Any, Any]]
    documents: tuple[str, ...]

    def candidates(self, names: Pseudonyms) -> Iterator[Values]:
        """Yield the rows in which one of the terms stands anywhere, also within another word."""
        copies = {f"{name}_text": Cast(name, models.TextField()) for name in self.documents}
        columns = [*self.texts, *copies]
        if not columns:
            return
        found = reduce(
            or_, (Q(**{f"{name}__icontains": term}) for name in columns for term in names.terms)
        )
        rows = self.model._base_manager.alias(**copies).filter(found).order_by("pk")  # noqa: SLF001
        yield from rows.values("pk", *self.texts, *self.documents).iterator(chunk_size=AT_ONCE)

    def changes(self, row: Values, names: Pseudonyms) -> Values:
        """Return the columns of a row that change."""
        new: Values = {
            name: replaced(field, row[name], names)
            for name, field in self.texts.items()
            if row[name]
        }
        new |= {name: names.in_json(row[name]) for name in self.documents}
        if (owner := OWNER.get(self.model)) and names.has(row[owner]):
            new |= dict.fromkeys(ORIGIN, "")
        return {name: value for name, value in new.items() if value != row[name]}


def places() -> list[Place]:
    """Return all tables of this product except events, also those of later apps."""
    return [
        _place(model)
        for config in apps.get_app_configs()
        if not config.name.startswith("django.") and config.label not in COPIED
        for model in config.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy and model is not Event  # noqa: SLF001
    ]


def replaced(field: models.Field[Any, Any], text: str, names: Pseudonyms) -> str:
    """Return the text with pseudonyms, cut to the length of the column, because they may be longer than names."""
    new = names.in_text(text)
    return new if new == text or not field.max_length else new[: field.max_length]


def _place(model: type[models.Model]) -> Place:
    meta = model._meta  # noqa: SLF001  # documented by Django
    own = [
        field for field in meta.concrete_fields if not field.primary_key and not field.is_relation
    ]

    def is_kept(field: models.Field[Any, Any]) -> bool:
        return (meta.app_label, meta.model_name, field.name) in KEPT

    texts = {
        field.name: field
        for field in own
        if isinstance(field, models.CharField | models.TextField) and not is_kept(field)
    }
    documents = tuple(field.name for field in own if isinstance(field, models.JSONField))
    return Place(model, texts, documents)
