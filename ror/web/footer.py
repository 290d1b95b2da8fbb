"""The footer of every screen: legal notice, personal data, accessibility, and once signed in the version."""

from functools import lru_cache

from markdown_it import MarkdownIt

from ror.model.accessibility import ASSESSED_ON, Conformity, conformity, criteria
from ror.settings import settings
from ror.version import version


def html(*, inside: bool) -> str:
    """Return the HTML of the footer, with the texts of the settings; only users `inside` see the version."""
    current, result = settings(), conformity(criteria())
    accessibility = (
        ("Accessibilité", current.accessibility)
        if current.accessibility
        else (f"Accessibilité : {result.level}", statement(result))
    )
    return _render(
        (
            ("Mentions légales", current.legal_notice),
            ("Données personnelles", current.personal_data),
            accessibility,
        ),
        f"<span>Version {version()}</span>" if inside else "",
    )


def statement(result: Conformity) -> str:
    """Return the accessibility statement that the law asks for, as Markdown in French."""
    current = settings()
    missed = "\n".join(f"- {barrier}" for barrier in result.barriers) or "- Aucun contenu connu."
    return f"""« {current.service_name} » est **{result.level}** au référentiel RGAA 4.1.

{result.conform} des {result.applicable} critères qui s'appliquent sont respectés ({result.percentage} %), d'après une
auto-évaluation du {ASSESSED_ON:%d/%m/%Y} : examen automatique de chaque écran et de chaque rôle avec axe dans Chromium,
parcours au clavier seul, mesures de contraste, de zoom et d'espacement. Elle ne remplace pas l'audit d'un tiers, et n'a pas
été menée avec un lecteur d'écran.

**Contenus non accessibles**

{missed}

**Nous signaler une difficulté**

Support : {current.support_telephone}, {current.support_hours}, [{current.support_mail}](mailto:{current.support_mail}),
[formulaire]({current.support_form}). Dites l'écran et ce que vous vouliez faire : une réponse et un autre moyen d'accès
vous sont dus.

**Voies de recours**

Sans réponse satisfaisante, vous pouvez saisir le Défenseur des droits : [formulaire](https://formulaire.defenseurdesdroits.fr/),
09 69 39 00 00, ou par courrier sans timbre à Défenseur des droits, Libre réponse 71120, 75342 Paris CEDEX 07.
"""


@lru_cache(maxsize=4)
def _render(texts: tuple[tuple[str, str], ...], end: str) -> str:
    """Return titles that unfold their Markdown text: one message to the browser, where popovers would take nine."""
    render = MarkdownIt("js-default").render
    details = "".join(f"<details><summary>{title}</summary>{render(text)}</details>" for title, text in texts)
    return f'<footer class="ror-footer" role="contentinfo" aria-label="Pied de page">{details}{end}</footer>'
