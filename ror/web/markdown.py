"""Markdown escaping: names, comments and messages appear as they were typed wherever Streamlit renders Markdown."""

import re

JOINER = "\u2060"
"""Word joiner, of no width: separates characters that Streamlit would turn into a link, icon or arrow despite escapes."""

_MARKDOWN = re.compile(r"[\\`*_\[\]<>~$&|#{}^]")
_START = re.compile(r"^(?:[-+=]|[0-9]+(?=[.)]))")
_JOINED = re.compile(r"(?::(?=\S)|@(?=\S)|(?i:www)(?=\.)|(?<!\S)<(?=-|=)|(?<!\S)-(?=[->](?!\S))|(?<!\S)[>~](?==(?!\S)))")


def literal(text: str) -> str:
    """Escape a text for Markdown, so that no heading, link, icon, colour, formula, image or HTML results from it.

    Use it for labels of buttons and tabs, and in `st.error`, `st.success`, `st.caption`..., for names, comments and typed
    text. `st.html` needs `html.escape` instead.
    """
    return "\n".join(_line(line.strip()) for line in text.splitlines())


def _line(line: str) -> str:
    separated = _JOINED.sub(lambda match: match[0] + JOINER, line)
    escaped = _MARKDOWN.sub(lambda match: f"\\{match[0]}", separated)
    # Markers of lists and rules count at the start only; the digits of « 1. » cannot be escaped, their point can.
    start = _START.match(escaped)
    if start is None:
        return escaped
    return f"{start[0]}\\{escaped[start.end() :]}" if start[0].isdigit() else f"\\{escaped}"
