import pytest
from hypothesis import given
from hypothesis import strategies as st

from ror.model.filters import Filters
from ror.model.needs import published_needs, with_words
from ror.model.nomenclature import CapacityType, unit_types
from ror.model.patient_type import PatientType
from ror.model.place import Place
from ror.model.place_names import MAX_STRUCTURES
from ror.model.question import Question, lexicon, read_question
from ror.model.search import folded
from ror.model.text import plain

LIMITS = (1.0, 24.0, 168.0)
COMMUNES = [
    Place(f"commune:{code}", name, code[:2])
    for code, name in {
        "77288": "Melun",
        "94028": "Créteil",
        "93066": "Saint-Denis",
        "94068": "Saint-Maur-des-Fossés",
        "92051": "NEUILLY SUR SEINE",
        "93050": "Neuilly-sur-Marne",
        "94041": "Ivry-sur-Seine",
        "94043": "Le Kremlin-Bicêtre",
        "91377": "Massy",
        "75113": "Paris 13e Arrondissement",
    }.items()
]
STRUCTURES = [
    Place(f"structure:{finess}", name, finess[:2], commune)
    for finess, name, commune in (
        ("770000001", "Centre hospitalier de Melun", "Melun"),
        ("770000002", "Clinique Saint-Jean", "Melun"),
        ("930000001", "HOPITAL DELAFONTAINE", "Saint-Denis"),
        ("750000001", "HOPITAL SAINT-LOUIS (AP-HP)", "Paris"),
        ("940000001", "GHU HENRI MONDOR", "Créteil"),
        ("940000002", "HOPITAL ALBERT CHENEVIER", "Créteil"),
    )
]
NUMBERS = {place.key.removeprefix("structure:"): place.department for place in STRUCTURES} | {"2A0000001": "2A"}
OF_REGION = lexicon(published_needs(), unit_types().values(), COMMUNES, STRUCTURES, NUMBERS, LIMITS)


def read(text, words=OF_REGION):
    return read_question(text, words)


def filters_of(need="", **others):
    return Filters(needs=(need,) if need else (), **others)


SMR_GERIATRICS = Filters(needs=("geriatrie", "smr"), every_need=True)


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("réa melun", Question(filters_of("reanimation"), ("commune:77288",))),
        ("réanimation près de Melun", Question(filters_of("reanimation"), ("commune:77288",))),
        ("MELUN, REANIMATIONS", Question(filters_of("reanimation"), ("commune:77288",))),
        ("smr gériatrique 94", Question(SMR_GERIATRICS, departments=("94",))),
        ("long séjour 94", Question(filters_of("geriatrie"), departments=("94",))),
        ("moyen séjour 94", Question(filters_of("smr"), departments=("94",))),
        ("psy ado 94", Question(filters_of("psychiatrie-enfants"), departments=("94",))),
        ("creteil psy", Question(filters_of("psychiatrie-adultes"), ("commune:94028",))),
        ("had 77", Question(filters_of("had"), departments=("77",))),
        ("Hospitalisation à domicile, Val-de-Marne", Question(filters_of("had"), departments=("94",))),
        (
            "SMR gériatrique à moins de 20 km de Créteil, au moins 2, moins de 24 h",
            Question(
                Filters(needs=("geriatrie", "smr"), every_need=True, at_least=2, ranks=(0, 1)),
                ("commune:94028",),
                kilometres=20,
            ),
        ),
        (
            "2 lits de réa à Melun",
            Question(filters_of("reanimation", at_least=2, capacity_type=CapacityType.BED), ("commune:77288",)),
        ),
        (
            "places de had depuis moins de 7 jours",
            Question(filters_of("had", capacity_type=CapacityType.PLACE, ranks=(0, 1, 2))),
        ),
        ("réa pour un homme", Question(filters_of("reanimation", sex="men"))),
        ("chirurgie femmes adultes", Question(filters_of("chirurgie", sex="women", patients=PatientType.ADULT))),
        ("réa ou usc", Question(Filters(needs=("reanimation", "soins-critiques")))),
        ("réanimation pédiatrique", Question(Filters(needs=("reanimation", "pediatrie"), every_need=True))),
        ("", Question()),
        ("  , ; de la ", Question()),
    ],
)
def test_a_question_says_what_is_needed_and_where(text, question):
    assert read(text) == question


