"""Fixtures of all the tests."""

import fcntl
import gc
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Generator, Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import duckdb
import pytest

ROOT = Path(__file__).resolve().parent.parent
FAILURES = ROOT / "tests" / "browser" / "failures"

# `pytest` on its own does not look for `ror`, `tests.harness` and `scripts.browser` in the checkout.
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright  # noqa: E402
from streamlit.components.v2 import manifest_scanner  # noqa: E402

from ror.services import journal  # noqa: E402
from ror.services.operations import demonstration  # noqa: E402
from ror.store.engine.database import Database  # noqa: E402
from scripts import browser  # noqa: E402
from tests.examples import load_profile  # noqa: E402
from tests.postgres import Postgres  # noqa: E402

FAILED = pytest.StashKey[bool]()

MEMORY = Path("/dev/shm")
MEMORY_NEEDED = 4 << 30
"""Bytes. Less than one gigabyte is in use at a time: the folder of a test that passed is removed."""

load_profile()

# Every commit syncs two files: on a disk, a test with a database spends half of its time waiting for that.
if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > MEMORY_NEEDED:
    os.environ.setdefault("TMPDIR", str(MEMORY))
    tempfile.tempdir = None

_connect = duckdb.connect


def _connect_cheaply(database: Any = ":memory:", read_only: bool = False, config: Any = None) -> duckdb.DuckDBPyConnection:
    """Open a database without threads of its own: on tables so small, starting them takes longer than they save.

    The extension for PostgreSQL is not hashed to check its signature: 40 megabytes each time, and it is always the same file.
    Real servers do both.
    """
    return _connect(database, read_only, (config or {}) | {"threads": 1, "allow_unsigned_extensions": True})


duckdb.connect = _connect_cheaply

# A server scans the manifests of all installed packages once, but AppTest at each run of a page: half of the time of a run.
manifest_scanner.scan_component_manifests = cache(manifest_scanner.scan_component_manifests)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--store postgresql`: the tests of store and services then run on a real server instead of a file."""
    parser.addoption("--store", choices=("file", "postgresql"), default="file", help="where the fixture db puts its tables")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that use the browser (`-m "not browser"` skips them), and start with their files, which take longest."""
    for item in items:
        if {"chromium", "visitor", "page_factory"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.browser)
    files = {item.path for item in items if item.get_closest_marker("browser")}
    items.sort(key=lambda item: item.path not in files)


def pytest_collection_finish() -> None:
    """Leave the modules and the thousands of tests, which live to the end, out of each garbage collection."""
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Record whether the test failed, for the fixtures that then save a picture."""
    report = yield
    if report.failed:
        item.stash[FAILED] = True
    return report


@pytest.fixture(autouse=True)
def _acting_from_the_console() -> None:
    """Journal the actions of each test as those of the command line: an address that another test set stays with the thread."""
    journal.acting_from(journal.CONSOLE)


@pytest.fixture(scope="session")
def _playwright() -> Iterator[Playwright]:
    # A busy machine is no failure: tests wait; benchmarks/ measures speed.
    expect.set_options(timeout=20_000)
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def chromium(_playwright: Playwright) -> Iterator[Browser]:
    """Start the system's Chromium once."""
    running = browser.launch(_playwright)
    yield running
    running.close()


@pytest.fixture(scope="session")
def _profile(_playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    running = browser.launch_profile(_playwright, tmp_path_factory.mktemp("profile"))
    yield running
    running.close()


@pytest.fixture
def visitor(_profile: BrowserContext) -> Iterator[BrowserContext]:
    """Return a new visitor, without cookies or stored data, whose browser has already compiled the scripts of the pages.

    Compiling them is two thirds of the processor time of opening a page. A test that needs several visitors at once takes
    the others from `chromium`.
    """
    yield _profile
    for page in _profile.pages:
        # The origin comes from the address: a page that is being left, as after a failure, runs no script.
        address = urlsplit(page.url)
        if address.netloc:
            origin = f"{address.scheme}://{address.netloc}"
            _profile.new_cdp_session(page).send(
                "Storage.clearDataForOrigin", {"origin": origin, "storageTypes": "local_storage"}
            )
        page.close()
    _profile.clear_cookies()


@pytest.fixture
def page_factory(visitor: BrowserContext, request: pytest.FixtureRequest) -> Iterator[Callable[..., Page]]:
    """Return a function that opens a page for a new visitor; save pictures in tests/browser/failures/ on failure."""
    pages: list[Page] = []

    def make(width: int = 1440, height: int = 900) -> Page:
        context = browser.new_context(request.getfixturevalue("chromium"), width, height, **browser.STILL) if pages else visitor
        page = context.new_page()
        page.set_viewport_size({"width": width, "height": height})
        pages.append(page)
        return page

    yield make
    for number, page in enumerate(pages):
        if request.node.stash.get(FAILED, False):
            FAILURES.mkdir(parents=True, exist_ok=True)
            name = "".join(letter if letter.isalnum() else "-" for letter in request.node.name)
            try:
                page.screenshot(path=FAILURES / f"{name}-{number}.png", timeout=10_000)
            except Exception as error:
                # The failure of the test matters, not that of its picture.
                print(f"No picture of page {number}: {error}")  # noqa: T201
        if number:
            page.context.close()


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """Seed the demonstration's database once for all worker processes, and return its file: copy it."""
    base = tmp_path_factory.getbasetemp()
    path = (base if worker_id == "master" else base.parent) / "seeded.duckdb"
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            part = path.with_suffix(".part")
            database = Database(part)
            demonstration.prepare(database, datetime.now(UTC))
            database.close()
            part.rename(path)
    return path


@pytest.fixture
def demonstration_database(seeded: Path, tmp_path: Path) -> Path:
    """Copy the demonstration's database for one test: a server on it has only the last minutes to play."""
    return Path(shutil.copy(seeded, tmp_path / "demo.duckdb"))


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """Start PostgreSQL once; it does not survive a power cut (for that, `Postgres(durable=True)`)."""
    with Postgres() as running:
        yield running


@pytest.fixture
def postgres_address(postgres: Postgres) -> str:
    """Create an empty PostgreSQL database for one test, and return its address."""
    return postgres.new_database()
