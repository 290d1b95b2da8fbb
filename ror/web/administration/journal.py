"""« Journal »: who did what, when, from where; take it out, and check that nobody rewrote it."""

from datetime import UTC, date, datetime, time, timedelta

import streamlit as st

from ror.errors import RorError
from ror.exchange.about import Told
from ror.exchange.journal_words import in_words, to_journal_csv, with_ids
from ror.exchange.workbook import to_workbook
from ror.model.freshness import PARIS, instant_words
from ror.model.journal import Act, Mark, Outcome
from ror.model.rights import Account, Action
from ror.services import journal as journals
from ror.services.accounts import administer, tokens
from ror.services.availability import export
from ror.services.journal import Verified, Wanted
from ror.web import session, tables
from ror.web.markdown import literal

MOST_SHOWN = 500
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
_VERIFIED, _REFUSED = "journal-verified", "journal-refused"


def show(account: Account) -> None:
    """The filters and the lines they keep, then the verification."""
    session.require(Action.READ_JOURNAL)
    wanted = _filters(account)
    if wanted is not None:
        _lines(account, wanted)
    st.subheader("Vérifier la chaîne")
    _verification()


def _filters(account: Account) -> Wanted | None:
    """What the filters ask, None when their period is none."""
    names = _names(account)
    with st.container(horizontal=True, vertical_alignment="bottom", key="journal-filters"):
        since, until = _day("Du", "journal-since"), _day("Au", "journal-until")
        acts = {act.label: str(act) for act in Act}
        kept = st.multiselect("Actes", list(acts), key="actes", bind="query-params", placeholder="Tous", width=260)
        outcomes = {_ALL: "", **{outcome.label.capitalize(): str(outcome) for outcome in Outcome}}
        outcome = st.selectbox("Résultat", list(outcomes), key="resultat", bind="query-params", placeholder="Tous", width=130)
        who = st.selectbox(
            "Compte",
            ["", *names],
            key="journal-account",
            format_func=lambda one: names.get(one, "Tous"),
            placeholder="Cherchez un compte",
            width=260,
        )
        text = st.text_input(
            "FINESS, unité ou compte",
            key="journal-text",
            placeholder="990000018, 990000018-medecine...",
            autocomplete="off",
            width=220,
        )
    if since and until and until < since:
        st.warning("La période finit avant de commencer : corrigez une de ses deux dates.")
        return None
    return Wanted(
        since=_midnight(since),
        until=_midnight(until + timedelta(days=1)) if until else None,
        acts=tuple(acts[label] for label in kept),
        outcome=outcomes.get(outcome, ""),
        account=who or "",
        text=(text or "").strip(),
    )


def _names(account: Account) -> dict[str, str]:
    rows = administer.accounts_found(session.database(), account, "").to_pylist()
    people = {row["id"]: f"{row['name']} ({row['login']})" for row in rows}
    known = tokens.known(session.database(), account, datetime.now(UTC)).to_pylist()
    return people | {row["account"]: f"{row['name']} (jeton)" for row in known}


def _day(label: str, key: str) -> date | None:
    # Wider than what is kept: a day out of bounds would be refused in English.
    farthest = datetime.now(PARIS).date().replace(month=12, day=31) + timedelta(days=3653)
    day: date | None = st.date_input(label, None, date(1900, 1, 1), farthest, format="DD/MM/YYYY", key=key, width=140)
    return day


def _midnight(day: date | None) -> datetime | None:
    return datetime.combine(day, time(), PARIS).astimezone(UTC) if day else None


