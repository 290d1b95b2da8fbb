"""The user's guide on screen: five steps, each with a small picture."""

from urllib.parse import quote

import streamlit as st

from ror.model.freshness import usual_duties
from ror.settings import settings
from ror.web import legend

_STROKE = 'fill="none" stroke="#1b4965" stroke-width="3" stroke-linecap="round" stroke-linejoin="round"'
_PICTURES = (
    f'<circle cx="32" cy="22" r="9" {_STROKE}/><path d="M14 52c3-12 33-12 36 0M46 12l4 4 8-9" {_STROKE}/>',
    f'<rect x="10" y="14" width="44" height="36" rx="4" {_STROKE}/><path d="M18 26h28M18 34h28M24 43h16" {_STROKE}/>',
    f'<path d="M14 50V16M14 40h38v10M52 40c0-8-6-10-12-10H14" {_STROKE}/><path d="M44 8v14M37 15h14" {_STROKE}/>',
    '<rect x="8" y="24" width="10" height="16" fill="#186d2a"/><rect x="20" y="24" width="10" height="16" fill="#0e7efc"/>'
    '<rect x="32" y="24" width="10" height="16" fill="#d07e04"/><rect x="44" y="24" width="10" height="16" fill="#4f1628"/>',
    f'<path d="M10 16l14-6 16 6 14-6v38l-14 6-16-6-14 6z" {_STROKE}/><path d="M24 10v38M40 16v38" {_STROKE}/>',
)