@pytest.mark.parametrize(
    ("text", "types", "needs"),
    [
        ("cardiologie", ("149",), ()),
        ("cardio", ("149",), ()),
        ("USIC", ("262",), ()),
        ("usld", ("249",), ()),
        ("hdj", ("11",), ()),
        ("chirurgie viscérale et digestive", ("153",), ()),
        ("SMR pneumologie", ("105",), ()),
        ("Soins Médicaux et de Réadaptation (SMR) polyvalent", ("100",), ()),
        # Several types bear it.
        ("usip", ("122", "123", "139", "15"), ()),
        ("smr cardio-vasculaire", ("104",), ()),
        # A need is wider than the type that has its name, for units of other types are named so.
        ("réanimation", (), ("reanimation",)),
        ("unité de réanimation", ("121",), ()),
        ("smr", (), ("smr",)),
        ("maternité", (), ("maternite",)),
        ("médecine", (), ("medecine",)),
    ],
)
def test_words_name_a_type_when_they_are_more_precise_than_a_need(text, types, needs):
    question = read(text)
    assert (question.filters.unit_types, question.filters.needs, question.unread) == (types, needs, ())


def test_types_and_words_are_those_of_the_region():
    own = lexicon(with_words({"smr": ("ortolan*",)}), [unit_types()["121"]], COMMUNES, STRUCTURES, NUMBERS, LIMITS)
    assert read("ortolans", own).filters.needs == ("smr",)
    assert read("usic", own).filters.unit_types == ()
    assert read("ssr", own).unread == ("ssr",)
    assert read("SMR", own).filters.needs == ("smr",), "the label of a need is always understood"


@pytest.mark.parametrize(
    ("text", "places", "departments"),
    [
        ("Saint-Denis", ("commune:93066",), ()),
        ("st denis", ("commune:93066",), ()),
        ("saint denis 93", ("commune:93066",), ()),
        # In the département asked for, even where the region has none.
        ("saint denis 974", ("commune:97411",), ()),
        ("Seine-Saint-Denis", (), ("93",)),
        ("melun 94", ("commune:77288",), ("94",)),
        ("94 93", (), ("94", "93")),
        ("paris", (), ("75",)),
        ("près de Paris", ("commune:75056",), ()),
        ("à moins de 5 km de Paris", ("commune:75056",), ()),
        ("paris 13", ("commune:75113",), ()),
        ("Paris 13e arrondissement", ("commune:75113",), ()),
        ("77000", ("commune:77288",), ()),
        ("94028", ("commune:94028",), ()),
        ("2a", (), ("2A",)),
        # The beginning of the name of a commune of the region.
        ("ivry", ("commune:94041",), ()),
        ("saint maur", ("commune:94068",), ()),
        ("kremlin bicêtre", ("commune:94043",), ()),
        # So is that of one without a unit, in a département of the region.
        ("évry", ("commune:91228",), ()),
        ("près d'Évry", ("commune:91228",), ()),
        ("courcouronnes", ("commune:91228",), ()),
        # Several begin so: all are given.
        ("neuilly", ("commune:92051", "commune:93050"), ()),
        ("neuilly 93", ("commune:93050",), ()),
        ("Fontenay-sous-Bois", ("commune:94033",), ()),
        ("lyon", ("commune:69123",), ()),
    ],
)
def test_a_place_is_named_by_its_commune_or_its_departement(text, places, departments):
    question = read(text)
    assert (question.places, question.departments, question.unread) == (places, departments, ())


def test_homonyms_outside_the_region_are_all_given():
    places = read("réa saint-michel").places
    assert len(places) > 1
    assert all(key.startswith("commune:") for key in places)


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("940000001", ("structure:940000001",)),
        ("94 0 000 001", ("structure:940000001",)),
        ("réa 940 000 001", ("structure:940000001",)),
        # Without a unit.
        ("2a0 000 001", ("structure:2A0000001",)),
        ("2A0000001", ("structure:2A0000001",)),
        ("mondor", ("structure:940000001",)),
        ("Hôpital Henri-Mondor", ("structure:940000001",)),
        ("hopital creteil", ("structure:940000002",)),
        ("hôpital mondor créteil", ("structure:940000001",)),
        ("Centre hospitalier de Melun", ("structure:770000001",)),
        ("clinique melun", ("structure:770000002",)),
        ("réa hôpital mondor", ("structure:940000001",)),
        # A structure of the region rather than a commune far from it.
        ("saint louis", ("structure:750000001",)),
        ("saint-louis 75", ("structure:750000001",)),
    ],
)
def test_a_structure_is_named_by_its_number_or_by_words_of_its_name(text, places):
    question = read(text)
    assert (question.places, question.departments, question.unread) == (places, (), ())


