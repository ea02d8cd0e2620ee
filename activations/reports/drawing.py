"""Where the shapes of a chart are: pure geometry, drawn as SVG by a template.

A module of our own, because libraries for charts that run on the server either need NumPy or write style
attributes, which our Content Security Policy forbids.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil, floor, log10

WIDTH, HEIGHT = 720.0, 300.0
LEFT, RIGHT, TOP, BOTTOM = 52.0, 12.0, 12.0, 28.0
# One line of a bar chart: its label above the bar.
LINE, BAR = 40.0, 14.0
LABEL = 16.0
# At most so many labels fit below the columns.
MOST_LABELS = 7


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle; `series` counts from 1 and chooses the colour, `words` describe it."""

    x: str
    y: str
    width: str
    height: str
    series: int
    words: str


@dataclass(frozen=True, slots=True)
class Text:
    """A label, and the middle or end of it."""

    x: str
    y: str
    words: str
    anchor: str = "start"


@dataclass(frozen=True, slots=True)
class Drawing:
    """Everything that the template draws; `lines` are the heights of horizontal lines."""

    width: str
    height: str
    boxes: Sequence[Box]
    texts: Sequence[Text]
    lines: Sequence[str] = ()
    left: str = "0"
    right: str = "0"


@dataclass(frozen=True, slots=True)
class Columns:
    """Columns of stacked values: a label for each column, and a value of each series for each column."""

    labels: Sequence[str]
    series: Sequence[tuple[str, Sequence[float]]]

    @property
    def legend(self) -> list[tuple[int, str]]:
        """The number and name of each series."""
        return [(number, name) for number, (name, _) in enumerate(self.series, 1)]

    def drawing(self) -> Drawing:
        totals = [sum(values) for values in zip(*(row for _, row in self.series), strict=True)]
        top = _ceiling(max(totals, default=0))
        scale = (HEIGHT - TOP - BOTTOM) / top
        ticks = [top * part / 4 for part in range(5)]
        heights = [HEIGHT - BOTTOM - tick * scale for tick in ticks]
        texts = [
            Text(_n(LEFT - 6), _n(height + 4), _short(tick), "end")
            for tick, height in zip(ticks, heights, strict=True)
        ]
        return Drawing(
            _n(WIDTH),
            _n(HEIGHT),
            list(self._boxes(scale)),
            [*texts, *self._dates()],
            [_n(height) for height in heights],
            _n(LEFT),
            _n(WIDTH - RIGHT),
        )

    @property
    def _place(self) -> float:
        return (WIDTH - LEFT - RIGHT) / max(len(self.labels), 1)

    def _boxes(self, scale: float) -> Iterator[Box]:
        gap = min(self._place * 0.2, 6.0)
        for column, label in enumerate(self.labels):
            below = HEIGHT - BOTTOM
            for number, (name, values) in enumerate(self.series, 1):
                if not (value := values[column]):
                    continue
                height = value * scale
                below -= height
                x, width = LEFT + column * self._place + gap / 2, min(self._place - gap, 64.0)
                words = f"{label}, {name}: {_short(value)}"
                yield Box(_n(x), _n(below), _n(width), _n(height), number, words)

    def _dates(self) -> Iterator[Text]:
        every = ceil(len(self.labels) / MOST_LABELS) or 1
        for column in range(0, len(self.labels), every):
            x = LEFT + column * self._place
            # The last label must not leave the chart.
            is_last = x > WIDTH - RIGHT - 72
            at = WIDTH - RIGHT if is_last else x
            yield Text(_n(at), _n(HEIGHT - 8), self.labels[column], "end" if is_last else "start")


@dataclass(frozen=True, slots=True)
class Bars:
    """Horizontal bars, each with its label above it and its value beside it."""

    items: Sequence[tuple[str, float]]

    @property
    def legend(self) -> list[tuple[int, str]]:
        """Bars have one colour."""
        return []

    def drawing(self) -> Drawing:
        most = max((value for _, value in self.items), default=0) or 1
        room = WIDTH - 80
        boxes, texts = [], []
        for line, (label, value) in enumerate(self.items):
            y, width = line * LINE, room * value / most
            boxes.append(Box("0", _n(y + LABEL + 4), _n(width), _n(BAR), 1, f"{label}: {value:g}"))
            texts.append(Text("0", _n(y + LABEL), label))
            texts.append(Text(_n(width + 6), _n(y + LABEL + BAR + 2), _short(value)))
        return Drawing(_n(WIDTH), _n(max(len(self.items), 1) * LINE), boxes, texts)


@dataclass(frozen=True, slots=True)
class Spans:
    """Stretches of time, one lane for each label; an end of None lasts beyond the chart."""

    start: datetime
    end: datetime
    lanes: Sequence[tuple[str, Sequence[tuple[datetime, datetime | None]]]]

    @property
    def legend(self) -> list[tuple[int, str]]:
        """Spans have one colour."""
        return []

    def drawing(self) -> Drawing:
        boxes, texts = [], []
        for lane, (label, spans) in enumerate(self.lanes):
            y = lane * LINE
            texts.append(Text("0", _n(y + LABEL), label))
            boxes += [self._box(y, label, *span) for span in spans]
        bottom = len(self.lanes) * LINE + LABEL
        return Drawing(_n(WIDTH), _n(bottom + 4), boxes, [*texts, *self._ends(bottom)])

    def _box(self, y: float, label: str, start: datetime, end: datetime | None) -> Box:
        x, to = self._x(start), self._x(end or self.end)
        # A short access must be visible, too.
        x = min(x, WIDTH - 2)
        words = f"{label}: {start:%Y-%m-%d %H:%M} to {f'{end:%Y-%m-%d %H:%M}' if end else 'now'}"
        return Box(_n(x), _n(y + LABEL + 4), _n(max(to - x, 2)), _n(BAR), 1, words)

    def _x(self, at: datetime) -> float:
        part = (at - self.start) / (self.end - self.start)
        return WIDTH * min(max(part, 0), 1)

    def _ends(self, y: float) -> list[Text]:
        return [
            Text("0", _n(y), f"{self.start:%Y-%m-%d %H:%M}"),
            Text(_n(WIDTH), _n(y), f"{self.end:%Y-%m-%d %H:%M}", "end"),
        ]


def _ceiling(value: float) -> float:
    """Return a round number that is not below the value, divisible by 4 if it is a count."""
    if value <= 4:
        return 4
    size: float = 10 ** floor(log10(value))
    return next(size * part for part in (1, 2, 4, 6, 8, 10) if size * part >= value)


def _short(value: float) -> str:
    return f"{value:,.1f}".removesuffix(".0")


def _n(value: float) -> str:
    """Return a coordinate; templates would write a decimal comma in some languages."""
    return f"{value:.1f}".removesuffix(".0")
