"""The file of an upload, on the disk while it is read."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePath

from streamlit.runtime.uploaded_file_manager import UploadedFile

from ror.model.text import plain


@contextmanager
def on_disk(file: UploadedFile) -> Iterator[Path]:
    """Write the upload to a temporary file and yield its path; the file keeps its name, which messages quote."""
    name = plain(PurePath(file.name).name).replace("\0", "")[-60:]
    with tempfile.TemporaryDirectory(prefix="ror-import-") as folder:
        path = Path(folder) / (name if name.strip(".") else "fichier")
        path.write_bytes(file.getbuffer())
        yield path
