"""The section « Types et besoins »: what the region decides of each type of unit, and the words of the needs."""

import html
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import streamlit as st

from ror.model import french
from ror.model.needs import Need, Reach, published_needs
from ror.model.nomenclature import CapacityType, UnitType
from ror.model.rights import Account, Action
from ror.model.search import folded
from ror.model.type_decision import NOTHING
from ror.services.availability import right_duty
from ror.services.availability.right_duty import TypeDuty
from ror.services.registry import unit_types
from ror.services.registry.unit_types import RegionType, TypedDecision
from ror.web import address, session, tables, titles
from ror.web.administration import right_duties
from ror.web.forms import actions, drafts
from ror.web.markdown import literal

TYPE = "type-unite"
_SECTION, _WORDS = "unit-types", "need-words"
_SEARCH = "types"
_COUNTED = {CapacityType.BED: "lits", CapacityType.PLACE: "places"}
_UNKNOWN = "à préciser par unité"


def render_unit_types(account: Account) -> None:
    """Render the list of types, the form of the one in the address, right duties, and the words of the needs."""
    duties = right_duty.list_units(session.database(), account, datetime.now(UTC))
    of_types = right_duty.by_type(duties or ())
    lines = unit_types.list_types(session.database(), account, datetime.now(UTC))
    _render_sentence(
        "La liste nationale ne dit pas si un type compte des lits ou des places : le service propose, la région décide. "
        "Ce que l'unité dit elle-même (nature, mode de prise en charge) passe avant son type."
    )
    chosen = next((line for line in lines if line.published.code == st.query_params.get(TYPE)), None)
    actions.render_success(_SECTION)
    if chosen:
        _render_type(chosen, of_types.get(chosen.published.code))
    _render_list(lines, of_types)
    right_duties.render(duties)
    _render_words(account)


def _render_sentence(sentence: str) -> None:
    st.html(f"<p>{html.escape(sentence)}</p>")


def _render_list(lines: Sequence[RegionType], duties: Mapping[str, TypeDuty]) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        text = st.text_input(
            "Rechercher un type",
            key=_SEARCH,
            bind="query-params",
            placeholder="Libellé, code ou besoin",
            icon=":material/search:",
            autocomplete="off",
        )
        every = st.toggle("Aussi les types sans unité", key="types-all", value=not any(line.units for line in lines))
    words = folded(text or "").split()
    shown = [line for line in lines if (line.units or every or words) and all(word in _text(line) for word in words)]
    if not shown:
        st.info("Aucun type ne correspond : essayez moins de mots, ou affichez aussi les types sans unité.")
        return
    tables.render(
        _table(shown, duties),
        "unit-types",
        on_open=lambda index: _go(shown[index].published.code),
        file=tables.Download("types-unites", "Types d'unités", Action.MANAGE_REGISTRY, criteria=tables.search_criteria(text)),
        height=tables.full_height(shown, 12),
    )


def _text(line: RegionType) -> str:
    return folded(f"{line.published.code} {line.published.label} {_needs(line.region)}")