def _lines(account: Account, wanted: Wanted) -> None:
    db = session.database()
    read = journals.read(db, account, wanted, datetime.now(UTC), MOST_SHOWN + 1)
    if not read.num_rows:
        st.info("Aucune ligne du journal ne correspond à ces filtres.")
        return
    shown = in_words(read.slice(0, MOST_SHOWN))
    more = (
        f", les plus récentes des {MOST_SHOWN} et plus : précisez les filtres, ou téléchargez"
        if read.num_rows > MOST_SHOWN
        else ""
    )
    st.caption(f"{tables.count(shown.num_rows, 'ligne')}{more}. Les heures sont celles de Paris.")
    tables.draw(
        shown,
        "journal-lines",
        height=tables.full_height(range(shown.num_rows), 15),
        config={
            "Ligne": st.column_config.NumberColumn(width=60, format="%d"),
            "Date": st.column_config.DatetimeColumn(format="DD/MM/YYYY HH:mm:ss", timezone="Europe/Paris", width=150),
            "Qui": st.column_config.TextColumn(width=160),
            "Depuis": st.column_config.TextColumn(width=130),
            "Avant": st.column_config.TextColumn(width=200),
            "Après": st.column_config.TextColumn(width=320),
        },
    )

    def csv(actor: Account) -> bytes:
        return to_journal_csv(journals.export(db, actor, wanted, datetime.now(UTC)))

    def workbook(actor: Account) -> bytes:
        now = datetime.now(UTC)
        of = export.about("Journal", now, asked=_asked(wanted))
        return to_workbook(with_ids(journals.export(db, actor, wanted, now)), of, seconds=True)

    with st.container(horizontal=True, gap="small", key="files-journal"):
        tables.buttons("journal", tables.file_name("journal"), csv, workbook)


def _asked(wanted: Wanted) -> tuple[Told, ...]:
    """What the filters ask, in words."""
    words = {
        "Depuis le": instant_words(wanted.since) if wanted.since else "",
        "Avant le": instant_words(wanted.until) if wanted.until else "",
        "Actes": ", ".join(Act(act).label for act in wanted.acts),
        "Résultat": Outcome(wanted.outcome).label if wanted.outcome else "",
        "Compte": wanted.account,
        "FINESS, unité ou compte": wanted.text,
    }
    return tuple((name, said) for name, said in words.items() if said)


def _verification() -> None:
    st.caption(
        "Chaque ligne porte l'empreinte de la précédente : une ligne modifiée, retirée ou ajoutée hors du service se voit. "
        "Le repère donné ici, noté ailleurs, montre aussi une fin coupée ou un journal réécrit en entier."
    )
    with st.container(horizontal=True, vertical_alignment="bottom", key="journal-check"):
        st.text_input(
            "Repère noté auparavant (facultatif)", key="journal-known", placeholder="1204:9f86d0...", autocomplete="off"
        )
        st.button("Vérifier la chaîne", icon=":material/verified:", key="journal-verify", on_click=_verify)
    if refused := st.session_state.get(_REFUSED):
        st.error(literal(refused), icon=":material/error:")
    if kept := st.session_state.get(_VERIFIED):
        _say(*kept)


def _verify() -> None:
    """Read the whole chain, for whoever may read the journal now."""
    for name in (_VERIFIED, _REFUSED):
        st.session_state.pop(name, None)
    account = session.current()
    if account is None:
        return
    typed = st.session_state.get("journal-known", "").strip()
    known = Mark.read(typed) if typed else None
    if typed and known is None:
        st.session_state[_REFUSED] = "Ce repère n'en est pas un : un numéro de ligne, deux-points et 64 chiffres hexadécimaux."
        return
    try:
        st.session_state[_VERIFIED] = (journals.verify(session.database(), known, account=account), known)
    except RorError as error:
        st.session_state[_REFUSED] = error.message


def _say(verified: Verified, known: Mark | None) -> None:
    if verified.broken is not None:
        st.error(
            f"La chaîne ne tient pas à la ligne {tables.number(verified.broken.number)} : {_WHY[verified.broken.why]} "
            "Gardez une copie de la base telle qu'elle est, et prévenez le responsable de la sécurité.",
            icon=":material/link_off:",
        )
        return
    checked = verified.head.number - verified.start.number
    purged = f" Les {tables.number(verified.start.number)} premières ont été purgées." if verified.start.number else ""
    holds = f"La chaîne tient : {tables.count(checked, 'ligne vérifiée', 'lignes vérifiées')}.{purged}"
    if known is not None and not verified.checkable(known):
        told = "Le repère n'a pas pu être vérifié : il est celui d'une ligne purgée. Notez le nouveau."
        st.warning(f"{holds} {told}", icon=":material/link:")
    else:
        st.success(f"{holds} Le repère est bien celui de sa ligne." if known else holds, icon=":material/link:")
    st.caption("Repère à noter ailleurs : numéro et empreinte de la dernière ligne.")
    st.code(str(verified.head), language=None, wrap_lines=True)
