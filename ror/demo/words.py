"""The words of the fictitious region: plants, streets, people, and the harmless comments of its declarations."""

PLANTS = (
    *("Tilleuls", "Glycines", "Acacias", "Bleuets", "Érables", "Lilas", "Marronniers", "Cerisiers", "Peupliers", "Ormes"),
    *("Platanes", "Genêts", "Bruyères", "Églantines", "Jonquilles", "Coquelicots", "Mésanges", "Hirondelles", "Cèdres"),
    *("Charmes", "Noisetiers", "Amandiers", "Camélias", "Pervenches", "Primevères", "Capucines", "Fougères", "Roseaux"),
    *("Saules", "Sorbiers", "Aubépines", "Chênes", "Hêtres", "Lavandes", "Magnolias", "Mimosas", "Muguets", "Myosotis"),
)

STREETS = (
    *("rue des Jardins", "avenue de la Fontaine", "rue du Moulin", "boulevard des Promenades", "allée des Vergers"),
    *("rue de la Source", "chemin des Vignes", "place du Marché", "rue des Écoles", "avenue des Marguerites"),
    *("rue du Lavoir", "allée du Belvédère", "rue des Prés", "avenue du Grand-Clos", "rue de l'Étang"),
)

ENTITIES = {
    "public": "Groupe hospitalier fictif des {}",
    "private": "Société fictive de santé des {}",
    "association": "Association fictive Les {}",
}
"""How the legal entities of each family are called; « {} » is a plant."""

FIRST_NAMES = (
    *("Alix", "Andréa", "Ange", "Ariel", "Charlie", "Dany", "Élie", "Gaby", "Jackie", "Jocelyn", "Joss", "Lou", "Loïs"),
    *("Maé", "Maxime", "Morgan", "Noa", "Pascale", "Robin", "Sasha", "Swann", "Valéry", "Yaël", "Yanick"),
)

SURNAMES = (
    *("Valombre", "Boisclair", "Hautecour", "Rivemont", "Clairfond", "Sourceville", "Beaulicou", "Fontvert", "Grandpré"),
    *("Montrivel", "Pierrelune", "Roselac", "Sabledor", "Ventelys", "Champfleur", "Nuageville"),
)

BED_COMMENTS = (
    "Chambres doubles uniquement.",
    "Chambres individuelles uniquement.",
    "Une sortie prévue demain, à confirmer.",
    "Priorité aux transferts internes aujourd'hui.",
    "Lits rouverts progressivement.",
    "Contacter le cadre de santé de garde la nuit.",
    "Ascenseur en maintenance, brancards par le monte-malade.",
)
COMMON_COMMENTS = (
    "Appeler le secrétariat avant tout adressage.",
    "Effectif soignant réduit cette semaine.",
    "Dossier à transmettre par messagerie sécurisée.",
    "Entrées possibles dès demain matin.",
    "Travaux dans une aile, accueil par l'entrée nord.",
)
PLACE_COMMENTS = (
    "Admissions possibles du lundi au vendredi, avant 16 h.",
    "Places réservées au secteur.",
    "Évaluation préalable nécessaire.",
    "Pas d'admission le week-end.",
    "Visite de préadmission possible sur rendez-vous.",
    "Commission d'admission jeudi.",
)
COMMENTS = (*BED_COMMENTS, *COMMON_COMMENTS, *PLACE_COMMENTS)
"""Beds draw from the first two lists, places from the last two."""
