"""The shape of a numbered step of the tables of the database."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ror.store.engine.engine import Cursor


@dataclass(frozen=True, slots=True)
class Migration:
    """One step: `statements` run in order, then the statements for one kind of store, then the function `last`.

    A step is applied whole or not at all.
    """

    number: int
    name: str
    statements: Sequence[str] = ()
    on_file: Sequence[str] = ()
    on_postgresql: Sequence[str] = ()
    last: Callable[[Cursor], None] | None = None
