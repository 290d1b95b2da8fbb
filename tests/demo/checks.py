"""Checks that hold of the fictitious region and of the fictitious country alike."""

from ror.demo import Region


def assert_consistent(region: Region) -> None:
    """Check that every reference leads to something and that every key is unique."""
    entities = {entity.finess for entity in region.legal_entities}
    structures = {structure.finess for structure in region.structures}
    assert len(entities) == len(region.legal_entities)
    assert len(structures) == len(region.structures)
    assert not entities & structures
    assert {structure.legal_entity for structure in region.structures} == entities
    assert {unit.structure for unit in region.units} == structures
    assert len({unit.id for unit in region.units}) == len(region.units)
    accounts = region.accounts
    assert len({account.id for account in accounts}) == len({account.login for account in accounts}) == len(accounts)
