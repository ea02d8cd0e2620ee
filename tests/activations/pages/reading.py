"""Reads forms, links and text of pages like a browser without scripts."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

VOID = {"input", "meta", "link", "br", "img"}


@dataclass
class Element:
    """A tag with its attributes and its text."""

    tag: str
    attributes: dict[str, str]
    text: str = ""

    def __getitem__(self, name: str) -> str:
        return self.attributes[name]

    def has(self, name: str) -> bool:
        return name in self.attributes


@dataclass
class Form:
    """The action of a form, and the values that a browser would send."""

    action: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    boxes: list[Element] = field(default_factory=list)

    def box(self, value: str) -> Element:
        return next(box for box in self.boxes if box["value"] == value)


class Page(HTMLParser):
    """A parsed page."""

    def __init__(self, response: Any) -> None:
        super().__init__()
        self.status = response.status_code
        self.elements: list[Element] = []
        self.forms: dict[str, Form] = {}
        self._open: list[Element] = []
        self._form: Form | None = None
        self.feed(response.content.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.elements.append(element)
        if tag not in VOID:
            self._open.append(element)
        if tag == "form":
            self._form = Form(element.attributes.get("action", ""))
            self.forms[self._form.action] = self._form
        if tag == "input" and self._form is not None:
            self._read_input(self._form, element)

    def handle_endtag(self, tag: str) -> None:
        while self._open:
            closed = self._open.pop()
            if closed.tag == "textarea" and self._form is not None:
                self._form.fields.setdefault(closed["name"], []).append(closed.text)
            if closed.tag == tag:
                break
        if tag == "form":
            self._form = None

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.text += data

    def _read_input(self, form: Form, element: Element) -> None:
        if not element.has("name"):
            return
        if element.attributes.get("type") == "checkbox":
            form.boxes.append(element)
            if not element.has("checked") or element.has("disabled"):
                return
        form.fields.setdefault(element["name"], []).append(element.attributes.get("value", ""))

    def all(self, tag: str) -> list[Element]:
        return [element for element in self.elements if element.tag == tag]

    @property
    def text(self) -> str:
        return " ".join(self.all("main")[0].text.split())

    @property
    def heading(self) -> str:
        return " ".join(self.all("h1")[0].text.split())

    def row(self, words: str) -> str:
        """Return the text of the table row that contains these words."""
        rows = [" ".join(row.text.split()) for row in self.all("tr")]
        return next(row for row in rows if words in row)

    def links(self) -> dict[str, str]:
        return {" ".join(link.text.split()): link["href"] for link in self.all("a")}

    @property
    def form(self) -> Form:
        return self.forms["/activate"]
