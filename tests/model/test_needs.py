import pytest

from ror.errors import Refused
from ror.model.needs import Reach, checked_needs, checked_words, named_needs, published_needs, unit_needs, with_words
from ror.model.nomenclature import unit_types

WARD, INTERNAL, RESUSCITATION, REHABILITATION = "16", "176", "121", "100"
"""Types of no need, of a general one, and of a precise one."""


def needs_of(name, unit_type=WARD, needs=None):
    return set(unit_needs(name, unit_types()[unit_type], needs or published_needs()))


def test_each_need_has_its_words_and_is_the_need_of_a_type():
    used = {code for unit_type in unit_types().values() for code in unit_type.needs}
    assert used == published_needs().keys()
    for need in published_needs().values():
        assert need.label
        assert checked_words(need.words) == need.words
    assert {need.code for need in published_needs().values() if need.reach is Reach.GENERAL} == {"medecine", "chirurgie"}


@pytest.mark.parametrize(
    ("name", "needs"),
    [
        ("Court séjour gériatrique", {"geriatrie"}),
        ("RÉANIMATION CHIRURGICALE", {"reanimation", "soins-critiques"}),
        ("Réa polyvalente", {"reanimation", "soins-critiques"}),
        ("Soins intensifs de cardiologie", {"soins-critiques", "medecine"}),
        ("Psychiatrie infanto-juvénile", {"psychiatrie-enfants"}),
        ("Psychiatrie de l'adolescent", {"psychiatrie-enfants"}),
        ("Psychiatrie B", {"psychiatrie-adultes"}),
        ("Chirurgie pédiatrique", {"chirurgie", "pediatrie"}),
        ("Soins de suite et de réadaptation", {"smr"}),
        ("Lits halte soins santé", {"urgence-sociale"}),
        ("Hospitalisation à domicile", {"had"}),
        ("Unité 3", set()),
        # Words are whole, unless they end by *.
        ("Famille", set()),
        ("", set()),
    ],
)
def test_a_type_that_says_nothing_leaves_it_to_the_name_of_the_unit(name, needs):
    assert needs_of(name) == needs


def test_a_general_type_keeps_its_need_beside_those_of_the_name():
    assert needs_of("Unité 3", INTERNAL) == {"medecine"}
    assert needs_of("Court séjour gériatrique", INTERNAL) == {"medecine", "geriatrie"}
    assert needs_of("Unité de chirurgie", INTERNAL) == {"medecine", "chirurgie"}


def test_a_precise_type_is_believed_but_for_the_words_that_reach_always():
    assert needs_of("Unité de chirurgie", RESUSCITATION) == {"reanimation", "soins-critiques"}
    assert needs_of("Réanimation pédiatrique", RESUSCITATION) == {"reanimation", "soins-critiques", "pediatrie"}
    assert needs_of("SMR gériatrique", REHABILITATION) == {"smr", "geriatrie"}


def test_the_needs_of_a_unit_are_in_the_order_of_the_screens():
    assert unit_needs("Gériatrie", unit_types()[REHABILITATION], published_needs()) == ("geriatrie", "smr")


def test_a_region_reads_its_own_words():
    own = with_words({"geriatrie": ("ortolan",)})
    assert needs_of("Pavillon Ortolan", needs=own) == {"geriatrie"}
    assert needs_of("Gériatrie", needs=own) == set()
    assert own["had"] == published_needs()["had"]
    assert named_needs("HAD", with_words(dict.fromkeys(published_needs(), ()))) == set()


def test_words_are_stored_folded_and_once():
    assert checked_words([" Gériatrie*", "geriatrie *", "", "Soins  Palliatifs", "soins palliatifs"]) == (
        "geriatrie*",
        "soins palliatifs",
    )


@pytest.mark.parametrize(
    ("words", "expected"),
    [(["日本"], "« 日本 » n'est pas un mot"), ([f"mot{index}" for index in range(61)], "Ce besoin a 61 mots : 60 au plus")],
)
def test_words_that_cannot_be_read_are_refused(words, expected):
    with pytest.raises(Refused, match=expected):
        checked_words(words)


def test_a_need_is_given_by_its_code_or_its_label():
    assert checked_needs(["SMR", "geriatrie", " ", "gériatrie"]) == ("geriatrie", "smr")
    with pytest.raises(Refused, match="Le besoin « dentiste » est inconnu : choisissez parmi Réanimation, "):
        checked_needs(["dentiste"])
