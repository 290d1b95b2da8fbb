"""Render the free texts that match a search, newest first, each with « Masquer »."""

import html
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import streamlit as st

from ror.model import french
from ror.model.rights import Account
from ror.store.engine.database import Database
from ror.web import session
from ror.web.forms import actions

SECTION = "comments"


@dataclass(frozen=True, slots=True)
class TextKind:
    """A kind of texts: the words of its screen, the prefix of its keys, and the function that masks a text by its number."""

    noun: str
    newest: str
    none: str
    none_found: str
    question: str
    done: str
    key: str
    mask: Callable[[Database, Account, int, datetime], object]
    readers: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """A text with its number, its place and its author; `before` is HTML that comes before its place."""

    number: int
    text: str
    place: tuple[str, ...]
    author: str
    before: str = ""


def render(kind: TextKind, texts: Iterable[Text], total: int, *, searched: bool) -> None:
    """Render these texts, the newest of the `total` that match; `searched` tells whether a search filtered them."""
    if not total:
        st.info(kind.none_found if searched else kind.none)
        return
    shown = list(texts)
    cut = "" if total == len(shown) else f", les {len(shown)} plus {kind.newest} ici : précisez la recherche"
    st.caption(f"{french.count(total, kind.noun)}{cut}.{kind.readers}")
    for one in shown:
        place = ", ".join(html.escape(part) for part in one.place if part)
        with st.container(border=True, key=f"{kind.key}-{one.number}", gap="small"):
            st.html(
                f'<p class="ror-comment">{html.escape(one.text)}</p>'
                f'<p class="ror-when">{one.before}{place}<br>{html.escape(one.author)}</p>'
            )
            actions.render_confirmed_button(
                SECTION,
                f"mask-{kind.key}-{one.number}",
                ("Masquer", ":material/visibility_off:"),
                kind.question,
                "Oui, masquer",
                partial(_mask, kind, one.number),
            )


def _mask(kind: TextKind, number: int) -> None:
    actions.run_in_section(SECTION, lambda account, now: kind.mask(session.database(), account, number, now), kind.done)
