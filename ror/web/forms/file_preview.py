"""A field for a file, with the preview of its content: for imports, and for the numbers of a manager."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from ror.errors import RorError
from ror.web.forms import actions, drafts
from ror.web.markdown import literal
from ror.web.server import uploads

Content = TypeVar("Content")


@dataclass(frozen=True, slots=True)
class FilePreview:
    """The field of this name; another file removes the messages of the section."""

    name: str
    section: str

    def render(
        self,
        label: str,
        megabytes: int,
        read: Callable[[UploadedFile], Content],
        *,
        caption: str = "",
        variant: str = "",
    ) -> Content | None:
        """Render the field; return what `read` makes of its file, called once for each file.

        None without a file, or when `read` raised `RorError`: its message is rendered. A field of another `variant` is empty.
        """
        round_number = st.session_state.get(self._round, 0)
        file = uploads.uploader(
            label,
            max_upload_size=megabytes,
            key=f"{self.name}-file-{round_number}{variant}",
            on_change=self._change_file,
            args=(round_number,),
        )
        if caption:
            st.caption(caption)
        if lost := drafts.lost_file(self.name, file):
            st.warning(literal(lost), icon=":material/link_off:")
        if file is None:
            self.discard()
            return None
        cached: tuple[str, Content] | None = st.session_state.get(self._preview)
        if cached is not None and cached[0] == file.file_id:
            return cached[1]
        self.discard()
        try:
            content = read(file)
        except RorError as error:
            st.error(literal(error.user_message), icon=":material/error:")
            return None
        st.session_state[self._count] = self.number + 1
        st.session_state[self._preview] = (file.file_id, content)
        return content

    @property
    def number(self) -> int:
        """How many files were read: a button of each preview has its own key, or a double click would reach the next one."""
        return int(st.session_state.get(self._count, 0))

    @property
    def file(self) -> str:
        """The id of the previewed file, "" without one: it stays when the same file is read again."""
        cached = st.session_state.get(self._preview)
        return str(cached[0]) if cached else ""

    def holds(self, content: Any) -> bool:
        """Return whether this is the present preview, the same object: the second click of a double click finds it gone."""
        cached = st.session_state.get(self._preview)
        return cached is not None and cached[1] is content

    def discard(self) -> None:
        """Discard the preview: the file that is still in the field is read again."""
        st.session_state.pop(self._preview, None)

    def empty(self) -> None:
        """Discard the preview and empty the field, after its file was written."""
        self.discard()
        st.session_state[self._round] = st.session_state.get(self._round, 0) + 1

    def _change_file(self, round_number: int) -> None:
        """Remove the messages of the previous file; after a double click, the field of the previous round changes too."""
        if round_number == st.session_state.get(self._round, 0):
            actions.clear_messages(self.section)

    @property
    def _preview(self) -> str:
        return f"{self.name}-preview"

    @property
    def _round(self) -> str:
        return f"{self.name}-round"

    @property
    def _count(self) -> str:
        return f"{self.name}-preview-count"
