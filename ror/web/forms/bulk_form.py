"""« Par fichier »: a manager's units as a workbook to fill in, what it would do once it comes back, one button that writes."""

import html
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePath
from typing import Any

import pyarrow as pa
import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.uploaded_file_manager import UploadedFile

from ror.errors import RorError
from ror.exchange.declarations_file import LARGEST_FILE
from ror.exchange.workbook import sentence
from ror.model.capacity import Declaration, Kind
from ror.model.freshness import PARIS
from ror.model.rights import Account, Action
from ror.model.text import plain
from ror.services.availability import bulk
from ror.services.availability.bulk import BulkLine, LineState
from ror.web import columns, session, tables, views
from ror.web.forms import actions, declaration_draft, drafts
from ror.web.markdown import literal
from ror.web.server import uploads

MOST_TOLD = 20
"""Refusals that are told in full; the table has them all."""

_SECTION = "bulk"
_WHY = "Effet, ou motif du refus"
_PREVIEW, _ROUND, _SAVED, _MADE = "bulk-preview", "bulk-round", "bulk-saved", "bulk-made"
_ORDER = (LineState.REFUSED, LineState.TO_CONFIRM, LineState.ACCEPTED, LineState.UNTOUCHED)
_WORDS = {
    LineState.ACCEPTED: ("acceptée", "acceptées"),
    LineState.TO_CONFIRM: ("à confirmer", "à confirmer"),
    LineState.UNTOUCHED: ("laissée telle quelle", "laissées telles quelles"),
    LineState.REFUSED: ("refusée", "refusées"),
}


@dataclass(frozen=True, slots=True)
class _Preview:
    """What the file in the field would do; kept while it stays there. `number` counts the previews of the session."""

    file: str
    lines: list[BulkLine]
    number: int


@session.fragment(Action.DECLARE)
def show(account: Account) -> None:
    """The folded part: nothing of it is made before it is opened."""
    part = st.expander("Par fichier : toutes vos unités à la fois", icon=":material/table_view:", key="bulk", on_change="rerun")
    if part.open:
        with part:
            _opened(account)


def _opened(account: Account) -> None:
    _acknowledge()
    st.html(
        "<p>Téléchargez le classeur de vos unités, remplissez sa colonne « Disponible », puis donnez-le ici : un aperçu dit "
        "ce qui sera enregistré avant que rien ne soit écrit. Une case vide laisse l'unité telle quelle ; le même nombre le "
        "confirme.</p>"
    )
    _download()
    most = LARGEST_FILE // 2**20
    turn = st.session_state.get(_ROUND, 0)
    file = uploads.uploader(
        "Fichier rempli (XLSX ou CSV)", max_upload_size=most, key=f"bulk-file-{turn}", on_change=_changed, args=(turn,)
    )
    st.caption(f"{most} Mo au plus. N'y mettez aucune donnée patient.")
    if lost := drafts.lost_file("bulk", file):
        st.warning(literal(lost), icon=":material/link_off:")
    if file is None:
        st.session_state.pop(_PREVIEW, None)
        return
    try:
        preview = _preview(account, file)
    except RorError as error:
        st.error(literal(error.message), icon=":material/error:")
        return
    _table(preview.lines)
    _button(preview, _asked(preview))


def _changed(turn: int) -> None:
    """Another file: what was done before is no longer said. After a double click, the field that went away changes too."""
    if turn == st.session_state.get(_ROUND, 0):
        actions.forget(_SECTION)


def _download() -> None:
    def made(account: Account) -> bytes:
        return bulk.export_file(session.database(), account, views.view(account), datetime.now(UTC))

    st.download_button(
        "Télécharger mes unités (Excel)",
        session.making(made, sentence),
        f"mes-unites-a-remplir-{datetime.now(PARIS):%Y-%m-%d-%Hh%M}.xlsx",
        tables.XLSX,
        key="bulk-download",
        icon=":material/download:",
        on_click="ignore",
    )


def _preview(account: Account, file: UploadedFile) -> _Preview:
    """The preview of the file in the field: kept, or read now."""
    kept: _Preview | None = st.session_state.get(_PREVIEW)
    if kept is not None and kept.file == file.file_id:
        return kept
    st.session_state.pop(_PREVIEW, None)
    st.session_state.pop(_SAVED, None)
    name = plain(PurePath(file.name).name)[-60:] or "fichier"
    waiting = st.empty()
    try:
        with st.spinner("Lecture du fichier…"):
            db, view, now = session.database(), views.view(account), datetime.now(UTC)
            lines = bulk.preview(db, account, view, name, file.getvalue(), now, lambda words: _wait(waiting, words))
    finally:
        waiting.empty()
    st.session_state[_MADE] = st.session_state.get(_MADE, 0) + 1
    preview = _Preview(file.file_id, lines, st.session_state[_MADE])
    st.session_state[_PREVIEW] = preview
    return preview


def _wait(place: DeltaGenerator, words: str) -> None:
    place.info(words, icon=":material/hourglass_top:")


