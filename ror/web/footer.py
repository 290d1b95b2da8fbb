"""The texts of the settings at the foot of every screen, signed in or not, one click away."""

from functools import lru_cache

from markdown_it import MarkdownIt

from ror.settings import settings


def drawn() -> str:
    """HTML of the footer."""
    known = settings()
    return _folded(
        (
            ("Mentions légales", known.legal_notice),
            ("Données personnelles", known.personal_data),
            ("Accessibilité", known.accessibility),
        )
    )


@lru_cache(maxsize=4)
def _folded(texts: tuple[tuple[str, str], ...]) -> str:
    """Titles, each of which unfolds its Markdown text: one message, where popovers would be nine."""
    read = MarkdownIt("js-default").render
    unfolded = "".join(f"<details><summary>{title}</summary>{read(text)}</details>" for title, text in texts)
    return f'<footer class="ror-footer">{unfolded}</footer>'
