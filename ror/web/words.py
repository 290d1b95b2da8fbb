"""Names and sentences given to Streamlit where it reads Markdown: shown as they were typed, never rendered."""

import re

JOINER = "\u2060"
"""Has no width and no meaning: parts what Streamlit would join into a link, an icon or an arrow after the escapes are read."""

_MARKDOWN = re.compile(r"[\\`*_\[\]<>~$&|#{}^]")
_START = re.compile(r"^(?:[-+=]|[0-9]+(?=[.)]))")
_JOINED = re.compile(r"(?::(?=\S)|@(?=\S)|(?i:www)(?=\.)|(?<!\S)<(?=-|=)|(?<!\S)-(?=[->](?!\S))|(?<!\S)[>~](?==(?!\S)))")


def literal(text: str) -> str:
    """The Markdown that shows a text as it is: no heading, link, icon, colour, formula, image or HTML comes of it.

    For the labels of buttons and tabs, and for what `st.error`, `st.success`, `st.caption`... are given, when a name, a
    comment or something typed is part of it. `st.html` wants `html.escape` instead.
    """
    return "\n".join(_line(line.strip()) for line in text.splitlines())


def _line(line: str) -> str:
    parted = _JOINED.sub(lambda found: found[0] + JOINER, line)
    escaped = _MARKDOWN.sub(lambda found: f"\\{found[0]}", parted)
    # A list or a rule needs its mark at the start; the digits of « 1. » cannot be escaped, their point can.
    start = _START.match(escaped)
    if start is None:
        return escaped
    return f"{start[0]}\\{escaped[start.end() :]}" if start[0].isdigit() else f"\\{escaped}"