def _table(lines: list[BulkLine]) -> None:
    told = [(sum(line.state is state for line in lines), *_WORDS[state]) for state in LineState]
    counts = ", ".join(tables.count(*one) for one in told if one[0]) or "aucune n'est remplie"
    st.html(
        f'<p role="status"><b>{tables.count(len(lines), "ligne lue", "lignes lues")}</b> : {counts}. '
        "Rien n'est encore écrit.</p>"
    )
    _refused([line for line in lines if line.state is LineState.REFUSED])
    lines = sorted(lines, key=lambda line: (_ORDER.index(line.state), line.number))
    states = columns.ranked([state.label for state in _ORDER])
    by_label = {label: value for value, label in states.items()}
    table = pa.table(
        {
            "État": [by_label[line.state.label] for line in lines],
            "Unité": [line.name for line in lines],
            "Avant": [columns.by_number(line.before) for line in lines],
            "Dans le fichier": [columns.by_number(line.after) for line in lines],
            _WHY: [line.detail for line in lines],
            "Structure": [line.structure for line in lines],
            "Ligne": pa.array([line.number for line in lines], pa.int32()),
        }
    )
    widths = {"Unité": 230, _WHY: 340, "Structure": 280, "Ligne": 60}
    config: dict[str, Any] = {name: st.column_config.Column(width=width) for name, width in widths.items()}
    config["État"] = st.column_config.SelectboxColumn(
        options=list(states), format_func=lambda state: states[str(state)], width=110
    )
    config |= {name: st.column_config.Column(width=110, alignment="right") for name in ("Avant", "Dans le fichier")}
    tables.draw(table, "bulk-lines", height=tables.full_height(lines, 12), config=config)


def _refused(lines: list[BulkLine]) -> None:
    """Why, in full: a table cuts long sentences."""
    if not lines:
        return
    told = "".join(
        f"<li><b>{html.escape(line.name)}</b> (ligne {line.number}) : {html.escape(line.detail)}</li>"
        for line in lines[:MOST_TOLD]
    )
    more = len(lines) - MOST_TOLD
    also = f"<li>{tables.count(more, 'autre')}, à lire dans le tableau.</li>" if more > 0 else ""
    st.html(f"<div><p>Ce qui est refusé, et pourquoi :</p><ul>{told}{also}</ul></div>")


def _asked(preview: _Preview) -> list[BulkLine]:
    """The unusual numbers that the user says yes to, one by one."""
    asked = [line for line in preview.lines if line.state is LineState.TO_CONFIRM]
    if not asked:
        return []
    st.html("<p>Ces nombres sont inhabituels : cochez ceux qui sont justes, les autres ne seront pas enregistrés.</p>")
    return [
        line
        for line in asked
        if st.checkbox(literal(f"{line.name} : {line.detail}"), key=f"bulk-yes-{preview.file}-{line.number}")
    ]


def _button(preview: _Preview, sure: list[BulkLine]) -> None:
    accepted = [line for line in preview.lines if line.state is LineState.ACCEPTED] + sure
    if not accepted:
        st.info("Aucune ligne n'est à enregistrer : remplissez la colonne « Disponible », puis donnez le fichier de nouveau.")
        return
    words = "Enregistrer la ligne acceptée" if len(accepted) == 1 else f"Enregistrer les {len(accepted)} lignes acceptées"
    # A button of its own: the second press of a double click is not for the preview that the first one had made again.
    key = f"bulk-go-{preview.number}"
    st.button(words, type="primary", icon=":material/save:", key=key, on_click=_save, args=(preview, accepted))


def _save(preview: _Preview, lines: list[BulkLine]) -> None:
    """Write them. When one is refused now, the preview is made again from the file still in its field.

    A preview serves once: the second press of a double click would say that nothing was written, when the first one did.
    """
    if st.session_state.get(_PREVIEW) is not preview:
        return
    done = _make(lambda account, now: bulk.write(session.database(), account, lines, now), "")
    if done:
        confirmed = sum(event.kind is Kind.CONFIRMED for event in done)
        counts = f"{tables.count(len(done) - confirmed, 'nouveau nombre', 'nouveaux nombres')}, "
        counts += tables.count(confirmed, "confirmation")
        saved = f"{tables.count(len(done), 'unité enregistrée', 'unités enregistrées')} : {counts}."
        st.session_state["bulk-done"] = saved + _left_out(preview, lines)
        st.session_state[_SAVED] = done
        st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1


def _left_out(preview: _Preview, written: list[BulkLine]) -> str:
    """The lines that had a number and were not written, by the names of their units."""
    left = [one for one in preview.lines if one.state in (LineState.REFUSED, LineState.TO_CONFIRM) and one not in written]
    if not left:
        return ""
    named = ", ".join(f"{one.name} (ligne {one.number})" for one in left[:MOST_TOLD])
    more = f" et {len(left) - MOST_TOLD} de plus" if len(left) > MOST_TOLD else ""
    return f" {tables.count(len(left), 'ligne non enregistrée', 'lignes non enregistrées')} : {named}{more}."


def _undo(events: list[Declaration]) -> None:
    """Take back what was just written, once too."""
    if st.session_state.get(_SAVED) is not events:
        return
    _make(lambda account, now: bulk.undo(session.database(), account, events, now), "Annulé : vos unités sont comme avant.")


def _make(gesture: Callable[[Account, datetime], list[Declaration]], words: str) -> list[Declaration] | None:
    """Make a gesture; the forms of its units are drawn again from what they are now."""
    done: list[Declaration] | None = actions.make(_SECTION, gesture, words)
    for name in (_PREVIEW, _SAVED):
        st.session_state.pop(name, None)
    declaration_draft.forget([event.unit for event in done or []])
    return done


def _acknowledge() -> None:
    """What was just written, with « Annuler »."""
    actions.acknowledge(_SECTION)
    saved: list[Declaration] | None = st.session_state.get(_SAVED)
    if saved:
        st.button("Annuler tout", key="bulk-undo", icon=":material/undo:", on_click=_undo, args=(saved,))