def _picture(drawing: str) -> str:
    """Return a drawing as a data URL of an SVG image: `st.html` removes inline SVG."""
    return "data:image/svg+xml," + quote(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">{drawing}</svg>')


def _texts() -> dict[str, str]:
    return {
        "Être habilité": "Pour déclarer, votre compte doit porter le profil « Responsable de disponibilités ». Pour consulter "
        "seulement, le profil « Professionnel de santé » ou « Coordonnateur » suffit.",
        "Se connecter": "Le lien reçu à la création de votre accès sert à choisir votre mot de passe. « Mot de passe "
        f"oublié » en donne un autre ; le support répond {settings().support_hours}.",
        "Mettre à jour": "Menu « Disponibilités » puis « Mise à jour » : choisissez l'unité, indiquez le nombre disponible, "
        "ajoutez un commentaire si besoin, « Enregistrer ». Si rien n'a bougé, « Rien n'a changé » suffit. Au moins une fois "
        "par semaine. Pour des places, comptez les patients que l'unité peut prendre en charge sur la semaine : "
        "1 place = 1 patient.",
        "Lire les couleurs": "La couleur donne l'âge de la dernière mise à jour, jamais le taux d'occupation : vert, le nombre "
        "a moins d'une heure. Plus il est ancien, plus il vaut mieux appeler avant d'orienter un patient. "
        "« Encore vrai à 86 % » est la probabilité qu'il n'ait pas changé depuis, quand le passé de l'unité permet de le dire.",
        "Consulter": "« Par département » montre la région ; un clic sur la carte ou sur le nom d'un département ouvre le "
        "détail par structure. « Par structure » cherche un établissement et montre ses unités, leurs téléphones et leurs 90 "
        "derniers jours. « M'alerter » enregistre une question : vous êtes prévenu à l'écran, et par courriel si vous voulez, "
        "quand une unité y répond ou qu'un total passe un seuil. "
        "Après un appel, dites d'une pression si le nombre est exact, s'il n'y a plus de place ou si "
        "personne ne répond : les autres lecteurs et le responsable le verront.",
    }


def render_steps() -> None:
    """Render the five steps, in the order in which a new user needs them."""
    cards = "".join(
        f'<li><img src="{_picture(picture)}" width="64" height="64" alt="">'
        f"<div><h2>{number}. {title}</h2><p>{text}</p></div></li>"
        for number, (picture, (title, text)) in enumerate(zip(_PICTURES, _texts().items(), strict=True), 1)
    )
    st.html(f'<ol class="ror-steps">{cards.replace("« ", "«&nbsp;").replace(" »", "&nbsp;»")}</ol>')


def render_wall() -> None:
    """Render how a crisis room gets its wall screen, for accounts that may create one."""
    st.markdown(
        "- « Coordination », volet « Écrans » : donnez le nom de la salle, puis ouvrez le lien sur son ordinateur, en plein "
        "écran (F11). Le lien n'est montré qu'une fois et ne sert qu'une fois ; ensuite, l'adresse `/mur` suffit.\n"
        "- L'écran n'a pas de compte : il ne montre ni téléphone, ni commentaire, ni nom de personne. Le volet dit quand il a "
        "servi ; « Révoquer » le ferme en moins d'une minute.\n"
        "- Un bandeau rouge dit quand la connexion est perdue, et de quelle heure sont les nombres qui restent affichés."
    )


def render_rules() -> None:
    """Render the rules of aggregates and of overdue units."""
    st.markdown(
        "- Un département ou une structure prend la couleur de son **unité médiane** : la moitié de ses unités est au moins "
        "aussi récente. Une unité jamais renseignée compte comme la plus ancienne.\n"
        "- **En retard** : l'unité a dépassé le délai de son type, "
        f"{usual_duties(legend.duty())} ; pendant un événement (plan blanc, canicule...), le "
        "rythme que la coordination a demandé.\n"
        "- **T1**, **T2** sur la carte : tension que l'établissement déclare (1, en tension ; 2, saturé), sans rapport avec "
        "les couleurs.\n"
        "- Les lits et les places ne s'additionnent jamais : un lit se compte maintenant, une place sur la semaine.\n"
        "- **⚑ Contredit** : des lecteurs qui ont appelé disent autre chose que ce nombre. La marque reste jusqu'à la "
        "prochaine déclaration, et ne change ni l'âge ni la couleur.\n"
        "- Une unité fermée, pour un temps ou au répertoire, offre 0 et n'est pas en retard.\n"
        "- **Par téléphone, coordination** : un coordonnateur a appelé l'unité et écrit le nombre qui lui a été donné.\n"
        "- Le **rapport de la région** se reçoit par courriel, aux heures choisies, et se retrouve par date : menu "
        "« Coordination », volet « Rapports », pour les coordonnateurs.\n"
        "- Ce service ne gère pas les **transferts** : aucun patient n'y est nommé. Trouvez ici la place, puis convenez du "
        "transfert par téléphone, ou dans l'outil de votre région."
    )


def render_calls() -> None:
    """Render how coordinators call units."""
    st.header("Le tour d'appels")
    st.markdown(
        "1. Menu « Coordination », volet « Appels » : ouvrez une unité par sa ligne, les plus douteuses d'abord.\n"
        "2. « J'appelle » vous la réserve dix minutes : les autres coordonnateurs lisent votre nom et n'appellent pas.\n"
        "3. Notez ce que l'appel a donné : nombre confirmé, autre nombre, injoignable, à rappeler à une heure.\n"
        "4. Si votre compte en a le droit, le nombre devient celui de l'unité, « par téléphone, coordination » ; son "
        "responsable le voit en tête à sa visite suivante.\n"
        "5. La note est lue des coordonnateurs seuls : aucune donnée de patient.\n"
        "6. « Ordre : Ce qu'un appel apprend » met en tête les nombres qui ont le plus de chances d'avoir changé ; « Rythmes "
        "inhabituels », sous la liste, les unités dont le nombre ne bouge plus, ou change sans cesse."
    )


def render_surge_and_review() -> None:
    """Render how coordinators simulate a surge and review a past instant."""
    st.header("Prévoir un afflux, revenir sur un instant passé")
    st.markdown(
        "- Menu « Coordination », volet « Afflux » : tant de patients d'un besoin, près d'un lieu ; les places libres les plus "
        "proches se remplissent d'abord. La réponse dit combien sont placés, à quelle distance, ce qui est plein et quand, "
        "et l'âge des nombres dont elle dépend. Rien n'est réservé : appelez avant d'orienter.\n"
        "- Volet « Retour d'expérience » : ce que le tableau savait à un instant passé, et ce qui a été appris depuis de cet "
        "instant (déclaration tardive, correction, lecteur, appel). Ce que personne n'a appris reste « inconnu »."
    )
