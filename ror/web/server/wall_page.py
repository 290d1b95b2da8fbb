"""The page of the wall: its frame alone, which its script fills in."""

from functools import cache
from html import escape

from starlette.responses import HTMLResponse

from ror.settings import settings
from ror.web.server import assets


def response() -> HTMLResponse:
    """Return the page; it is the same for everybody, and holds no data."""
    config = settings()
    demo = '<p class="demo">Démonstration - données fictives</p>' if config.demo else ""
    scripts = "".join(f'<script src="{assets.address(name)}" defer></script>' for name in assets.WALL_SCRIPTS)
    return HTMLResponse(
        '<!DOCTYPE html><html lang="fr" data-theme="dark"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">'
        f"<title>Écran mural - {escape(config.service_name)}</title>"
        f'<link rel="icon" href="{assets.address(assets.ICON)}">'
        f'<link rel="stylesheet" href="{assets.address(assets.WALL_STYLE)}">{scripts}</head>'
        f'<body data-version="{version()}"><header><h1>{escape(config.region)}</h1><p id="room"></p>{demo}'
        '<p id="state"></p><p id="clock"></p></header>'
        '<p id="lost" role="alert" hidden></p>'
        '<main id="message"><p role="status">Ouverture de l\'écran...</p>'
        "<noscript><p>Cet écran a besoin de JavaScript.</p></noscript></main>"
        f'<main id="wall" hidden>{_SECTIONS}</main></body></html>'
    )


_SECTIONS = (
    '<section id="tiles" aria-label="Totaux"></section>'
    '<section id="map" aria-label="Carte"><svg id="drawing" role="img" aria-label="Carte des structures"></svg>'
    '<svg id="inset" class="absent" role="img" aria-label="Carte de Paris et de ses voisins"></svg>'
    '<ul id="legend" aria-label="Âge de la dernière mise à jour"></ul></section>'
    '<section id="departments"><table aria-label="Départements"><thead><tr>'
    '<th scope="col">Département</th><th scope="col">Lits</th>'
    '<th scope="col">Places</th><th scope="col">Retard</th></tr></thead><tbody></tbody></table></section>'
    '<div id="lists">'
    '<section id="crises" hidden><h2>Événements en cours</h2><ul></ul></section>'
    '<section id="degraded"><h2>Depuis une heure</h2><p></p><ul></ul></section>'
    '<section id="latest"><h2>Dernières mises à jour</h2><ul></ul></section>'
    "</div>"
)


@cache
def version() -> str:
    """Return a text that changes with the scripts and the style: a page that has been open for days reloads by it."""
    names = (*assets.WALL_SCRIPTS, assets.WALL_STYLE)
    return "-".join(assets.address(name).removeprefix(assets.FOLDER).partition("/")[0] for name in names)
