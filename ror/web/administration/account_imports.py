"""The import of accounts, in the sections « Import » and « Comptes »: preview a file line by line, import it, undo it."""

import html
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from ror.errors import BadFile
from ror.exchange.accounts import MANDATORY, MAX_FILE_BYTES, MAX_LINES, OPTIONAL, model_workbook
from ror.exchange.workbook import message_workbook
from ror.model import french
from ror.model.rights import Account, Action
from ror.services.accounts import imports
from ror.services.accounts.import_lines import AccountLineState, PlannedLine
from ror.services.accounts.imports import AccountsPlan
from ror.web import columns, session, tables
from ror.web.administration import import_tables, validation
from ror.web.administration.uploaded_file import on_disk
from ror.web.forms import actions
from ror.web.forms.file_preview import FilePreview
from ror.web.markdown import literal

KIND, SECTION = "Comptes (CSV ou XLSX)", "imports"
MAX_LISTED = 20
"""The most reasons of refusals that are listed in full; the table has them all."""
MAX_NUMBERS = 10
"""The most lines of one reason whose numbers are listed."""

_FILE = FilePreview("accounts", SECTION)
_WRITTEN = "accounts-written"
_WHY = "Effet, ou motif du refus"
_LABELS = {
    AccountLineState.REFUSED: "✕ Refusé",
    AccountLineState.CREATED: "+ Créé",
    AccountLineState.CHANGED: "≠ Modifié",
    AccountLineState.UNCHANGED: "= Inchangé",
}
_WORDS = {
    AccountLineState.CREATED: "créé",
    AccountLineState.CHANGED: "modifié",
    AccountLineState.UNCHANGED: "inchangé",
    AccountLineState.REFUSED: "refusé",
}
_ORDER = tuple(_LABELS)


def render_account_imports(account: Account) -> None:
    """Render the last import with its undo, the model, the choice of a file, its preview and the button that imports it."""
    written: list[PlannedLine] | None = st.session_state.get(_WRITTEN)
    if written:
        st.button("Annuler l'import", key="accounts-undo", icon=":material/undo:", on_click=_undo, args=(written,))
    most = MAX_FILE_BYTES // 2**20
    st.caption(
        f"Une ligne par compte, en CSV ou en XLSX, dont la première ligne nomme les colonnes : {', '.join(MANDATORY)}, et au "
        f"besoin {', '.join(OPTIONAL)}. Un identifiant connu modifie son compte ; une case vide de courriel ou de périmètre ne "
        f"change rien. Aucun mot de passe n'est donné : invitez ensuite les comptes créés. {most} Mo et {MAX_LINES} lignes au "
        "plus."
    )
    st.download_button(
        "Télécharger le modèle (Excel)",
        session.deferred_file(lambda _: model_workbook(), message_workbook),
        "comptes-a-remplir.xlsx",
        tables.XLSX,
        key="accounts-model",
        icon=":material/download:",
        on_click="ignore",
    )
    plan = _FILE.render("Fichier", most, lambda file: _read(account, file))
    if plan is not None:
        _render_preview(plan)
        _render_button(plan)


def _read(account: Account, file: UploadedFile) -> AccountsPlan:
    if file.size > MAX_FILE_BYTES:
        raise BadFile(f"Le fichier dépasse {MAX_FILE_BYTES // 2**20} Mo : donnez-le en plusieurs fichiers.")
    placeholder = st.empty()

    def on_wait(message: str) -> None:
        placeholder.info(literal(message), icon=":material/hourglass_top:")

    try:
        with st.spinner("Lecture du fichier…"), on_disk(file) as path:
            return imports.preview_accounts(
                session.database(), account, path, datetime.now(UTC), on_wait, validation.check_draft
            )
    finally:
        placeholder.empty()


