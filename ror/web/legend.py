"""Render the legend, its chips and its bars: colour means age only, and never stands alone."""

import html
from collections.abc import Sequence
from functools import lru_cache
from urllib.parse import quote

import streamlit as st

from ror.model.freshness import CLOSED_LABEL, LATE, AgeBand, duty_words, usual_duties
from ror.settings import settings


def render() -> None:
    """Render the legend of every consultation, on one line."""
    st.html(
        '<div class="ror-legend" role="note"><span>Âge de la dernière mise à jour :</span>'
        + "".join(chip(band.rank) for band in settings().age_bands)
        + f'<span class="ror-late">{LATE}</span>'
        f"<span>au-delà du délai de son type ({usual_duties(duty())})</span></div>"
    )


def duty() -> str:
    """Return the longest time between two declarations, critical care apart, from the settings: « une semaine »."""
    return duty_words(settings().weekly_duty_hours)


def chip(rank: int | None, words: str = "") -> str:
    """Return the HTML of one band's badge; `words` replace its label, the shape stays. None is a closed unit."""
    if rank is None:
        return f'<span class="ror-chip ror-shut">{CLOSED_LABEL} {html.escape(words)}</span>'
    band = settings().age_bands[rank]
    return f'<span class="ror-chip" style="{style(band)}">{band.shape} {html.escape(words or band.label)}</span>'


def style(band: AgeBand) -> str:
    """Return the style of a band's badge, which the content policy allows by its hash."""
    return f"background:{band.colour};color:{band.ink}"


def words(rank: int | None) -> str:
    """Return the shape and label of a band, in text."""
    return CLOSED_LABEL if rank is None else settings().age_bands[rank].words


BAR_WIDTH, BAR_HEIGHT = 160, 26


@lru_cache(maxsize=4096)
def bar(counts: Sequence[int]) -> str:
    """Return a bar of the five bands by number of units, as the address of an inline SVG image.

    A table sorts its images by their addresses: this one begins with the shares of units in percent that are older than the
    third band, the second and the first, as a parameter that browsers ignore, then says the same in words (`focus.js`).
    """
    total = sum(counts) or 1
    older = "-".join(f"{100 * sum(counts[rank:]) // total:03d}" for rank in (3, 2, 1))
    parts, left = [], 0.0
    for band, count in zip(settings().age_bands, counts, strict=True):
        width = BAR_WIDTH * count / total
        words = f"{band.shape}{count}" if width >= 34 else band.shape if width >= 14 else ""
        parts.append(
            f'<rect x="{left:.1f}" y="4" width="{width:.1f}" height="18" fill="{band.colour}"/>'
            f'<text x="{left + width / 2:.1f}" y="17" fill="{band.ink}">{words}</text>'
        )
        left += width
    style = 'font-size="11" font-family="sans-serif" text-anchor="middle"'
    drawing = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{BAR_WIDTH}" height="{BAR_HEIGHT}" {style}>{"".join(parts)}</svg>'
    )
    words = ", ".join(f"{count} {band.label}" for band, count in zip(settings().age_bands, counts, strict=True) if count)
    return f"data:image/svg+xml;older={older};words={quote(words)}," + quote(drawing)
