"""The legend, its chips and its bars: colour means age only, and never stands alone."""

import html
from collections.abc import Sequence
from functools import lru_cache
from urllib.parse import quote

import streamlit as st

from ror.model import freshness
from ror.model.freshness import Band
from ror.settings import settings

LATE = "⏰ En retard"
SHUT = "⊘ Fermée"
CLOSED_COLOUR = "#e3e6ea"


def bands() -> tuple[Band, ...]:
    """The five bands, for the ages of the settings."""
    return freshness.legend(settings().age_limits_hours)


def show() -> None:
    """The legend of every consultation, on one line."""
    st.html(
        '<div class="ror-legend" role="note"><span>Âge de la dernière mise à jour :</span>'
        + "".join(chip(band.rank) for band in bands())
        + f'<span class="ror-late">{LATE}</span><span>au-delà du délai de son type (une semaine, un jour en soins critiques)</span>'
        "</div>"
    )


def chip(rank: int | None, words: str = "") -> str:
    """HTML of one band's badge; `words` replace its label, the shape stays. None is a closed unit."""
    if rank is None:
        return f'<span class="ror-chip ror-shut">{SHUT}{" " + html.escape(words) if words else ""}</span>'
    band = bands()[rank]
    return f'<span class="ror-chip" style="background:{band.colour};color:{band.ink}">{band.shape} {html.escape(words or band.label)}</span>'


def words(rank: int | None) -> str:
    """Shape and label of a band, in text."""
    return SHUT if rank is None else bands()[rank].words


@lru_cache(maxsize=4096)
def bar(counts: Sequence[int]) -> str:
    """A bar of the five bands by number of units, as the address of an inline SVG image."""
    total = sum(counts) or 1
    parts, left = [], 0.0
    for band, count in zip(bands(), counts, strict=True):
        width = 160 * count / total
        if count:
            parts.append(f'<rect x="{left:.1f}" width="{width:.1f}" height="16" fill="{band.colour}"/>')
            if width >= 16:
                parts.append(
                    f'<text x="{left + width / 2:.1f}" y="12" font-size="11" font-family="sans-serif" text-anchor="middle" '
                    f'fill="{band.ink}">{band.shape}{count}</text>'
                    if width >= 30
                    else f'<text x="{left + width / 2:.1f}" y="12" font-size="11" font-family="sans-serif" '
                    f'text-anchor="middle" fill="{band.ink}">{band.shape}</text>'
                )
        left += width
    return "data:image/svg+xml," + quote(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="160" height="16">{"".join(parts)}</svg>'
    )