def _table(lines: Sequence[RegionType], duties: Mapping[str, TypeDuty]) -> pa.Table:
    return pa.table(
        {
            "Type": [line.published.label for line in lines],
            "Unités": pa.array([line.units for line in lines], pa.int32()),
            "Compte en": [_counted(line.region) for line in lines],
            "Délai (heures)": pa.array([line.region.duty // timedelta(hours=1) for line in lines], pa.int32()),
            **right_duties.of_types([duties.get(line.published.code) for line in lines]),
            "Besoins": [_needs(line.region) for line in lines],
            "Suivi": ["oui" if line.region.followed else "non" for line in lines],
            "Décision": ["comme proposé" if line.decision.is_proposal else "de la région" for line in lines],
            "Code": [line.published.code for line in lines],
        }
    )


def _counted(unit_type: UnitType) -> str:
    if unit_type.counts_nothing:
        return "rien"
    return _COUNTED[unit_type.capacity_type] if unit_type.capacity_type else _UNKNOWN


def _duty(duty: timedelta) -> str:
    hours = duty // timedelta(hours=1)
    return f"{hours // 24} jours" if hours % 24 == 0 and hours > 24 else f"{hours} h"


def _needs(unit_type: UnitType) -> str:
    return ", ".join(published_needs()[code].label for code in unit_type.needs)


def _go(code: str) -> None:
    address.step(**{TYPE: code})
    actions.clear_messages(_SECTION)
    drafts.discard(_SECTION)


def _render_type(line: RegionType, duty: TypeDuty | None) -> None:
    """Render the form of the region's decision about a type; after a refusal its fields keep what was typed."""
    code, proposed, region = line.published.code, line.published, line.region
    key = f"{code}-{drafts.load(_SECTION).id}"
    titles.show(proposed.label, "Types et besoins")
    st.header(f"{code} · {literal(proposed.label)}")
    _render_sentence(
        f"{french.count(line.units, 'unité')}. Proposé : {_counted(proposed)}, délai {_duty(proposed.duty)}, "
        f"{_needs(proposed) or 'aucun besoin'}.{right_duties.words(duty)}"
    )
    counted = {
        "": f"Comme proposé ({_counted(proposed)})",
        **{str(code): noun.capitalize() for code, noun in _COUNTED.items()},
        NOTHING: "Rien : ces unités ne déclarent pas",
    }
    needs = {need.label: need.code for need in published_needs().values()}
    with st.form(f"form-type-{key}"):
        left, right = st.columns(2)
        with left:
            value = line.decision.capacity_type or ""
            st.selectbox(
                "Ces unités comptent",
                list(counted),
                list(counted).index(value),
                format_func=counted.__getitem__,
                key=f"count-{key}",
                placeholder="À choisir",
            )
            st.checkbox("Suivi dans la région", region.followed, key=f"followed-{key}")
            _render_sentence("Sinon ces unités ne doivent rien, et aucun écran ne les montre.")
        with right:
            st.text_input(
                "Délai entre deux mises à jour, en heures (vide : comme proposé)",
                str(line.decision.duty_hours or ""),
                key=f"duty-{key}",
                placeholder=str(proposed.duty // timedelta(hours=1)),
                autocomplete="off",
            )
            own = [label for label, need in needs.items() if need in region.needs]
            st.multiselect("Besoins", list(needs), own, key=f"needs-{key}", placeholder="Aucun")
        st.form_submit_button("Enregistrer", type="primary", on_click=_decide, args=(line, key))
        actions.render_refusal(_SECTION)
    with st.container(horizontal=True):
        if not line.decision.is_proposal:
            st.button("Revenir à la proposition", key=f"restore-{key}", icon=":material/undo:", on_click=_restore, args=(line,))
        st.button("Fermer", key=f"close-type-{key}", type="tertiary", on_click=_go, args=("",))


def _decide(line: RegionType, key: str) -> None:
    state = st.session_state
    needs = {need.label: need.code for need in published_needs().values()}
    typed = TypedDecision(
        state.get(f"count-{key}") or "",
        state.get(f"duty-{key}") or "",
        bool(state.get(f"followed-{key}")),
        tuple(needs[label] for label in state.get(f"needs-{key}", ())),
    )
    saved = actions.run_in_section(
        _SECTION,
        lambda account, now: unit_types.decide(session.database(), account, line.decision, typed, now),
        f"« {line.published.label} » est enregistré : les écrans et les interfaces en tiennent compte.",
    )
    if saved:
        drafts.discard(_SECTION)


def _restore(line: RegionType) -> None:
    restored = actions.run_in_section(
        _SECTION,
        lambda account, now: unit_types.restore(session.database(), account, line.published.code, now),
        f"« {line.published.label} » est de nouveau comme proposé.",
    )
    if restored:
        drafts.discard(_SECTION)


def _render_words(account: Account) -> None:
    """Render the form of the words that reveal a need in the name of a unit."""
    needs = unit_types.list_needs(session.database(), account, datetime.now(UTC))
    with st.expander("Les mots des besoins"):
        always = ", ".join(need.label for need in needs.values() if need.reach is Reach.ALWAYS)
        _render_sentence(
            "Quand son type ne dit rien de précis, une unité répond aussi aux besoins dont son nom a un mot ; ceux-ci sont lus "
            f"dans tous les noms : {always}. Un mot qui finit par * est un début de mot."
        )
        codes = list(needs)
        code = st.selectbox("Besoin", codes, format_func=lambda code: needs[code].label, key="need", placeholder="À choisir")
        need = needs[code or codes[0]]
        key = f"words-{need.code}-{drafts.fingerprint(*need.words)}"
        st.text_area("Mots, un par ligne ou séparés par des virgules", ", ".join(need.words), key=key)
        with st.container(horizontal=True):
            st.button("Enregistrer les mots", key=f"save-{key}", on_click=_change_words, args=(need, key))
            if need != published_needs()[need.code]:
                st.button("Revenir aux mots proposés", key=f"reset-{key}", on_click=_change_words, args=(need, ""))
        actions.render_messages(_WORDS)


def _change_words(need: Need, key: str) -> None:
    """Save the words typed in the field of this key, perhaps none; without a key (""), restore the proposed words."""
    text = st.session_state.get(key) or "" if key else None
    actions.run_in_section(
        _WORDS,
        lambda account, now: unit_types.change_words(session.database(), account, need.code, text, now),
        f"Les mots de « {need.label} » sont enregistrés.",
    )
