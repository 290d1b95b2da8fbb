"""The footer of every screen, signed in or not: legal notice, personal data, accessibility."""

from functools import lru_cache

from markdown_it import MarkdownIt

from ror.settings import settings


def html() -> str:
    """Return the HTML of the footer, with the texts of the settings."""
    current = settings()
    return _render(
        (
            ("Mentions légales", current.legal_notice),
            ("Données personnelles", current.personal_data),
            ("Accessibilité", current.accessibility),
        )
    )


@lru_cache(maxsize=4)
def _render(texts: tuple[tuple[str, str], ...]) -> str:
    """Return titles that unfold their Markdown text: one message to the browser, where popovers would take nine."""
    render = MarkdownIt("js-default").render
    details = "".join(f"<details><summary>{title}</summary>{render(text)}</details>" for title, text in texts)
    return f'<footer class="ror-footer">{details}</footer>'
