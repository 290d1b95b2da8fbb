"""Render the numbers of a chart as a table: for screen readers, keyboards, and users who prefer numbers."""

import html
from collections.abc import Iterable, Sequence

import streamlit as st

TITLE = "Le même en tableau"


def render(caption: str, headings: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Render the numbers of a chart as a table that unfolds under it; None is shown as « — »."""
    st.html(table_html(caption, headings, rows))


def table_html(caption: str, headings: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return the HTML of `render`. The first cell of a row names it."""
    return f'<details class="ror-same"><summary>{TITLE}</summary>{plain_html(caption, headings, rows)}</details>'


def plain_html(caption: str, headings: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return the HTML of a table that scrolls within its place on a narrow screen. The first cell of a row names it."""
    head = "".join(f'<th scope="col">{html.escape(one)}</th>' for one in headings)
    body = "".join(_row(row) for row in rows)
    return (
        f'<div class="ror-scroll" tabindex="0" role="region" aria-label="{html.escape(caption)}">'
        f'<table class="ror-numbers"><caption>{html.escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _row(row: Sequence[object]) -> str:
    first, *others = ("—" if cell is None else html.escape(str(cell)) for cell in row)
    return f'<tr><th scope="row">{first}</th>{"".join(f"<td>{cell}</td>" for cell in others)}</tr>'
