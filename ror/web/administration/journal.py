"""The section « Journal »: its lines through filters, their export, and the verification of its chain."""

from datetime import UTC, date, datetime, time, timedelta

import streamlit as st

from ror.exchange.about import LabelledText
from ror.exchange.journal_words import to_french, to_french_with_ids, to_journal_csv
from ror.exchange.workbook import to_workbook
from ror.model import french
from ror.model.journal import Act, JournalMark, Outcome
from ror.model.rights import Account, Action
from ror.model.territory import zone_place
from ror.services import journal as journals
from ror.services.accounts import administer, tokens
from ror.services.availability import export
from ror.services.journal import JournalQuery, Verification
from ror.services.region_time import instant_words, region_day, region_zone
from ror.web import session, tables
from ror.web.forms import actions

MAX_SHOWN = 500
_ALL = "Tous"
_WHY = {
    "missing": "une ligne manque.",
    "inserted": "une ligne a été ajoutée sans que le service l'ait écrite.",
    "changed": "la ligne a été modifiée.",
    "does not follow the line before, which was changed, removed or inserted": "la ligne ne suit pas la précédente, qui a été "
    "modifiée, retirée ou ajoutée.",
    "removed with those before it by no purge of the journal": "elle et les précédentes ont été retirées sans qu'aucune purge "
    "du service ne le dise.",
    "is not the line that was noted elsewhere": "la ligne n'est pas celle du repère : le journal a été réécrit depuis.",
}
_SECTION, _VERIFIED = "journal", "journal-verified"


def render_journal(account: Account) -> None:
    """Render the filters, the lines that pass them, and the verification of the chain."""
    session.require(Action.READ_JOURNAL)
    query = _render_filters(account)
    if query is not None:
        _render_lines(account, query)
    st.header("Vérifier la chaîne")
    _render_verification()


def _render_filters(account: Account) -> JournalQuery | None:
    """Render the filters; return their query, None when its period ends before it begins."""
    names = _names(account)
    with st.container(horizontal=True, vertical_alignment="bottom", key="journal-filters"):
        since, until = _render_day("Du", "journal-since"), _render_day("Au", "journal-until")
        acts = {act.label: str(act) for act in Act}
        selected = st.multiselect("Actes", list(acts), key="actes", bind="query-params", placeholder="Tous", width=260)
        outcomes = {_ALL: "", **{outcome.label.capitalize(): str(outcome) for outcome in Outcome}}
        outcome = st.selectbox("Résultat", list(outcomes), key="resultat", bind="query-params", placeholder="Tous", width=130)
        account_id = st.selectbox(
            "Compte",
            ["", *names],
            key="journal-account",
            format_func=lambda key: names.get(key, "Tous"),
            placeholder="Cherchez un compte",
            width=260,
        )
        text = st.text_input(
            "Unité, structure ou personne",
            key="journal-text",
            placeholder="Réanimation Melun, Dupont, FINESS...",
            autocomplete="off",
            width=260,
        )
    if since and until and until < since:
        st.warning("La période finit avant de commencer : corrigez une de ses deux dates.")
        return None
    return JournalQuery(
        since=_midnight(since),
        until=_midnight(until + timedelta(days=1)) if until else None,
        acts=tuple(acts[label] for label in selected),
        outcome=outcomes.get(outcome, ""),
        account=account_id or "",
        text=(text or "").strip(),
    )


def _names(account: Account) -> dict[str, str]:
    """Return the names of all accounts and tokens by account id."""
    rows = administer.search_accounts(session.database(), account, "").to_pylist()
    people = {row["id"]: f"{row['name']} ({row['login']})" for row in rows}
    token_rows = tokens.list_tokens(session.database(), account, datetime.now(UTC)).to_pylist()
    return people | {row["account"]: f"{row['name']} (jeton)" for row in token_rows}


def _render_day(label: str, key: str) -> date | None:
    # The bounds are wider than the journal: Streamlit would refuse a day outside of them in English.
    farthest = region_day().replace(month=12, day=31) + timedelta(days=3653)
    day: date | None = st.date_input(label, None, date(1900, 1, 1), farthest, format="DD/MM/YYYY", key=key, width=140)
    return day


def _midnight(day: date | None) -> datetime | None:
    return datetime.combine(day, time(), region_zone()).astimezone(UTC) if day else None


