"""What a manager is typing for one unit: from the number that the form was drawn with to the one that it will save."""

from collections.abc import Sequence
from dataclasses import dataclass
from secrets import token_hex
from typing import Any

import streamlit as st

from ror.model.capacity import EventKind
from ror.model.nomenclature import CapacityType
from ror.model.rights import Account
from ror.services.availability import declare
from ror.web import session
from ror.web.forms import attention, drafts
from ror.web.server import reruns

Row = dict[str, Any]


@dataclass(slots=True)
class Draft:
    """The form as it was first drawn for a unit: its values do not move under the hands of who types.

    `seen` is the position of the unit that a press is judged against, `key` names the fields, `save_id` what they save:
    sent twice, it is written once. `cut_off`: somebody
    declared while the page had no connection; only a refusal moves `seen` on then, since a redraw may go unseen.
    """

    row: Row
    seen: int
    key: str
    masks_seen: int
    save_id: str = ""
    cut_off: bool = False
    news: str = ""
    refusal: str = ""
    question: str = ""
    answer: int = 0
    forgotten: int = 0

    @property
    def comment_key(self) -> str:
        """The field of the comment: another one once a masked text was taken out of it."""
        return f"comment-{self.key}-{self.forgotten}"

    def typed(self, name: str) -> Any:
        """What stands in a field now."""
        return st.session_state.get(self.comment_key if name == "comment" else f"{name}-{self.key}")

    def untouched(self, details: Sequence[str]) -> bool:
        """Whether number and comment are still those that the form was drawn with, and no detail was typed."""
        number = "" if self.row["available"] is None else str(self.row["available"])
        same = self.typed("available") == number and (self.typed("comment") or "") == self.row["comment"]
        return same and not any(self.typed(name) for name in details)

    def refuse(self, sentence: str = "", question: str = "") -> None:
        """Show a refusal or a question, alone: the answer to an earlier press no longer stands beside it."""
        self.refusal, self.question, self.news = sentence, question, ""
        self.answer = attention.answer()
        st.session_state.pop("saved", None)


def current(row: Row, account: Account) -> Draft:
    """Return the draft of a unit: this session's, or the one that the page held when its session was lost.

    What such a page had sent may have been written without its learning so: then it gets its answer now, and its fields
    stay, in which somebody may have typed since.
    """
    held = drafts.hold(_name(row["unit"]), lambda: str(row["position"]))
    draft: Draft | None = st.session_state.get(_key(row["unit"]))
    if draft is None or draft.key != held.id:
        seen = _position(held.version) if held.restored else row["position"]
        draft = st.session_state[_key(row["unit"])] = Draft(row, seen, held.id, seen, held.id)
        if held.restored:
            _acknowledge(draft, account)
    return draft


def _position(version: str) -> int:
    """Read the position that a form was drawn from; 0, before every event, for what no session wrote."""
    return int(version) if version.isascii() and version.isdigit() and len(version) < 19 else 0


def _acknowledge(draft: Draft, account: Account) -> None:
    """Answer what the form had sent before it lost its session: what it saves from now on is something else."""
    event = declare.saved(session.database(), account, draft.row["unit"], draft.save_id, draft.seen)
    if event is not None:
        draft.seen = draft.masks_seen = event.position
        draft.save_id = token_hex(8)
        st.session_state["saved"] = event
        st.rerun()


def forget(units: Sequence[str]) -> None:
    """The forms of these units, declared meanwhile, are drawn again from their present numbers."""
    for unit in units:
        st.session_state.pop(_key(unit), None)
        drafts.discard(_name(unit))
    st.session_state.pop("saved", None)


def restart(draft: Draft) -> None:
    """Take the form up again from the unit's present number; what was typed is given up, knowingly."""
    forget([draft.row["unit"]])


def update(draft: Draft, row: Row) -> None:
    """Note what happened to the unit since the form was drawn: saving after that is saving over it, knowingly."""
    if row["position"] == draft.seen:
        return
    draft.cut_off |= reruns.first_of_connection()
    if not draft.cut_off:
        draft.seen = row["position"]
    if row["kind"] == EventKind.MASKED:
        _forget_comment(draft, row)
        if row["observed_at"] == draft.row["observed_at"]:
            return
    if not draft.refusal:
        number = "aucun nombre" if row["available"] is None else CapacityType(row["capacity_type"]).of(row["available"])
        draft.news = f"Entre-temps, {row['author']} a déclaré {number}. Vérifiez votre saisie, gardée, avant d'enregistrer."


def _forget_comment(draft: Draft, row: Row) -> None:
    """A comment was masked: it goes from the form, unless what was sent of it is something else, which was refused.

    The field is a new one: emptied, the old one would still send what a browser holds of it and no longer shows.
    """
    if (draft.typed("comment") or "") == draft.row["comment"] != row["comment"]:
        draft.forgotten += 1
    draft.row = {**draft.row, "comment": row["comment"]}


def _name(unit: str) -> str:
    return f"declare-{unit}"


def _key(unit: str) -> str:
    return f"declaration-{unit}"
