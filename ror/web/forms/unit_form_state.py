"""The state of the form of one unit, from its first rendering to its save."""

from collections.abc import Sequence
from dataclasses import dataclass
from secrets import token_hex
from typing import Any

import streamlit as st

from ror.errors import DeclarationField
from ror.model.declaration import EventKind
from ror.model.nomenclature import CapacityType
from ror.model.rights import Account
from ror.services.availability import declare
from ror.services.availability.consult import UnitRow
from ror.web import session
from ror.web.forms import attention, drafts
from ror.web.server import reruns


@dataclass(slots=True)
class UnitFormState:
    """The form of a unit as it was first rendered: its initial values do not change while its user types.

    `seen_position` is the position of the unit that an action is checked against. `key` names the fields. `save_id` names
    what they save, which is written once even when it is sent twice. `cut_off` is True once somebody else declared while the
    page had no connection: only a refusal advances `seen_position` then, since the user may not have seen the new rendering.
    """

    row: UnitRow
    seen_position: int
    key: str
    masks_seen: int
    save_id: str = ""
    cut_off: bool = False
    conflict: str = ""
    refusal: str = ""
    question: str = ""
    about: DeclarationField = "number"
    answer: int = 0
    removed_comments: int = 0

    @property
    def comment_key(self) -> str:
        """Return the key of the comment's field; it changes once a masked text was removed from the field."""
        return f"comment-{self.key}-{self.removed_comments}"

    def typed(self, name: str) -> Any:
        """Return the present value of a field."""
        return st.session_state.get(self.comment_key if name == "comment" else f"{name}-{self.key}")

    def untouched(self, details: Sequence[str]) -> bool:
        """Return whether number and comment are still those that the form was rendered with, and no detail was typed."""
        number = "" if self.row["available"] is None else str(self.row["available"])
        same = self.typed("available") == number and (self.typed("comment") or "") == self.row["comment"]
        return same and not any(self.typed(name) for name in details)

    def refuse(self, sentence: str = "", question: str = "", about: DeclarationField = "number") -> None:
        """Store a refusal of a field, or a question, in place of the messages of earlier actions."""
        self.about = about
        self.refusal, self.question, self.conflict = sentence, question, ""
        self.answer = attention.new_answer()
        st.session_state.pop("saved", None)


def current(row: UnitRow) -> UnitFormState:
    """Return the state of a unit's form: that of this session, or the one that the page kept when its session was lost."""
    draft = drafts.load(_name(row["unit"]), lambda: str(row["position"]))
    form: UnitFormState | None = st.session_state.get(_key(row["unit"]))
    if form is None or form.key != draft.id:
        seen_position = _position(draft.version) if draft.restored else row["position"]
        form = st.session_state[_key(row["unit"])] = UnitFormState(row, seen_position, draft.id, seen_position, draft.id)
    return form


def _position(version: str) -> int:
    """Parse the position that a form was rendered from; return 0, before every event, for a text that no session wrote."""
    return int(version) if version.isascii() and version.isdigit() and len(version) < 19 else 0


def discard(units: Sequence[str]) -> None:
    """Discard the forms of these units, which are rendered again from their present numbers."""
    for unit in units:
        st.session_state.pop(_key(unit), None)
        drafts.discard(_name(unit))
    st.session_state.pop("saved", None)


def restart(form: UnitFormState) -> None:
    """Discard the form and what was typed in it, as its user asked: it starts again from the unit's present number."""
    discard([form.row["unit"]])


def update(form: UnitFormState, row: UnitRow, account: Account) -> None:
    """Apply to the form what happened to the unit since it was rendered; its user is warned before saving over it."""
    if row["position"] == form.seen_position:
        return
    _render_lost_answer(form, account)
    form.cut_off |= reruns.first_of_connection()
    if not form.cut_off:
        form.seen_position = row["position"]
    if row["kind"] == EventKind.MASKED:
        _remove_masked_comment(form, row)
        if row["observed_at"] == form.row["observed_at"]:
            return
    if not form.refusal:
        number = "aucun nombre" if row["available"] is None else CapacityType(row["capacity_type"]).of(row["available"])
        form.conflict = f"Entre-temps, {row['author']} a déclaré {number}. Vérifiez votre saisie, gardée, avant d'enregistrer."


def _render_lost_answer(form: UnitFormState, account: Account) -> None:
    """Rerun to render the success of what this form wrote, when the run that wrote it ended before its answer was rendered.

    A lost connection or another message of the page ends a run at any access to the session state: the form is therefore
    changed after the first access only. The fields keep what was typed since, which is saved under a new id.
    """
    event = declare.saved(session.database(), account, form.row["unit"], form.save_id, form.seen_position)
    if event is not None:
        st.session_state["saved"] = event
        form.seen_position = form.masks_seen = event.position
        form.save_id = token_hex(8)
        st.rerun()


def _remove_masked_comment(form: UnitFormState, row: UnitRow) -> None:
    """Remove a comment that was masked from the form, unless its user typed another one.

    The field gets a new key: the old field, emptied, would still send the text that the browser keeps and no longer shows.
    """
    if (form.typed("comment") or "") == form.row["comment"] != row["comment"]:
        form.removed_comments += 1
    form.row = {**form.row, "comment": row["comment"]}


def _name(unit: str) -> str:
    return f"declare-{unit}"


def _key(unit: str) -> str:
    return f"declaration-{unit}"
