"""What an open page holds of its forms: it outlives the session of Streamlit, which a restart of the server ends.

A browser keeps what is typed in a field as long as the field keeps its identity, and sends the values of its widgets to
the session that takes over. So each form has an id that its fields are named with, and a hidden field that holds it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from secrets import token_hex

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from ror.model.text import plain

_ID_LENGTH = 16
_LONGEST_VERSION = 200


@dataclass(frozen=True, slots=True)
class Draft:
    """A form being filled in. `id` names its fields and what it saves; `version` says what it was drawn from."""

    id: str
    version: str
    restored: bool = False
    """Whether this session took the form over from the page, which another session had drawn it for."""


def hold(name: str, version: Callable[[], str] = str) -> Draft:
    """Return the draft of a form: the one of this session, else the one that the page holds, else a new one.

    `version` gives what a new draft is drawn from, in at most 200 characters. Called while drawing, before the fields.
    """
    key = f"draft-{name}"
    draft: Draft | None = st.session_state.get(key)
    if draft is None:
        renewed = st.session_state.pop(f"{key}-discarded", False)
        draft = Draft(token_hex(_ID_LENGTH // 2), version())
        text = f"{draft.id} {draft.version}"
        found = hold_text(name, text, text if renewed else None)
        draft = st.session_state[key] = draft if found == text else _restored(found) or draft
    else:
        hold_text(name, f"{draft.id} {draft.version}")
    return draft


def hold_text(name: str, default: str, text: str | None = None) -> str:
    """Have the page hold a text in a hidden field, and return what it holds: `default` in a page that holds nothing yet.

    `text` replaces what it holds.
    """
    field = f"held-{name}"
    if text is not None:
        st.session_state[field] = text
    with st.container(key=f"hidden-{name}"):
        return st.text_input("Brouillon", default if text is None else "", key=field, label_visibility="collapsed")


def lost_file(name: str, file: UploadedFile | None) -> str:
    """Return a sentence when the page had given a file that the server has no longer, "" otherwise.

    `file` is what stands in the field of this name; it is in the memory of the server alone.
    """
    key = f"file-{name}"
    removed = st.session_state.get(key, False) and file is None
    st.session_state[key] = file is not None
    held = hold_text(key, "", plain(file.name)[-60:] if file else "" if removed else None)
    if file is not None or not held:
        return ""
    return f"Le fichier « {held} » n'est plus là : la connexion a été coupée. Retirez-le du champ, puis donnez-le de nouveau."


def discard(name: str) -> None:
    """Give up what was typed in a form, after it was saved or taken up again: the next drawing begins a new draft."""
    if st.session_state.pop(f"draft-{name}", None) is not None:
        st.session_state[f"draft-{name}-discarded"] = True


def fingerprint(*parts: str) -> str:
    """Return a short text that is another one when any of the parts is: the version of what a form is drawn from."""
    return sha256("\0".join(parts).encode()).hexdigest()[:16]


def _restored(text: str) -> Draft | None:
    """Read the draft that a page held; None for a text that no session wrote."""
    identity, _, version = text.partition(" ")
    hexadecimal = len(identity) == _ID_LENGTH and all(letter in "0123456789abcdef" for letter in identity)
    return Draft(identity, version, restored=True) if hexadecimal and len(version) <= _LONGEST_VERSION else None
