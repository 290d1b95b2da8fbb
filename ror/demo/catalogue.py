"""What the fictitious region is made of: categories of structures, their units, and the words of their names.

Categories are those of FINESS (list of categories of establishments), unit types those of the ROR (R244). Every name is
invented; shares and capacities are orders of magnitude, not statistics.
"""

from dataclasses import dataclass

DEPARTMENTS = ("75", "77", "78", "91", "92", "93", "94", "95")


@dataclass(frozen=True, slots=True)
class UnitPlan:
    """A unit that a structure may have: drawn with this chance, its capacity within [low, high] beds or places."""

    name: str
    unit_type: str
    low: int
    high: int
    chance: float = 1.0


@dataclass(frozen=True, slots=True)
class Category:
    """A category of FINESS: how many structures, under whose hand, how they are called, what they offer.

    `title` holds `{}` where the name of a plant goes. `public` is the share run by a public legal entity, the rest goes to
    `owner` ("private" or "association"). `wards`, `day_wards` and `mind_wards` bound how many specialities
    are drawn.
    """

    code: str
    label: str
    count: int
    public: float
    owner: str
    title: str
    units: tuple[UnitPlan, ...]
    wards: tuple[int, int] = (0, 0)
    day_wards: tuple[int, int] = (0, 0)
    mind_wards: tuple[int, int] = (0, 0)


WARDS = (
    *("Cardiologie", "Pneumologie", "Chirurgie digestive", "Médecine interne", "Neurologie", "Gastro-entérologie"),
    *("Néphrologie", "Oncologie", "Chirurgie orthopédique", "Urologie", "Gynécologie", "Maternité", "Pédiatrie"),
    *("Court séjour gériatrique", "ORL", "Endocrinologie", "Rhumatologie", "Hématologie", "Maladies infectieuses"),
    *("Médecine polyvalente", "Chirurgie vasculaire", "Neurochirurgie", "Chirurgie thoracique", "Dermatologie"),
    *("Hépatologie", "Hospitalisation de courte durée"),
)
DAY_WARDS = ("Oncologie", "Gériatrie", "Diabétologie", "Cardiologie", "Médecine", "Chirurgie ambulatoire", "Pédiatrie")
MIND_WARDS = ("Secteur 1", "Secteur 2", "Secteur 3", "Secteur 4", "Secteur 5", "Secteur 6", "Crise", "Psychogériatrie")

_CRITICAL = (
    UnitPlan("Réanimation polyvalente", "121", 8, 16, 0.7),
    UnitPlan("Soins intensifs polyvalents", "122", 6, 10, 0.35),
    UnitPlan("Surveillance continue", "254", 6, 12, 0.9),
    UnitPlan("Soins intensifs de cardiologie", "262", 6, 12, 0.6),
    UnitPlan("Soins intensifs neurovasculaires", "263", 4, 8, 0.35),
)
_AFTER = (
    UnitPlan("Soins palliatifs", "175", 8, 14, 0.5),
    UnitPlan("SMR gériatrique", "101", 20, 44, 0.5),
    UnitPlan("Soins de longue durée", "249", 20, 40, 0.4),
    UnitPlan("Psychiatrie adultes", "174", 16, 25, 0.3),
)