def test_words_of_many_structures_name_none():
    many = [Place(f"structure:{number}", "Clinique fictive", "94", "Créteil") for number in range(MAX_STRUCTURES + 1)]
    few = lexicon(published_needs(), (), COMMUNES, many[:-1], {}, LIMITS)
    assert len(read("fictive", few).places) == MAX_STRUCTURES
    assert read("fictive", lexicon(published_needs(), (), COMMUNES, many, {}, LIMITS)) == Question(unread=("fictive",))


@pytest.mark.parametrize("count", [1, MAX_STRUCTURES + 1])
def test_a_word_of_structures_is_not_a_far_commune_of_that_name(count):
    named = [Place(f"structure:{number}", "Hôpital des Sorbiers", "94", "Créteil") for number in range(count)]
    words = lexicon(published_needs(), (), COMMUNES, [*named, STRUCTURES[0]], {}, LIMITS)
    few = count <= MAX_STRUCTURES
    places = tuple(place.key for place in named) if few else ()
    unread = () if few else ("sorbiers",)
    for text in ("sorbiers", "réa sorbiers", "sorbiers 94"):
        assert (read(text, words).places, read(text, words).unread) == (places, unread)
    assert read("sorbiers créteil", words).places == (places or ("commune:94028",))
    assert read("sorbiers melun", words) == Question(places=("commune:77288",), unread=("sorbiers",))
    # Its département or its postal code says that it is that one; no structure of the region is named otherwise.
    assert read("sorbiers 42", words).places == read("42290", words).places == ("commune:42302",)
    assert read("sorbiers").places == ("commune:42302",)


@pytest.mark.parametrize(
    ("text", "unread"),
    [
        ("réa xyzzy", ("xyzzy",)),
        ("dentiste melun", ("dentiste",)),
        ("melu", ("melu",)),
        ("reanim", ("reanim",)),
        ("mel réa", ("mel",)),
        ("990 750 001", ("990", "750", "001")),
        ("moins de 12 h", ("moins de 12 h",)),
        ("saint", ("saint",)),
        ("chambre", ("chambre",)),
        ("mondor melun", ("mondor",)),
        ("hôpital", ("hopital",)),
        ("hôpital xyzzy", ("hopital", "xyzzy")),
        # « mondor » names a structure and is understood, although « urgences » is not.
        ("urgences mondor", ("urgences",)),
    ],
)
def test_what_is_not_understood_is_left_over_and_never_guessed(text, unread):
    assert read(text).unread == unread


@pytest.mark.parametrize("label", [one.label for one in published_needs().values()])
def test_the_label_of_every_need_is_understood(label):
    question = read(label)
    assert question.filters.needs
    assert question.unread == ()


@pytest.mark.parametrize("unit_type", [one for one in unit_types().values() if one.capacity_type], ids=lambda one: one.code)
def test_the_label_of_every_type_is_understood(unit_type):
    question = read(unit_type.label)
    assert question.unread == ()
    assert unit_type.code in question.filters.unit_types or set(question.filters.needs) == set(unit_type.needs)


@given(st.text(max_size=300))
def test_any_text_is_read_and_the_words_left_over_are_of_it(text):
    question = read(text)
    # A text is read up to a length only, which may cut its last word.
    assert all(phrase in folded(plain(text)) for phrase in question.unread)


@pytest.mark.parametrize("text", ["réa près de créteil", "SMR gériatrique, Saint-Maur-des-Fossés", "psychiatrie de l'adulte"])
def test_capitals_accents_and_signs_do_not_count(text):
    assert read(text.upper()) == read(folded(text)) == read(f"  {text} ?") == read(text)
