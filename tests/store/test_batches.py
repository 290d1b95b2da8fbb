"""Reading a table reserves no more memory than its rows need: a server keeps boards for hours."""

import ctypes
import re
from pathlib import Path

import pytest

import ror
from ror.model.filters import Filters
from ror.services.availability import consult
from ror.store.board import board as boards
from tests.region import NOW

UNBOUNDED = re.compile(r"\.to_arrow_table\(\)|\.(fetch_)?arrow(_table)?\(\)|\.to_arrow_reader\(\)")
RESERVED = 64
"""Megabytes that the board and a view of it may take. Without a bound, each column reserves a million rows: 1,000 in all."""


class Allocated(ctypes.Structure):
    """The structure that `mallinfo2` of the C library returns."""

    _fields_ = [
        (name, ctypes.c_size_t)
        for name in ("arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks", "fordblks", "keepcost")
    ]


def megabytes_allocated() -> float:
    mallinfo = getattr(ctypes.CDLL(None), "mallinfo2", None)
    if mallinfo is None:
        pytest.skip("the C library is not that of GNU")
    mallinfo.restype = Allocated
    allocated = mallinfo()
    return (allocated.uordblks + allocated.hblkhd) / 2**20


def test_no_line_of_the_program_reads_a_table_without_the_bound_of_its_batches():
    sources = sorted(Path(ror.__file__).parent.rglob("*.py"))
    assert len(sources) > 20
    assert not [path.name for path in sources if UNBOUNDED.search(path.read_text(encoding="utf-8"))]


@pytest.mark.usefixtures("region")
def test_a_board_and_its_view_reserve_no_more_than_they_hold(db):
    before = megabytes_allocated()
    board = boards.current(db)
    view = consult.view(db, board, Filters(), NOW)
    assert 0 < view.region["units"] <= board.units.num_rows
    assert megabytes_allocated() - before < RESERVED
