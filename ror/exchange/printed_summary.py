"""Print the totals of units on a report: beds, places, how recent they are, and the units by age."""

from collections.abc import Mapping, Sequence
from typing import Any

from ror.exchange.about import About
from ror.exchange.printed_page import INK, MARGIN, SOFT, WIDTH, Paper
from ror.exchange.shapes import draw_badge, draw_shape
from ror.model.french import count, number
from ror.model.freshness import freshness_words
from ror.model.nomenclature import CapacityType

SummaryRow = Mapping[str, Any]
"""A summary of units; its columns are those of `store.board.consultation.departments` and `structures`."""

_BAR = 40.0
"""Height in mm of the bar of ages with the legend under it."""


def print_totals(
    paper: Paper, row: SummaryRow, types: Sequence[CapacityType], changes: Mapping[str, str] | None = None
) -> None:
    """Print the beds and places available and how many are recent, then the units by age.

    `changes` adds a line of words to each box, by name: how the beds, the places and the overdue units changed.
    """
    about = paper.about
    totals = {
        CapacityType.BED: (
            count(row["beds"], "lit disponible", "lits disponibles"),
            freshness_words(row["beds_fresh"], row["beds_old"], "confirmé", about.bands),
        ),
        CapacityType.PLACE: (
            count(row["places"], "place disponible", "places disponibles"),
            freshness_words(row["places_fresh"], row["places_old"], "confirmée", about.bands),
        ),
    }
    columns = [[first, *_halves(second)] for kind, (first, second) in totals.items() if kind in types]
    shut = f", {count(row['shut'], 'autre fermée', 'autres fermées')}" if row["shut"] else ""
    columns.append([count(row["units"], "unité"), f"dont {number(row['overdue'])} en retard{shut}", ""])
    lines = [("B", 14.0, 7.0), ("", 8.5, 4.5), ("", 8.5, 5.0)]
    if changes:
        names = ["beds" if kind is CapacityType.BED else "places" for kind in totals if kind in types]
        columns = [[*column, changes[name]] for column, name in zip(columns, [*names, "overdue"], strict=True)]
        lines.append(("B", 8.5, 5.0))
    for index, (style, size, height) in enumerate(lines):
        for column in columns:
            paper.write_box(column[index], size, INK, width=WIDTH / len(columns), height=height, style=style)
        paper.ln(height)
    paper.ln(1)
    _ages(paper, about, row)


def _halves(words: str) -> tuple[str, str]:
    """Split the sentence on the age of a total into the two lines of its box."""
    first, _, second = words.partition(" et ")
    return first, f"et {second}"


def _ages(paper: Paper, about: About, row: SummaryRow) -> None:
    """Print the units by age as words, then as a bar, whose narrow parts have no room for their numbers."""
    counts = [row[f"band_{band.rank}"] for band in about.bands]
    if not sum(counts):
        return
    paper.ensure_room(_BAR)
    ages = ", ".join(f"{band.label} {number(units)}" for band, units in zip(about.bands, counts, strict=True))
    paper.write_paragraph(f"Unités, selon l'âge de leur dernière mise à jour : {ages}", 8, SOFT)
    left, top = MARGIN, paper.get_y()
    for band, units in zip(about.bands, counts, strict=True):
        width = WIDTH * units / sum(counts)
        paper.set_fill_color(band.colour)
        paper.rect(left, top, width, 6, style="F")
        room = width - 1.5 - 2.6
        if room > 0:
            draw_shape(paper, band, left + 1.5, top + 1.7, 2.6, band.ink)
        if paper.fits(number(units), 8.5, width=room, style="B"):
            paper.set_xy(left + 4.1, top)
            paper.write_box(number(units), 8.5, band.ink, width=room, style="B")
        left += width
    paper.set_xy(MARGIN, top + 7.5)


def print_badges(paper: Paper) -> None:
    """Print the bands of the legend in their colour and shape."""
    bands = paper.about.bands
    width = WIDTH / len(bands)
    for index, band in enumerate(bands):
        draw_badge(paper, band, MARGIN + index * width, paper.get_y(), band.label, width - 3)
    paper.ln(6)
