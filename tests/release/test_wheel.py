"""The wheel of a release serves the screens without a checkout, and ships nothing but `ror`."""

import hashlib
import json
import subprocess
import tomllib
import urllib.request
import zipfile
from email.parser import HeaderParser
from types import SimpleNamespace

import pytest

from ror.settings import ROOT
from ror.version import LAST_RELEASE
from scripts import make_sbom
from tests.release.installed import VERSION, InstalledServer, copy_checkout, install, release
from tests.replicas.pair import Visitor

pytestmark = pytest.mark.timeout(600)

COORDINATION, PASSWORD = SimpleNamespace(login="coordination"), "Demonstration-2026"
NOT_SHIPPED = (
    "test",
    "benchmark",
    "scripts",
    ".duckdb",
    ".wal",
    ".position",
    ".sock",
    "secret",
    ".env",
    "backups/",
    "__pycache__",
)


@pytest.fixture(scope="module")
def dist(tmp_path_factory):
    source = copy_checkout(tmp_path_factory.mktemp("release") / "source")
    # Files that a checkout has once its server was started: they must not be shipped.
    for name in ("data/ror.duckdb", "data/secret", "data/ror.duckdb.position", ".env", "ror/web/notes.duckdb"):
        (source / name).write_text("private")
    return release(source)


@pytest.fixture(scope="module")
def wheel(dist):
    return dist / f"ror_disponibilites-{VERSION}-py3-none-any.whl"


@pytest.fixture(scope="module")
def program(wheel, tmp_path_factory):
    return install(wheel, tmp_path_factory.mktemp("installed") / "venv")


def test_the_wheel_has_no_top_level_package_but_ror_and_nothing_private(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert {name.partition("/")[0] for name in names} == {"ror", f"ror_disponibilites-{VERSION}.dist-info"}
    assert [name for name in names if any(part in name.lower() for part in NOT_SHIPPED)] == []
    files = {path.relative_to(ROOT).as_posix() for folder in ("pages", "ror") for path in (ROOT / folder).rglob("*.py")}
    files |= {
        path.relative_to(ROOT).as_posix() for path in (ROOT / "data").rglob("*") if path.suffix in (".csv", ".json", ".md")
    }
    files |= {
        "app.py",
        ".streamlit/config.toml",
        "ror/web/server/style.css",
        "ror/web/server/icons.woff2",
        "ror/demo/words.json",
    }
    assert {name if name.startswith("ror/") else f"ror/{name}" for name in files} <= set(names)


def test_the_wheel_declares_the_pins_of_requirements_in_and_the_program(wheel):
    with zipfile.ZipFile(wheel) as archive:
        described = HeaderParser().parsestr(archive.read(f"ror_disponibilites-{VERSION}.dist-info/METADATA").decode())
    pins = [line.split()[0] for line in (ROOT / "requirements.in").read_text().splitlines() if "==" in line]
    assert sorted(described.get_all("Requires-Dist")) == sorted(pins)


def test_the_release_has_the_locked_dependencies_the_bill_of_materials_and_the_checksums_of_all(dist, wheel):
    others = {"requirements.txt", make_sbom.NAME, wheel.name}
    assert {path.name for path in dist.iterdir()} == {*others, "SHA256SUMS"}
    assert (dist / "requirements.txt").read_text() == (ROOT / "requirements.txt").read_text()
    assert json.loads((dist / make_sbom.NAME).read_text())["metadata"]["component"]["version"] == VERSION
    sums = dict(reversed(line.split()) for line in (dist / "SHA256SUMS").read_text().splitlines())
    assert sums == {name: hashlib.sha256((dist / name).read_bytes()).hexdigest() for name in others}


def test_the_installed_wheel_serves_the_screens_from_an_empty_folder(program, tmp_path):
    empty, home = tmp_path / "empty", tmp_path / "home"
    empty.mkdir()
    home.mkdir()
    with InstalledServer(program, empty, home) as server:
        visitor = Visitor(server.url)
        with visitor.tab() as tab:
            assert not tab.shows(VERSION)
        visitor.sign_in(COORDINATION, PASSWORD)
        with visitor.tab("departements") as tab:
            assert tab.shows("Seine-et-Marne")
            assert tab.shows(f"Version {VERSION}")
            assert not tab.shows("Le service a rencontré une erreur")
            theme = next(one.new_session.custom_theme for one in tab.messages if one.WhichOneof("type") == "new_session")
        with urllib.request.urlopen(f"{server.url}/metrics") as answer:
            assert f'ror_build_info{{version="{VERSION}"}} 1.0' in answer.read().decode()
    configured = tomllib.loads((ROOT / ".streamlit/config.toml").read_text())["theme"]
    assert (theme.primary_color, theme.base_font_size) == (configured["primaryColor"], configured["baseFontSize"])
    # All that the server wrote is in the folder of its user, and readable by that user only.
    assert list(empty.iterdir()) == []
    local = home / ".local/share/ror"
    assert {"ror.duckdb"} <= {path.name for path in local.iterdir()}
    assert local.stat().st_mode & 0o077 == 0
    assert list(program.parents[1].rglob("*.duckdb")) == []


def test_the_program_says_its_version_and_opens_the_same_database_from_any_folder(program, tmp_path):
    environment = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}

    def ror(*words, folder):
        return subprocess.run([program, *words], cwd=folder, env=environment, capture_output=True, text=True, check=True).stdout

    assert ror("--version", folder=tmp_path) == f"{VERSION}\n"
    (tmp_path / "elsewhere").mkdir()
    local = tmp_path / ".local/share/ror"
    local.mkdir(parents=True)
    (local / ".env").write_text("ROR_DATABASE=~/beds.duckdb\n")
    saved = json.loads(ror("backup", "--json", folder=tmp_path / "elsewhere"))
    assert saved["file"].startswith(f"{tmp_path}/backups/beds-")


def test_the_newest_release_of_the_changelog_is_the_version_without_tags():
    headings = [line.removeprefix("## ") for line in (ROOT / "CHANGELOG.md").read_text().splitlines() if line.startswith("## ")]
    assert headings[0] == "Unreleased"
    assert headings[1].split(" - ")[0] == LAST_RELEASE
    versions = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["version"]
    assert {versions["fallback-version"], versions["raw-options"]["fallback_version"]} == {LAST_RELEASE}
