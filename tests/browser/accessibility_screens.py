"""The screens and states that the test of accessibility walks through, by role."""

import re
from dataclasses import dataclass

from playwright.sync_api import Page

from ror.model.accessibility import conformity, criteria
from scripts.browser import settle
from tests.browser.examination import QUIET
from tests.region import CAMILLE, CLAUDE, HOSPITAL, PASSWORD, WARD

ACCESSIBILITY = f"Accessibilité : {conformity(criteria()).level}"
SAVE = "Enregistrer"
"""The button of the sheet, whose label ends with a number of units."""

Step = str | tuple[str, str]
"""An action on a screen: the label of what is pressed, or the label of a field and the text typed in it."""


@dataclass(frozen=True, slots=True)
class Screen:
    """A state of a screen: its address, the steps taken there in turn, and the file given to the last field for one.

    `{event}`, `{link}`, `{report}` and `{past}` of an address are replaced by ids and instants of the region of the test.
    """

    address: str
    steps: tuple[Step, ...] = ()
    file: tuple[str, str] | None = None
    loaded: bool = False
    """Whether the address is loaded anew, as it must be where an open page cannot go to it."""
    keyboard: bool = False
    """Whether it is also walked with the Tab key, as is the first screen of each kind."""

    @property
    def path(self) -> str:
        """Return the page that the screen is of."""
        return self.address.partition("?")[0]

    @property
    def name(self) -> str:
        """Return the name in the report of a fault."""
        steps = (step if isinstance(step, str) else " = ".join(step) for step in self.steps)
        return " > ".join((f"/{self.address}", *steps, *([self.file[0]] if self.file else [])))

    def reach(self, page: Page) -> None:
        """Do the steps on a page that is open at the address and drawn."""
        for step in self.steps:
            if step == SAVE:
                page.get_by_role("button", name=re.compile(f"^{SAVE}")).first.click()
            elif isinstance(step, str):
                page.get_by_text(step, exact=True).locator("visible=true").first.click()
            else:
                field = page.get_by_label(re.compile(f"^{re.escape(step[0])}")).first
                field.fill(step[1])
                field.press("Tab")
            settle(page, QUIET)
        if self.file:
            name, content = self.file
            upload = {"name": name, "mimeType": "text/csv", "buffer": content.encode()}
            page.locator("input[type=file]").last.set_input_files(upload)  # type: ignore[arg-type]
            settle(page, QUIET)


DEPARTMENT = "departements?departement=75"
STRUCTURE = f"structures?structure={HOSPITAL}&unite={WARD}"
SECTION = "administration?volet="
REGISTRY = SECTION + "Structures et unités"
SIGN_IN = (("Identifiant", CLAUDE.login), ("Mot de passe", PASSWORD), "Se connecter")
SHEET = ("Nombre de lits disponibles, Médecine interne", "7")