CATEGORIES = (
    Category(
        *("101", "Centre Hospitalier Régional (C.H.R.)", 5, 1.0, "private", "Centre hospitalier régional fictif des {}"),
        units=(
            UnitPlan("Réanimation médicale", "121", 12, 20),
            UnitPlan("Réanimation chirurgicale", "121", 12, 20),
            UnitPlan("Soins intensifs polyvalents", "122", 8, 12),
            UnitPlan("Surveillance continue", "254", 10, 16),
            UnitPlan("Soins intensifs de cardiologie", "262", 8, 14),
            UnitPlan("Soins intensifs neurovasculaires", "263", 6, 12),
            UnitPlan("Soins palliatifs", "175", 10, 16),
        ),
        wards=(18, 24),
        day_wards=(3, 5),
    ),
    Category(
        *("355", "Centre Hospitalier (C.H.)", 32, 1.0, "private", "Hôpital fictif des {}", (*_CRITICAL, *_AFTER)),
        wards=(7, 12),
        day_wards=(1, 3),
    ),
    Category(
        *("365", "Etablissement de Soins Pluridisciplinaire", 28, 0.0, "private", "Clinique fictive des {}"),
        units=(
            UnitPlan("Réanimation polyvalente", "121", 6, 10, 0.2),
            UnitPlan("Surveillance continue", "254", 6, 10, 0.95),
            UnitPlan("Soins intensifs de cardiologie", "262", 6, 10, 0.3),
            UnitPlan("SMR polyvalent", "100", 20, 40, 0.3),
        ),
        wards=(4, 8),
        day_wards=(0, 2),
    ),
    Category(
        *("109", "Etablissement de santé privé autorisé en SSR", 30, 0.2, "private", "Centre fictif de réadaptation des {}"),
        units=(
            UnitPlan("SMR polyvalent", "100", 24, 50),
            UnitPlan("SMR gériatrique", "101", 20, 45, 0.8),
            UnitPlan("SMR locomoteur", "100", 20, 40, 0.6),
            UnitPlan("SMR neurologique", "100", 16, 30, 0.5),
            UnitPlan("SMR cardiovasculaire", "100", 16, 30, 0.3),
            UnitPlan("Hôpital de jour - Réadaptation", "11", 8, 20, 0.7),
        ),
    ),
    Category(
        *("292", "Centre Hospitalier Spécialisé lutte Maladies Mentales", 10, 1.0, "private"),
        title="Établissement fictif de santé mentale des {}",
        units=(UnitPlan("Hôpital de jour - Psychiatrie", "11", 10, 20), UnitPlan("Addictologie", "174", 12, 20, 0.6)),
        mind_wards=(5, 8),
    ),
    Category(
        *("161", "Maison de Santé pour Maladies Mentales", 10, 0.0, "private", "Clinique fictive de santé mentale des {}"),
        units=(UnitPlan("Hôpital de jour - Psychiatrie", "11", 8, 16, 0.7), UnitPlan("Addictologie", "174", 12, 20, 0.5)),
        mind_wards=(3, 6),
    ),
    Category(
        *("362", "Etablissement de Soins Longue Durée", 8, 1.0, "association", "Centre fictif de soins de longue durée des {}"),
        units=(
            UnitPlan("Soins de longue durée", "249", 30, 60),
            UnitPlan("Soins de longue durée - Étage 2", "249", 20, 40, 0.7),
        ),
    ),
    Category(
        *("127", "Hospitalisation à Domicile", 15, 0.4, "private", "Hospitalisation à domicile fictive des {}"),
        units=(
            UnitPlan("HAD socle - Secteur Nord", "128", 20, 60),
            UnitPlan("HAD socle - Secteur Sud", "128", 20, 60, 0.7),
            UnitPlan("HAD réadaptation", "130", 8, 24, 0.8),
        ),
    ),
    Category(
        *(
            "500",
            "Etablissement d'hébergement pour personnes âgées dépendantes",
            100,
            0.2,
            "association",
            "EHPAD fictif Les {}",
        ),
        units=(
            UnitPlan("Hébergement permanent", "21", 50, 110),
            UnitPlan("Hébergement permanent - Unité protégée", "21", 12, 28, 0.65),
            UnitPlan("Hébergement temporaire", "21", 3, 12, 0.65),
            UnitPlan("Accueil de jour", "21", 6, 14, 0.5),
            UnitPlan("PASA", "25", 12, 14, 0.6),
            UnitPlan("Hébergement temporaire d'urgence en sortie d'hospitalisation", "258", 2, 5, 0.25),
            UnitPlan("Plateforme de répit", "38", 10, 25, 0.15),
        ),
    ),
    Category(
        *("202", "Résidences autonomie", 18, 0.0, "association", "Résidence autonomie fictive Les {}"),
        units=(UnitPlan("Hébergement permanent", "22", 40, 80), UnitPlan("Hébergement temporaire", "22", 2, 6, 0.5)),
    ),
    Category(
        *("207", "Centre de Jour pour Personnes Agées", 10, 0.0, "association", "Centre de jour fictif Les {}"),
        units=(UnitPlan("Accueil de jour", "21", 8, 20), UnitPlan("Plateforme de répit", "38", 10, 25, 0.5)),
    ),
    Category(
        *("209", "Service Polyvalent Aide et Soins A Domicile (S.P.A.S.A.D.)", 10, 0.0, "association"),
        title="Service autonomie fictif des {}",
        units=(
            UnitPlan("Aide et soins à domicile", "132", 30, 80),
            UnitPlan("Équipe spécialisée Alzheimer", "29", 10, 15, 0.4),
        ),
    ),
    Category(
        *("354", "Service de Soins Infirmiers A Domicile (S.S.I.A.D)", 30, 0.1, "association", "SSIAD fictif des {}"),
        units=(
            UnitPlan("Soins infirmiers à domicile", "28", 25, 80),
            UnitPlan("Équipe spécialisée Alzheimer", "29", 10, 15, 0.5),
            UnitPlan("SSIAD renforcé", "75", 5, 12, 0.35),
        ),
    ),
    Category(
        *("182", "Service d'Éducation Spéciale et de Soins à Domicile", 16, 0.0, "association", "SESSAD fictif des {}"),
        units=(UnitPlan("Accompagnement enfants", "57", 20, 45), UnitPlan("Accompagnement adolescents", "57", 12, 30, 0.5)),
    ),
    Category(
        *("183", "Institut Médico-Educatif (I.M.E.)", 14, 0.0, "association", "IME fictif Les {}"),
        units=(
            UnitPlan("Semi-internat", "48", 30, 60),
            UnitPlan("Internat", "48", 8, 20, 0.5),
            UnitPlan("Section autisme", "48", 6, 12, 0.5),
        ),
    ),
    Category(
        *(
            "255",
            "Maison d'Accueil Spécialisée (M.A.S.)",
            10,
            0.0,
            "association",
            "Maison d'accueil spécialisée fictive Les {}",
        ),
        units=(UnitPlan("Hébergement permanent", "40", 30, 50), UnitPlan("Accueil de jour", "40", 4, 10, 0.6)),
    ),
    Category(
        *("448", "Etab.Acc.Médicalisé en tout ou partie personnes handicapées", 10, 0.0, "association"),
        title="Foyer d'accueil médicalisé fictif Les {}",
        units=(UnitPlan("Hébergement permanent", "39", 25, 45), UnitPlan("Accueil de jour", "39", 4, 10, 0.6)),
    ),
    Category(
        *("445", "Service d'accompagnement médico-social adultes handicapés", 10, 0.0, "association", "SAMSAH fictif des {}"),
        units=(UnitPlan("Accompagnement médico-social", "32", 20, 45),),
    ),
    Category(
        *("446", "Service d'Accompagnement à la Vie Sociale (S.A.V.S.)", 10, 0.0, "association", "SAVS fictif des {}"),
        units=(UnitPlan("Accompagnement à la vie sociale", "31", 25, 60),),
    ),
    Category(
        *("180", "Lits Halte Soins Santé (L.H.S.S.)", 6, 0.0, "association", "Halte soins santé fictive Les {}"),
        units=(UnitPlan("Lits halte soins santé", "93", 10, 25),),
    ),
    Category(
        *("213", "Lits d'Accueil Médicalisés (L.A.M.)", 4, 0.0, "association", "Accueil médicalisé fictif Les {}"),
        units=(UnitPlan("Lits d'accueil médicalisés", "95", 12, 25),),
    ),
    Category(
        *("165", "Appartement de Coordination Thérapeutique (A.C.T.)", 6, 0.0, "association"),
        title="Appartements thérapeutiques fictifs Les {}",
        units=(UnitPlan("Appartements de coordination", "94", 10, 25),),
    ),
)
