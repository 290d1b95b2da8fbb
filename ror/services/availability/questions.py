"""Read a question with the words of the region: its needs, its types of units, its communes and structures."""

from functools import lru_cache

import pyarrow.compute as pc

from ror.model.question import Lexicon, Question, lexicon, read_question
from ror.services.availability import places
from ror.settings import settings
from ror.store import unit_types
from ror.store.board.board import Board
from ror.store.board.directory import Directory
from ror.store.engine.database import Database


def read(db: Database, board: Board, text: str) -> Question:
    """Return what a text typed in one field asks of a board (`model.question`)."""
    return read_question(text, _lexicon(db, board.directory, settings().age_limits_hours))


@lru_cache(maxsize=4)
def _lexicon(db: Database, directory: Directory, limits_hours: tuple[float, float, float]) -> Lexicon:
    # Cached: building it takes ten milliseconds for a region, reading a question with it 0.2 ms.
    with db.reader() as cursor:
        needs, types = unit_types.needs(cursor), unit_types.types(cursor)
    of_units = pc.unique(directory.name_needs["unit_type"]).to_pylist()
    communes, structures = places.communes_of(directory), places.structures_of(directory)
    texts = directory.structure_texts
    numbers = dict(zip(texts["finess"].to_pylist(), texts["department"].to_pylist(), strict=True))
    return lexicon(needs, [types[code] for code in sorted(of_units)], communes, structures, numbers, limits_hours)
