"""What holds of the fictitious region and of the fictitious country alike."""

from ror.demo import Region


def assert_whole(made: Region) -> None:
    """Every link leads somewhere, and every key is unique."""
    entities = {entity.finess for entity in made.legal_entities}
    structures = {structure.finess for structure in made.structures}
    assert len(entities) == len(made.legal_entities)
    assert len(structures) == len(made.structures)
    assert not entities & structures
    assert {structure.legal_entity for structure in made.structures} == entities
    assert {unit.structure for unit in made.units} == structures
    assert len({unit.id for unit in made.units}) == len(made.units)
    assert len({one.id for one in made.accounts}) == len({one.login for one in made.accounts}) == len(made.accounts)
