"""Pages without Streamlit and without a script: what the links of a mail open, and refusals; they read on any phone."""

from html import escape

from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from ror.settings import settings
from ror.web.server import assets

_HOME = "Aller à la première page"


def response(title: str, body: str, status: int = 200) -> HTMLResponse:
    """Return a page of this title, with a body of HTML below it, and the support at its foot."""
    config = settings()
    telephone = escape(config.support_telephone)
    banner = '<p class="demo">Démonstration - données fictives</p>' if config.demo else ""
    return HTMLResponse(
        '<!DOCTYPE html><html lang="fr"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">'
        f"<title>{escape(title)} - {escape(config.service_name)}</title>"
        f'<link rel="icon" href="{assets.address(assets.ICON)}">'
        f'<link rel="stylesheet" href="{assets.address(assets.PLAIN_STYLE)}"></head><body><main>{banner}'
        f'<p class="service">{escape(config.service_name)} · {escape(config.region)}</p><h1>{escape(title)}</h1>{body}'
        f'</main><footer>Support : <a href="tel:{telephone.replace(" ", "")}">{telephone}</a>, {escape(config.support_hours)}'
        "</footer></body></html>",
        status,
    )


def refusal(connection: HTTPConnection, status: int, words: str) -> Response:
    """Return the answer to a refused or failed request: a page to a browser that opens the address, else the sentence."""
    if "text/html" not in connection.headers.get("accept", ""):
        return PlainTextResponse(words, status)
    return response("Erreur" if status >= 500 else "Adresse refusée", sentence(words, "refused") + link("/", _HOME), status)


def sentence(words: str, kind: str) -> str:
    """Return a sentence as HTML; `kind`, its class, is refused or done."""
    role = "alert" if kind == "refused" else "status"
    return f'<p class="{kind}" role="{role}">{escape(words)}</p>'


def form(label: str) -> str:
    """Return a form of one button, which posts to the address of its page: the address holds the token that allows it."""
    return f'<form method="post"><button type="submit">{escape(label)}</button></form>'


def link(address: str, label: str) -> str:
    """Return a link that looks like a button."""
    return f'<a class="button" href="{escape(address)}">{escape(label)}</a>'