def _render_lines(account: Account, query: JournalQuery) -> None:
    db = session.database()
    lines = journals.read(db, account, query, datetime.now(UTC), MAX_SHOWN + 1)
    if not lines.num_rows:
        st.info("Aucune ligne du journal ne correspond à ces filtres.")
        return
    shown = to_french(lines.slice(0, MAX_SHOWN), region_zone())
    number = french.count(shown.num_rows, "ligne")
    if lines.num_rows > MAX_SHOWN:
        number = (
            f"Les {MAX_SHOWN} lignes les plus récentes : précisez les filtres pour voir les autres, ou téléchargez-les toutes"
        )
    st.caption(f"{number}. Les heures sont celles de {zone_place(region_zone())}.")
    tables.draw(
        shown,
        "journal-lines",
        height=tables.full_height(range(shown.num_rows), 15),
        config={
            "Ligne": st.column_config.NumberColumn(width=60, format="%d"),
            "Date": st.column_config.DatetimeColumn(format="DD/MM/YYYY HH:mm:ss", timezone=region_zone().key, width=150),
            "Qui": st.column_config.TextColumn(width=160),
            "Depuis": st.column_config.TextColumn(width=110),
            "Objet": st.column_config.TextColumn(width=200),
            "Structure": st.column_config.TextColumn(width=180),
            "Changement": st.column_config.TextColumn(width=130),
            "Avant": st.column_config.TextColumn(width=200),
            "Après": st.column_config.TextColumn(width=320),
        },
    )

    def csv(account: Account) -> bytes:
        return to_journal_csv(journals.export(db, account, query, datetime.now(UTC)), region_zone())

    def workbook(account: Account) -> bytes:
        now = datetime.now(UTC)
        about = export.about("Journal", now, criteria=_criteria(query))
        return to_workbook(to_french_with_ids(journals.export(db, account, query, now), region_zone()), about, seconds=True)

    with st.container(horizontal=True, gap="small", key="files-journal"):
        tables.buttons("journal", tables.file_name("journal"), csv, workbook)


def _criteria(query: JournalQuery) -> tuple[LabelledText, ...]:
    """Return the query in words, as pairs of a filter and its value."""
    words = {
        "Depuis le": instant_words(query.since) if query.since else "",
        "Avant le": instant_words(query.until) if query.until else "",
        "Actes": ", ".join(Act(act).label for act in query.acts),
        "Résultat": Outcome(query.outcome).label if query.outcome else "",
        "Compte": query.account,
        "Unité, structure ou personne": query.text,
    }
    return tuple((name, value) for name, value in words.items() if value)


def _render_verification() -> None:
    st.caption(
        "Chaque ligne porte l'empreinte de la précédente : une ligne modifiée, retirée ou ajoutée hors du service se voit. "
        "Le repère donné ici, noté ailleurs, montre aussi une fin coupée ou un journal réécrit en entier."
    )
    with st.container(horizontal=True, vertical_alignment="bottom", key="journal-check"):
        st.text_input(
            "Repère noté auparavant (facultatif)", key="journal-known", placeholder="1204:9f86d0...", autocomplete="off"
        )
        st.button("Vérifier la chaîne", icon=":material/verified:", key="journal-verify", on_click=_verify)
    actions.render_refusal(_SECTION)
    if verification := st.session_state.get(_VERIFIED):
        _render_result(*verification)


def _verify() -> None:
    """Verify the whole chain, against the mark that was typed if there is one."""
    st.session_state.pop(_VERIFIED, None)
    typed = st.session_state.get("journal-known", "").strip()
    mark = JournalMark.read(typed) if typed else None
    if typed and mark is None:
        actions.refuse(_SECTION, "Ce repère n'en est pas un : un numéro de ligne, deux-points et 64 chiffres hexadécimaux.")
        return

    def verify(account: Account, _: datetime) -> Verification:
        return journals.verify(session.database(), mark, account=account)

    verified = actions.run_in_section(_SECTION, verify, "")
    if verified is not None:
        st.session_state[_VERIFIED] = verified, mark


def _render_result(verified: Verification, mark: JournalMark | None) -> None:
    if verified.broken is not None:
        st.error(
            f"La chaîne ne tient pas à la ligne {french.number(verified.broken.number)} : {_WHY[verified.broken.reason]} "
            "Gardez une copie de la base telle qu'elle est, et prévenez le responsable de la sécurité.",
            icon=":material/link_off:",
        )
        return
    checked = verified.head.number - verified.start.number
    purged = f" Les {french.number(verified.start.number)} premières ont été purgées." if verified.start.number else ""
    holds = f"La chaîne tient : {french.count(checked, 'ligne vérifiée', 'lignes vérifiées')}.{purged}"
    if mark is not None and not verified.checkable(mark):
        note = "Le repère n'a pas pu être vérifié : il est celui d'une ligne purgée. Notez le nouveau."
        st.warning(f"{holds} {note}", icon=":material/link:")
    else:
        st.success(f"{holds} Le repère est bien celui de sa ligne." if mark else holds, icon=":material/link:")
    st.caption("Repère à noter ailleurs : numéro et empreinte de la dernière ligne.")
    st.code(str(verified.head), language=None, wrap_lines=True)