SCREENS = {
    "nobody": [
        Screen("departements", keyboard=True),
        Screen("departements", ("Se connecter",)),
        Screen("departements", (("Identifiant", "camille"), ("Mot de passe", "faux"), "Se connecter")),
        Screen("departements", ("Mot de passe oublié",), keyboard=True),
        Screen("departements", SIGN_IN, loaded=True),
        Screen("departements", (*SIGN_IN, ("Code", "000000"), "Valider"), loaded=True),
        Screen("?jeton=perdu", loaded=True),
        Screen("?{link}", loaded=True),
        Screen("?{link}", ("Choisir ce mot de passe",), loaded=True),
    ],
    # What every role reads is walked here; the other roles have it only where it draws something more for them.
    "professional": [
        Screen(DEPARTMENT, keyboard=True),
        Screen(STRUCTURE, keyboard=True),
        Screen("mon-compte", keyboard=True),
        Screen("aide", keyboard=True),
        Screen(DEPARTMENT, ("Carte et graphiques",), keyboard=True),
        Screen("departements", keyboard=True),
        Screen("departements?vue=unites", keyboard=True),
        Screen("departements?vue=depuis-hier"),
        Screen(f"departements?unite={WARD}"),
        Screen("departements?affichage=Carte"),
        Screen("departements?besoin=Réanimation&mini=99"),
        Screen("departements", ("Plus de critères",)),
        Screen("departements", ("État au...",)),
        Screen("departements", ("Partager",)),
        Screen("departements", ("M'alerter", "Le total atteint un seuil")),
        Screen("structures"),
        Screen("structures?q=fict", keyboard=True),
        Screen("structures?structure=nulle"),
        Screen("tendances", keyboard=True),
        Screen("tendances?territoire=75+Paris&avec=R%C3%A9gion", ("Régularité et heures",), keyboard=True),
        Screen("tendances", ("Jour par jour",)),
        Screen("tendances", ("Demain",), keyboard=True),
        Screen("comment-on-le-sait", keyboard=True),
        Screen("comment-on-le-sait", ("Le même en tableau",)),
        Screen("aide", ("Mentions légales", ACCESSIBILITY)),
        Screen("alertes", keyboard=True),
        Screen("mon-compte", ("Activer un second facteur",)),
        Screen("mon-compte", ("Changer le mot de passe",)),
        Screen("nulle-part", loaded=True, keyboard=True),
        Screen("administration", keyboard=True),
    ],
    "coordinator": [
        # Downloads, and how to call and to review.
        Screen(DEPARTMENT),
        Screen(STRUCTURE),
        Screen("aide"),
        Screen("alertes"),
        Screen("coordination", keyboard=True),
        Screen(f"coordination?appel={WARD}", ("J'appelle", "Autre nombre", "Enregistrer l'appel"), keyboard=True),
        Screen("coordination?appel=inconnue"),
        Screen("coordination?volet=Crise", keyboard=True),
        Screen("coordination?volet=Crise", ("Ouvrir un événement",)),
        Screen("coordination?volet=Crise&evenement={event}"),
        Screen(
            "coordination?volet=Crise&evenement={event}", ("Modifier ou prolonger", "Terminer l'événement", "Tous les tours")
        ),
        Screen("coordination?volet=Afflux", keyboard=True),
        Screen(f"coordination?volet=Afflux&nombre=15&pres=structure:{HOSPITAL}", ("Plus de critères",), keyboard=True),
        Screen(f"coordination?volet=Afflux&nombre=0&pres=structure:{HOSPITAL}"),
        Screen("coordination?volet=Retour+d'expérience"),
        Screen("coordination?volet=Retour+d'expérience&au={past}", keyboard=True),
        Screen("coordination?volet=Rapports", keyboard=True),
        Screen("coordination?volet=Rapports&rapport={report}"),
        Screen("coordination?volet=Écrans", ("Nouvel écran",), keyboard=True),
    ],
    "manager": [
        Screen("mise-a-jour", keyboard=True),
        Screen("mise-a-jour", (SHEET,)),
        Screen("mise-a-jour", (("Nombre de lits disponibles, Médecine interne", "99"), SAVE)),
        Screen("mise-a-jour", ("Tout est inchangé",)),
        Screen("mise-a-jour", ("Détail",)),
        Screen("mise-a-jour?rappel=inconnu"),
        Screen("mise-a-jour", ("Fermer plusieurs unités, pour un week-end ou des travaux",), keyboard=True),
        Screen("mise-a-jour", ("Tableau de mes unités, à télécharger",)),
        Screen(f"mise-a-jour?unite={WARD}", ("Détail (facultatif)", "Fermer l'unité jusqu'au ..."), keyboard=True),
        Screen(f"mise-a-jour?unite={WARD}", ("Rien n'a changé",)),
        Screen("mise-a-jour", ("Par fichier : toutes vos unités à la fois",), keyboard=True),
        Screen(
            "mise-a-jour",
            ("Par fichier : toutes vos unités à la fois",),
            ("unites.csv", f"Identifiant;Disponible\n{WARD};99\n"),
        ),
        # Who declared the numbers, the tension; reminders and the colleague who replaces.
        Screen(STRUCTURE, ("Déclarer la tension de la structure",)),
        Screen("mon-compte", keyboard=True),
        Screen("mise-a-jour", (SHEET, SAVE)),
    ],
    "administrator": [
        Screen("administration", keyboard=True),
        Screen("administration?compte=nouveau", keyboard=True),
        Screen("administration?compte=nouveau", ("Créer le compte",)),
        Screen(f"administration?compte={CAMILLE.id}", keyboard=True),
        Screen(
            "administration?compte=import",
            (),
            ("comptes.csv", "identifiant;nom;roles\nzoe;Zoé Exemple;Coordonnateur\nmax;Max Exemple;chef\n"),
        ),
        Screen("administration?compte=invitations", ("À choisir",)),
        Screen(SECTION + "Jetons", keyboard=True),
        Screen(SECTION + "Jetons&systeme=nouveau"),
        Screen(SECTION + "Jetons&systeme=inconnu"),
        Screen(REGISTRY),
        Screen(f"{REGISTRY}&structure={HOSPITAL}", ("Modifier la structure",)),
        Screen(f"{REGISTRY}&structure={HOSPITAL}", ("Fermer la structure",)),
        Screen(f"{REGISTRY}&structure={HOSPITAL}&unite={WARD}", keyboard=True),
        Screen(f"{REGISTRY}&structure={HOSPITAL}&unite=nouvelle"),
        Screen(f"{REGISTRY}&structure=nouvelle"),
        Screen(SECTION + "Types et besoins", ("Délai juste de chaque unité", "Les mots des besoins"), keyboard=True),
        Screen(SECTION + "Types et besoins&type-unite=16"),
        Screen(SECTION + "Import", keyboard=True),
        Screen(
            SECTION + "Import",
            ("Unités (liste CSV ou XLSX)",),
            ("unites.csv", f"finess;nom;type;places_installees;identifiant\n{HOSPITAL};Neuve;16;4;\n{HOSPITAL};Fausse;0;4;\n"),
        ),
        Screen(SECTION + "Rappels", keyboard=True),
        Screen(SECTION + "Commentaires", keyboard=True),
        Screen(SECTION + "Écrans"),
        Screen(SECTION + "Journal", keyboard=True),
    ],
}
