"""Render the tiles above the board: a total, how much of it is fresh, its change over 24 hours, and its last days."""

import html
from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from ror.drawing import sparkline
from ror.model.french import number

EXPECTED_HELP = "Ce que ce total est devenu depuis les déclarations, d'après le passé de chaque unité (intervalle à 80 %)"


@dataclass(frozen=True, slots=True)
class Tile:
    """One number of the board.

    `words` is the number with its noun (« 12 lits »), `detail` how much of it is fresh and old. `change` is the difference with
    24 hours before, None when unknown. `series` has one number a day, the oldest first, None for a day without one.
    `expected` is what the number has become, in words; "" when it is not known.
    """

    words: str
    detail: str = ""
    change: int | None = None
    series: Sequence[float | None] = ()
    expected: str = ""


def render(tiles: Sequence[Tile]) -> None:
    """Render tiles side by side, in one element."""
    st.html(tiles_html(tiles))


def tiles_html(tiles: Sequence[Tile]) -> str:
    """Return the HTML of `render`."""
    return f'<div class="ror-tiles" role="list">{"".join(_tile(tile) for tile in tiles)}</div>'


def _tile(tile: Tile) -> str:
    image = sparkline.image(tile.series)
    days = [value for value in tile.series if value is not None]
    least, most = (number(round(choose(days, default=0))) for choose in (min, max))
    words = f"{tile.words}, les {len(tile.series)} derniers jours : de {least} à {most}"
    expected = f'<span class="ror-trust" title="{EXPECTED_HELP}">{html.escape(tile.expected)}</span>' if tile.expected else ""
    return (
        f'<div class="ror-tile" role="listitem"><div><p><b>{html.escape(tile.words)}</b> {html.escape(tile.detail)}</p>'
        f'<span class="ror-change">{change_words(tile.change)}</span>{expected}</div>'
        + (f'<img class="ror-sparkline" src="{image}" alt="{html.escape(words)}">' if image else "")
        + "</div>"
    )


def change_words(change: int | None) -> str:
    """Format a change over 24 hours: « ↗ 12 de plus qu'il y a 24 h »; "" for an unknown one."""
    if change is None:
        return ""
    if change == 0:
        return "→ comme il y a 24 h"
    return f"{'↗' if change > 0 else '↘'} {number(abs(change))} de {'plus' if change > 0 else 'moins'} qu'il y a 24 h"
