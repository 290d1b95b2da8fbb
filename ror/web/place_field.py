"""The field « Près de » of the questions: the place to be near, a commune or a structure; it stands in the address."""

import html
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import streamlit as st

from ror.model.filters import Filters
from ror.model.french import count, of
from ror.model.place import PlaceKind, PlacePoint, split_key
from ror.model.question import Question
from ror.model.territory import department_name
from ror.services.availability import places, questions
from ror.services.availability.consult import Board
from ror.web import address, session

NEAR, RADIUS = "pres", "rayon"
_REMARK = "question-remark"
_MAX_NAMED = 4


@dataclass(frozen=True, slots=True)
class _Remark:
    """What a question names and the screen does not show, as long as the address is of this page and has the values `shown`.

    `left_out` are keys of places and codes of départements, `unread` the words that were not understood. `beside` is a text
    typed in the field of the place that asks for more than a place.
    """

    page: str
    shown: Mapping[str, Sequence[str]]
    left_out: Sequence[str] = ()
    unread: str = ""
    beside: str = ""


def render(board: Board) -> None:
    """Render the field of the place: a commune with a unit from the list, or any other place that is typed."""
    chosen = st.query_params.get(NEAR, "")
    key = f"near-{chosen}"
    options = {place.key: place.label for place in places.communes_of(board.directory)}
    if chosen and chosen not in options:
        other = places.point(session.database(), chosen)
        options = {chosen: other.label if other else "Lieu inconnu", **options}

    def choose() -> None:
        value = st.session_state[key] or ""
        clear_remark()
        if value and value not in options:
            value = _read(board, value)
        address.step(**{NEAR: value})
        session.require_whole_page()

    st.selectbox(
        "Près de",
        list(options),
        index=list(options).index(chosen) if chosen else None,
        format_func=lambda one: options.get(one, one),
        key=key,
        placeholder="Commune ou structure",
        accept_new_options=True,
        filter_mode="contains",
        width=210,
        on_change=choose,
    )


def _read(board: Board, text: str) -> str:
    """Return the key of the first place of a text, "" without one; the remark names what else it asks for."""
    question = questions.read(session.database(), board, text)
    if not question.places:
        st.session_state[_REMARK] = _Remark(_page(), {NEAR: ()}, unread=text)
        return ""
    more = question.filters != Filters() or question.kilometres is not None
    set_remark(question, {NEAR: question.places[:1]}, beside=text if more else "")
    return question.places[0]


def set_remark(question: Question, shown: Mapping[str, Sequence[str]], beside: str = "") -> None:
    """Store what a question names besides the parameters of the address that are shown of it; to be called in a callback."""
    named = (*question.places, *question.departments)
    left_out = [one for one in named if one not in {value for values in shown.values() for value in values}]
    st.session_state[_REMARK] = _Remark(_page(), shown, left_out, " ".join(question.unread), beside)


def _page() -> str:
    """Return the path of the present address."""
    return urlsplit(st.context.url or "").path


def clear_remark() -> None:
    """Remove the remark; to be called in a callback."""
    st.session_state.pop(_REMARK, None)


def render_radius(
    kilometres: Sequence[int], usual: int, *, width: int, on_change: Callable[[], None] | None = None
) -> int | None:
    """Render the choice of the radius around the place, and return it in kilometres; it stands in the address."""
    return st.selectbox(
        "Rayon",
        kilometres,
        index=kilometres.index(usual),
        placeholder=f"{usual} km",
        format_func="{} km".format,
        key=RADIUS,
        width=width,
        on_change=on_change,
        bind="query-params",
    )


def render_remark() -> None:
    """Render what the last question named and the screen does not show; nothing once the address shows something else."""
    remark: _Remark | None = st.session_state.get(_REMARK)
    if remark is None or not _is_current(remark):
        return
    if names := [_name(one) for one in remark.left_out]:
        more = f" et {count(len(names) - _MAX_NAMED, 'autre')}" if len(names) > _MAX_NAMED else ""
        _render_sentence(f"Un seul lieu à la fois ; laissé de côté : {', '.join(names[:_MAX_NAMED])}{more}.")
    if remark.beside:
        _render_sentence(f"Seul le lieu est lu dans « Près de » : posez « {remark.beside} » dans « Chercher ».")
    if remark.unread:
        _render_sentence(
            f"Non compris : « {remark.unread} ». Choisissez dans les critères, ou essayez un besoin et une commune."
        )


def _is_current(remark: _Remark) -> bool:
    shown = {name: st.query_params.get_all(name) for name in remark.shown}
    return remark.page == _page() and shown == {name: list(values) for name, values in remark.shown.items()}


def _render_sentence(words: str) -> None:
    st.html(f'<p class="ror-unread" role="status">{html.escape(words)}</p>')


def _name(key: str) -> str:
    """Return the name of a place by its key, or of a département by its code."""
    if split_key(key) is None:
        return f"{department_name(key)} ({key})"
    place = places.point(session.database(), key)
    return place.label if place else key


def point() -> PlacePoint | None:
    """Return the place of the address with its position; None without a place, or when its position is unknown."""
    key = st.query_params.get(NEAR, "")
    return places.point(session.database(), key) if key else None


def of_place(place: PlacePoint) -> str:
    """Return « de Melun (77) » for a commune, « de « Hôpital des Tilleuls, Paris (75) » » for a structure."""
    kind, _ = split_key(place.key) or (PlaceKind.COMMUNE, "")
    return of(place.label) if kind is PlaceKind.COMMUNE else f"de « {place.label} »"
