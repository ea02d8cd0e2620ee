"""Draws the days of a report as bars in SVG; the only module that draws.

On the server, for three reasons: the pages need no script, the content security policy allows neither
inline styles nor foreign scripts, and a library would be a dependency for some rectangles. Colours are
classes, so that they follow the theme. A drawing never stands alone: a chart has a title, a sentence and
a table of the same numbers, for people who do not see it or its colours.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from activations.reporting.overview import Day

WIDTH, HEIGHT, GAP = 600.0, 120.0, 4.0


@dataclass(frozen=True, slots=True)
class Series:
    """The numbers of one key of the days; `tone` is the class of its colour."""

    key: str
    label: str
    tone: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars of days, one on top of the other for each series. `name` is unique on its page."""

    name: str
    title: str
    sentence: str
    days: Sequence[Day]
    series: Sequence[Series]

    @property
    def drawing(self) -> SafeString:
        """Return the SVG; its size is up to the style sheet."""
        return format_html(
            '<svg class="chart" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img"'
            ' aria-labelledby="{}-title"><title id="{}-title">{}. {}</title>{}</svg>',
            int(WIDTH),
            int(HEIGHT),
            self.name,
            self.name,
            self.title,
            self.sentence,
            format_html_join(
                "", '<rect class="bar {}" x="{}" y="{}" width="{}" height="{}"/>', self._bars()
            ),
        )

    def _bars(self) -> Iterator[tuple[str, str, str, str, str]]:
        step = WIDTH / max(len(self.days), 1)
        scale = HEIGHT / (self.highest or 1)
        for number, day in enumerate(self.days):
            top = HEIGHT
            for one in self.series:
                height = day.numbers.get(one.key, 0) * scale
                top -= height
                if height:
                    x, width = number * step + GAP / 2, step - GAP
                    yield one.tone, f"{x:.1f}", f"{top:.1f}", f"{width:.1f}", f"{height:.1f}"

    @property
    def highest(self) -> float:
        """The height of the highest bar."""
        return max((sum(day.numbers.values()) for day in self.days), default=0)

    @property
    def highest_words(self) -> str:
        return f"{self.highest:.0f}"

    @property
    def rows(self) -> list[tuple[str, list[str]]]:
        """The rows of the table, newest first: the day, and a number for each series."""
        return [
            (f"{day.day:%Y-%m-%d}", [f"{day.numbers.get(one.key, 0):.0f}" for one in self.series])
            for day in reversed(self.days)
            if day.numbers
        ]
