"""Render and read the question of the board: one field in words, needs, the place to be near, and the criteria of the filters.

Each part stands in the address, which can be bookmarked and shared.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any
from urllib.parse import urlencode, urlsplit

import streamlit as st
from streamlit.elements.lib.mutable_popover_container import PopoverContainer

from ror.model.filters import Filters
from ror.model.needs import published_needs
from ror.model.nomenclature import CapacityType, activity_fields
from ror.model.patient_type import PatientType
from ror.model.place import PlaceKind, PlacePoint, split_key
from ror.model.question import Question
from ror.model.territory import department_name
from ror.services.availability import questions
from ror.services.availability.consult import Board
from ror.settings import settings
from ror.web import address, past_state, place_field, session, unit_type_field

_NEEDS, _FIELDS, _NATURE, _AT_LEAST, _AGES, _SEX = "besoin", "champ", "nature", "mini", "age", "sexe"
_PATIENTS, _EVERY = "patients", "tous"
_BOTH = "Lits et places"
CAPACITY_TYPES = {"Lits": CapacityType.BED, "Places": CapacityType.PLACE}
_TYPES = {_BOTH: None} | CAPACITY_TYPES
ANYBODY = "Tous"
_SEXES = {ANYBODY: None, "Une femme": "women", "Un homme": "men"}
AGE_GROUPS = {ANYBODY: None, "Adultes": PatientType.ADULT, "Enfants": PatientType.CHILD}
_KILOMETRES = (5, 10, 20, 30, 40, 50, 75, 100, 150, 200, 300, 500)
"""The choices of the radius; the last one holds any region."""

_USUAL_KILOMETRES = 30
_MORE, _NUMBERS = (_FIELDS, unit_type_field.PARAMETER, _SEX, _PATIENTS, _EVERY), (place_field.RADIUS, _NATURE, _AT_LEAST, _AGES)
CRITERIA, PAST = "criteria", "past-popover"
"""The keys of the popovers."""

_TEXT, _ADDRESS = "cherche", "question_address"


def render(
    board: Board,
    type_labels: Callable[[], Sequence[str]],
    department: str,
    on_change: Callable[[], None],
    *,
    past: datetime | None,
    phone: bool,
) -> None:
    """Render the question; `on_change` is called when a criterion changes.

    `type_labels` returns the labels of the types of units. `department` is the parameter of the chosen département, `past`
    the instant that is shown, None for now. What changes several fields at once, as words do, reruns the whole page: they
    are drawn again. On a phone all but the words, the place and the needs are among the other criteria.
    """
    usual: dict[str, Any] = {"bind": "query-params", "on_change": on_change}
    with st.container(key="question", gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="bottom", key="question-line"):
            _render_text(board, department)
            place_field.render(board)
            if not phone:
                _render_numbers(usual)
            if more := _opened("Plus de critères", ":material/tune:", CRITERIA, (*_MORE, *(_NUMBERS if phone else ()))):
                with more:
                    if phone:
                        _render_numbers(usual)
                    _render_criteria(type_labels(), on_change, usual)
            if then := _opened("État au...", ":material/history:", PAST, (past_state.PARAMETER,)):
                with then:
                    past_state.render_field(past, datetime.now(UTC))
            st.button("Effacer", key="question-clear", icon=":material/close:", type="tertiary", on_click=clear)
        st.pills(
            "Besoin",
            list(needs_by_label()),
            key=_NEEDS,
            selection_mode="multi",
            label_visibility="collapsed",
            width="content",
            **usual,
        )


def _opened(label: str, icon: str, key: str, parameters: Sequence[str]) -> PopoverContainer | None:
    """Render a popover; return it when its fields must be drawn: when it is open, or a parameter of its is in the address.

    Each field costs half a millisecond in every rerun of the page.
    """
    popover = st.popover(label, icon=icon, key=key, on_change=_on_popover)
    if popover.open or any(name in st.query_params for name in parameters):
        return popover
    # Streamlit preserves the value of a field that is bound to the address and no longer drawn: it would go on filtering.
    for name in parameters:
        st.session_state.pop(name, None)
    return None


def _on_popover() -> None:
    """Have the whole page run, whatever other callbacks of the press ask for.

    A page may not know yet that the fields of a closed popover are gone, and sends their values with its next press. They
    count as changed, and their callbacks would rerun the figures alone.
    """
    session.require_whole_page()


def _render_numbers(usual: dict[str, Any]) -> None:
    if st.query_params.get(place_field.NEAR):
        place_field.render_radius(_KILOMETRES, _USUAL_KILOMETRES, width=100, on_change=usual["on_change"])
    st.segmented_control(
        "Lit ou place",
        list(_TYPES),
        default=_BOTH,
        key=_NATURE,
        required=True,
        width="content",
        label_visibility="collapsed",
        **usual,
    )
    st.number_input("Disponibles, au moins", min_value=0, value=0, step=1, key=_AT_LEAST, width=135, **usual)
    st.multiselect("Âge", list(_ranks()), key=_AGES, placeholder="Tous", width=150, **usual)


def _render_text(board: Board, department: str) -> None:
    def read() -> None:
        if text := st.session_state[_TEXT].strip():
            _take(questions.read(session.database(), board, text), department)

    st.text_input(
        "Chercher",
        key=_TEXT,
        placeholder="réa melun, smr gériatrique 94...",
        icon=":material/search:",
        width=250,
        on_change=read,
    )


def _take(question: Question, department: str) -> None:
    """Store the address of a question that was read: a callback cannot render, so the next run goes there (`follow`)."""
    filters = question.filters
    parameters: dict[str, Any] = {
        _NEEDS: [label for label, code in needs_by_label().items() if code in filters.needs],
        _EVERY: "true" if filters.every_need else "",
        unit_type_field.PARAMETER: [
            label for label, code in unit_type_field.codes_by_label().items() if code in filters.unit_types
        ],
        _NATURE: next(words for words, nature in _TYPES.items() if nature is filters.capacity_type),
        _AT_LEAST: filters.at_least,
        _AGES: [words for words, rank in _ranks().items() if rank in filters.ranks],
        _SEX: next(words for words, sex in _SEXES.items() if sex == filters.sex),
        _PATIENTS: next((words for words, whom in AGE_GROUPS.items() if whom is filters.patients), ANYBODY),
        **(shown := {place_field.NEAR: question.places[:1], department: question.departments[:1]}),
    }
    if question.kilometres is not None:
        parameters[place_field.RADIUS] = f"{_radius(question.kilometres)} km"
    usual = ("", 0, _BOTH, ANYBODY, f"{_USUAL_KILOMETRES} km")
    stated = {name: value for name, value in parameters.items() if value not in usual}
    place_field.set_remark(question, shown)
    session.require_whole_page()
    path = urlsplit(st.context.url or "").path
    st.session_state[_ADDRESS] = _sheet(question) or f"{path}?{urlencode(stated, doseq=True)}".rstrip("?")


def _sheet(question: Question) -> str:
    """Return the address of the sheet of a structure when the question is that structure alone, else ""."""
    named = [split_key(key) for key in question.places]
    if question != Question(places=question.places, unread=question.unread) or len(named) != 1:
        return ""
    match named[0]:
        case (PlaceKind.STRUCTURE, finess):
            return f"/structures?structure={finess}"
    return ""


def _radius(kilometres: float) -> int:
    """Return the smallest radius to choose that is not below the requested one; the largest one beyond it."""
    return next((one for one in _KILOMETRES if one >= kilometres), _KILOMETRES[-1])


def follow() -> None:
    """Go to the address of the question that was just read, in one entry of the history."""
    if target := st.session_state.pop(_ADDRESS, ""):
        address.visit(target)


def _render_criteria(type_labels: Sequence[str], on_change: Callable[[], None], usual: dict[str, Any]) -> None:
    st.multiselect("Champ d'activité", list(_fields()), key=_FIELDS, placeholder="Tous", filter_mode="contains", **usual)
    unit_type_field.render(type_labels, on_change)
    words = "Au moins une place pour elle ou lui, places indifférentes comprises ; seules comptent les unités qui le disent."
    st.selectbox("Une place pour", list(_SEXES), key=_SEX, placeholder=ANYBODY, **usual)
    st.caption(words)
    st.selectbox("Patients", list(AGE_GROUPS), key=_PATIENTS, placeholder=ANYBODY, **usual)
    st.toggle("Tous les besoins choisis à la fois", key=_EVERY, **usual)


def clear() -> None:
    """Forget every part of the question; to be called in a callback."""
    session.require_whole_page()
    place_field.clear_remark()
    st.session_state[_TEXT] = ""
    st.session_state[_ADDRESS] = urlsplit(st.context.url or "").path


def selected() -> Filters:
    """Return the filters of the page; a field that is not drawn has its usual value."""
    get = st.session_state.get
    return Filters(
        activity_fields=tuple(sorted(_fields()[label] for label in get(_FIELDS) or ())),
        unit_types=unit_type_field.chosen_codes(),
        capacity_type=_TYPES[get(_NATURE) or _BOTH],
        at_least=int(get(_AT_LEAST) or 0),
        ranks=tuple(sorted(_ranks()[words] for words in get(_AGES) or ())),
        needs=tuple(sorted(needs_by_label()[label] for label in get(_NEEDS) or ())),
        every_need=bool(get(_EVERY)),
        sex=_SEXES[get(_SEX) or ANYBODY],
        patients=AGE_GROUPS[get(_PATIENTS) or ANYBODY],
    )


def parameters(*others: str) -> str:
    """Return the query string of the question: its parameters in the present address, and those named in `others`."""
    own = (_NEEDS, _FIELDS, _NATURE, _AT_LEAST, _AGES, _SEX, _PATIENTS, place_field.RADIUS, _EVERY)
    names = (*own, place_field.NEAR, unit_type_field.PARAMETER, *others)
    return urlencode([(name, value) for name in names for value in st.query_params.get_all(name)])


def near() -> PlacePoint | None:
    """Return the place to be near; None when none is chosen, or when its position is unknown."""
    return place_field.point()


def kilometres() -> float:
    """Return the radius around the place."""
    return float(st.session_state.get(place_field.RADIUS) or _USUAL_KILOMETRES)


def words(department: str = "") -> str:
    """Return the question in words, as in « Réanimation à moins de 30 km de Melun (77) »; "" without one.

    Without a need, the types of units are named, or counted when there are more than two.
    """
    joined = " et " if st.session_state.get(_EVERY) else " ou "
    types = unit_type_field.chosen_labels()
    named = types if len(types) <= 2 else [f"{len(types)} types d'unités"]
    needs = joined.join(st.session_state.get(_NEEDS) or named)
    place, where = near(), department_name(department) if department else ""
    if place:
        where = f"à moins de {kilometres():.0f} km {place_field.of_place(place)}"
    return f"{needs}, {where}" if needs and not place and where else " ".join(filter(None, (needs, where)))


@cache
def needs_by_label() -> dict[str, str]:
    """Return the codes of the needs by label, in the order in which they are proposed."""
    return {need.label: need.code for need in published_needs().values()}


@cache
def _fields() -> dict[str, str]:
    return {label: code for code, label in activity_fields().items()}


def _ranks() -> dict[str, int]:
    return {band.words: band.rank for band in settings().age_bands}