def _render_preview(plan: AccountsPlan) -> None:
    counts = ", ".join(french.count(plan.count(state), words) for state, words in _WORDS.items())
    read = french.count(plan.read, "ligne lue", "lignes lues")
    st.html(f'<p role="status"><b>{read}</b> : {counts}. Rien n\'est encore écrit.</p>')
    _render_refusals([line for line in plan.lines if line.state is AccountLineState.REFUSED])
    if not plan.lines:
        return
    lines = sorted(plan.lines, key=lambda line: (_ORDER.index(line.state), line.number))
    states = columns.ranked([_LABELS[state] for state in _ORDER])
    by_label = {label: value for value, label in states.items()}
    table = pa.table(
        {
            "État": [by_label[_LABELS[line.state]] for line in lines],
            "Identifiant": [line.login for line in lines],
            "Nom": [line.name for line in lines],
            _WHY: [line.detail for line in lines],
            "Ligne": pa.array([line.number for line in lines], pa.int32()),
        }
    )
    config: dict[str, Any] = {"Identifiant": st.column_config.Column(width=150), "Nom": st.column_config.Column(width=200)}
    config[_WHY] = st.column_config.Column(width=560)
    config["État"] = st.column_config.SelectboxColumn(
        options=list(states), format_func=lambda state: states[str(state)], width=110
    )
    tables.draw(table, "accounts-lines", height=tables.full_height(lines, 12), config=config)
    if plan.rejects:
        st.caption("Les lignes refusées, à corriger, avec leur motif :")
        file = tables.Download("comptes-refuses", "Comptes refusés", Action.MANAGE_ACCOUNTS)
        tables.download(import_tables.refused_table(plan.rejects), "accounts-refused", file)


def _render_refusals(lines: Sequence[PlannedLine]) -> None:
    """Render the reasons of the refused lines in full, each once: the table cuts long sentences."""
    if not lines:
        return
    by_reason: dict[str, list[PlannedLine]] = {}
    for line in lines:
        by_reason.setdefault(line.detail, []).append(line)
    shown = list(by_reason.items())[:MAX_LISTED]
    reasons = "".join(f"<li>{_refused_words(same)} : {html.escape(reason)}</li>" for reason, same in shown)
    more = len(lines) - sum(len(same) for _, same in shown)
    others = f"<li>{french.count(more, 'autre')}, à lire dans le tableau.</li>" if more > 0 else ""
    st.html(f'<div class="ror-refused"><p>Ce qui est refusé, et pourquoi :</p><ul>{reasons}{others}</ul></div>')


def _refused_words(lines: Sequence[PlannedLine]) -> str:
    """Return the HTML that names lines refused for one reason: « lea (ligne 2) », « 40 lignes (2, 3, 4, 5, 6...) »."""
    if len(lines) == 1:
        return f"<b>{html.escape(lines[0].login or lines[0].name)}</b> (ligne {lines[0].number})"
    numbers = ", ".join(str(line.number) for line in lines[:MAX_NUMBERS])
    return f"<b>{len(lines)} lignes</b> ({numbers}{'...' if len(lines) > MAX_NUMBERS else ''})"


def _render_button(plan: AccountsPlan) -> None:
    number = len(plan.to_write)
    if not number:
        st.info("Ce fichier ne crée ni ne modifie aucun compte : il n'y a rien à importer.")
        return
    st.button(
        f"Importer {french.count(number, 'compte')}",
        type="primary",
        icon=":material/upload:",
        key=f"accounts-go-{_FILE.number}",
        on_click=_import,
        args=(plan,),
    )


def _import(plan: AccountsPlan) -> None:
    """Write the plan; when an account changed since, the file still in its field is previewed again."""
    if not _FILE.holds(plan):
        return
    done = ", ".join(
        french.count(plan.count(state), _WORDS[state]) for state in (AccountLineState.CREATED, AccountLineState.CHANGED)
    )
    refused = french.count(plan.count(AccountLineState.REFUSED), "ligne refusée", "lignes refusées")
    created = " Invitez les comptes créés : volet « Comptes », « Invitations »." if plan.count(AccountLineState.CREATED) else ""
    written = actions.run_in_section(
        SECTION,
        lambda account, now: imports.write(session.database(), account, plan, now),
        f"Import terminé : {done} ; {refused}.{created}",
    )
    _FILE.discard()
    if written is not None:
        st.session_state[_WRITTEN] = written
        _FILE.empty()


def _undo(written: list[PlannedLine]) -> None:
    """Undo what was just written, once."""
    if st.session_state.get(_WRITTEN) is not written:
        return
    actions.run_in_section(
        SECTION,
        lambda account, now: imports.undo(session.database(), account, written, now),
        "Import annulé : les comptes créés sont effacés, les autres sont comme avant.",
    )
    st.session_state.pop(_WRITTEN, None)
    _FILE.discard()
