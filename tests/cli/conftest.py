"""The command line, run in a folder of the test."""

from pathlib import Path

import pytest

from ror.store.engine import duckdb_file
from tests.cli.helpers import Run, import_region, runner


@pytest.fixture(autouse=True)
def _no_server_is_about_to_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    """Open a database that another process holds without the eight seconds of patience for a server that stops."""
    monkeypatch.setattr(duckdb_file, "OPENING_SECONDS", 0.3)


@pytest.fixture
def ror(tmp_path: Path) -> Run:
    """Return a function that runs `python -m ror ...` in an empty folder on a database of its own."""
    return runner(tmp_path)


@pytest.fixture(scope="session")
def _region(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("region")
    import_region(folder)
    return folder / "ror.duckdb"


@pytest.fixture
def in_region(_region: Path, tmp_path: Path) -> Run:
    """Return a function that runs `python -m ror ...` on the region of the documentation; no server runs."""
    for name in (_region.name, f"{_region.name}.position"):
        source = _region.with_name(name)
        if source.exists():
            (tmp_path / name).write_bytes(source.read_bytes())
    return runner(tmp_path)
