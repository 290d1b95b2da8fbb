"""The field « Près de » of the questions: the place to be near, a commune or a structure; it stands in the address."""

import html
from collections.abc import Callable, Sequence

import streamlit as st

from ror.model.french import count, of
from ror.model.place import PlaceKind, PlacePoint, split_key
from ror.model.territory import department_name
from ror.services.availability import places, questions
from ror.services.availability.consult import Board
from ror.web import address, session

NEAR, RADIUS = "pres", "rayon"
UNREAD = "question_unread"
"""The key, in the session, of the words that were typed in a question and not understood."""

LEFT_OUT = "question_left_out"
"""The key of the places and départements that a question names besides the one that is shown: keys of places, and codes."""

_MOST_NAMED = 4


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
        keys: tuple[str, ...] = ()
        if value and value not in options:
            keys = questions.read(session.database(), board, value).places
            st.session_state[UNREAD] = "" if keys else value
            value = keys[0] if keys else ""
        st.session_state[LEFT_OUT] = keys[1:]
        address.step(**{NEAR: value})

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


def render_unread() -> None:
    """Render the words that were not understood, and the places that were left out, if there are any."""
    if names := [_name(one) for one in st.session_state.get(LEFT_OUT) or ()]:
        more = f" et {count(len(names) - _MOST_NAMED, 'autre')}" if len(names) > _MOST_NAMED else ""
        words = f"Un seul lieu à la fois ; laissé de côté : {html.escape(', '.join(names[:_MOST_NAMED]))}{more}."
        st.html(f'<p class="ror-unread" role="status">{words}</p>')
    if unread := st.session_state.get(UNREAD):
        words = f"Non compris : « {html.escape(unread)} ». Choisissez dans les critères, ou essayez un besoin et une commune."
        st.html(f'<p class="ror-unread" role="status">{words}</p>')


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
