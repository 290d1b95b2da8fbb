"""Drafts of forms, stored by the open page: they survive the Streamlit session, which ends when the server restarts.

A browser keeps the text typed in a field as long as the field keeps its identity, and sends the values of its widgets to
the session that replaces the lost one. So each form has an id, which is part of the keys of its fields, and a hidden field
that stores this id.
"""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from secrets import token_hex

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from ror.model.text import plain

_ID_LENGTH = 16
_MAX_VERSION_LENGTH = 200


@dataclass(frozen=True, slots=True)
class FormDraft:
    """A form being filled in. `id` is part of the keys of its fields; `version` identifies the data it was rendered from."""

    id: str
    version: str
    restored: bool = False
    """Whether this session restored the form from the page, for which another session had rendered it."""


def load(name: str, version: Callable[[], str] = str) -> FormDraft:
    """Return the draft of a form: that of this session, else that of the page, else a new one.

    `version` returns the version of a new draft, at most 200 characters. Called while rendering, before the fields.
    """
    key = f"draft-{name}"
    draft: FormDraft | None = st.session_state.get(key)
    if draft is None:
        renewed = st.session_state.pop(f"{key}-discarded", False)
        draft = FormDraft(token_hex(_ID_LENGTH // 2), version())
        text = f"{draft.id} {draft.version}"
        page_text = load_text(name, text, text if renewed else None)
        draft = st.session_state[key] = draft if page_text == text else _restored(page_text) or draft
    else:
        load_text(name, f"{draft.id} {draft.version}")
    return draft


def load_text(name: str, default: str, text: str | None = None) -> str:
    """Return the text that the page stores in a hidden field, `default` in a new page.

    `text` replaces the stored text.
    """
    field = f"stored-{name}"
    if text is not None:
        st.session_state[field] = text
    with st.container(key=f"hidden-{name}"):
        return st.text_input("Brouillon", default if text is None else "", key=field, label_visibility="collapsed")


def lost_file(name: str, file: UploadedFile | None) -> str:
    """Return a sentence when the page had sent a file that the server has no longer, "" otherwise.

    `file` is the present value of the upload field of this name; the server stores it in its memory alone.
    """
    key = f"file-{name}"
    removed = st.session_state.get(key, False) and file is None
    st.session_state[key] = file is not None
    lost = load_text(key, "", plain(file.name)[-60:] if file else "" if removed else None)
    if file is not None or not lost:
        return ""
    return f"Le fichier « {lost} » n'est plus là : la connexion a été coupée. Retirez-le du champ, puis donnez-le de nouveau."


def discard(name: str) -> None:
    """Discard the draft of a form, after it was saved or restarted: the next rendering begins a new one."""
    if st.session_state.pop(f"draft-{name}", None) is not None:
        st.session_state[f"draft-{name}-discarded"] = True


def fingerprint(*parts: str) -> str:
    """Return a short hash of the data that a form is rendered from, to be its version."""
    return sha256("\0".join(parts).encode()).hexdigest()[:16]


def _restored(text: str) -> FormDraft | None:
    """Parse the draft that a page stored; return None for a text that no session wrote."""
    identity, _, version = text.partition(" ")
    hexadecimal = len(identity) == _ID_LENGTH and all(letter in "0123456789abcdef" for letter in identity)
    return FormDraft(identity, version, restored=True) if hexadecimal and len(version) <= _MAX_VERSION_LENGTH else None
