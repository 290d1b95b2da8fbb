"""The telephones to call, each with its label: bed management first, the switchboard second."""

import pytest

from ror.model.contact import Contact, of_structure, of_unit

BED, OWN, SITE, SWITCHBOARD = "0639980101", "0199000201", "0639980102", "0199000001"


@pytest.mark.parametrize(
    ("telephones", "expected"),
    [
        ((BED, OWN, SITE, SWITCHBOARD), [("Gestion des lits", BED), ("Unité", OWN)]),
        (("", OWN, SITE, SWITCHBOARD), [("Gestion des lits", SITE), ("Unité", OWN)]),
        (("", "", SITE, SWITCHBOARD), [("Gestion des lits", SITE), ("Standard", SWITCHBOARD)]),
        (("", OWN, "", SWITCHBOARD), [("", OWN)]),
        (("", "", "", SWITCHBOARD), [("", SWITCHBOARD)]),
        (("", "", SITE, ""), [("Gestion des lits", SITE)]),
        ((BED, BED, "", SWITCHBOARD), [("Gestion des lits", BED)]),
        (("", "", "", ""), []),
    ],
)
def test_bed_management_comes_before_the_telephone_of_the_unit_or_the_switchboard(telephones, expected):
    assert of_unit(*telephones) == tuple(Contact(*one) for one in expected)


def test_a_structure_has_bed_management_then_its_switchboard():
    assert of_structure(SITE, SWITCHBOARD) == (Contact("Gestion des lits", SITE), Contact("Standard", SWITCHBOARD))
    assert of_structure("", SWITCHBOARD) == (Contact("", SWITCHBOARD),)
