"""Small files that are expensive to read without limits: read or refused in a sentence, in little memory.

`make faults` has every reader read them all, and the command line files of 100 MB.
"""

import pytest

from ror.errors import BadFile
from ror.exchange import bulk_workbook
from tests.attacks.cost import TITLES, costs
from tests.attacks.hostile_files import texts, workbooks

MEGABYTES = 60
"""Megabytes that reading them all may take: some pieces, and the lines kept. Without limits each took hundreds."""


@pytest.fixture(scope="module")
def files():
    """Return the files that are small enough for « Par fichier », by name."""
    titles = TITLES["filled in"]
    return dict([*workbooks(titles), *texts(titles, 4 * 2**20)])


def test_a_manager_cannot_make_the_server_swell_with_a_file(files, tmp_path):
    paths = []
    for number, data in enumerate(files.values()):
        paths.append(tmp_path / f"{number}.{'xlsx' if data[:2] == b'PK' else 'csv'}")
        paths[-1].write_bytes(data)
    found = dict(zip(files, costs("filled in", paths), strict=True))
    assert {name: cost.megabytes for name, cost in found.items() if cost.megabytes > MEGABYTES} == {}
    assert all(cost.outcome.startswith("« ") for cost in found.values() if cost.outcome)


@pytest.mark.parametrize("name", ["rows", "cells", "shared texts", "formats", "elements of no meaning"])
def test_elements_stop_the_reading_however_few_bytes_they_take(files, monkeypatch, name):
    monkeypatch.setattr(bulk_workbook, "_LIMITS", bulk_workbook.Limits(tags=20_000, cells=10**9))
    with pytest.raises(BadFile, match="a trop de cellules"):
        bulk_workbook.read("classeur.xlsx", files[name])
