"""What the files of `deploy/` say: the copies of the Dockerfile, and the systemd units with paths of this machine."""

import json
import re
import shutil
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

from tests.harness import ROOT

DEPLOY = ROOT / "deploy"
UNITS = sorted(path for path in DEPLOY.iterdir() if path.suffix in {".service", ".timer"})


def instructions() -> list[tuple[str, str]]:
    """Return the instructions of the Dockerfile in their order, each with its text on one line."""
    lines = [line for line in (DEPLOY / "Dockerfile").read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    split_lines = [line.partition(" ") for line in re.sub(r"\\\n\s*", "", "\n".join(lines)).splitlines() if line]
    return [(name, text) for name, _, text in split_lines]


def only(name: str) -> str:
    """Return the text of an instruction that the Dockerfile has once."""
    (text,) = (text for keyword, text in instructions() if keyword == name)
    return text


def health_check() -> list[str]:
    """Return the command that says whether a container is ready."""
    command: list[str] = json.loads(only("HEALTHCHECK").partition(" CMD ")[2])
    return command


def _is_sent(path: Path) -> bool:
    """Return whether .dockerignore sends a file of the checkout: the last line that matches it or a parent folder decides."""
    sent = True
    for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines():
        pattern = line.removeprefix("!").removeprefix("**/")
        places = [path, *path.parents][:-1]
        names = [place.name if "**/" in line else place.as_posix() for place in places]
        # In .dockerignore a star does not match a slash; in fnmatch it does.
        if any(fnmatch(name, pattern) and name.count("/") == pattern.count("/") for name in names):
            sent = line.startswith("!")
    return sent


def copy_to(folder: Path, root: Path = ROOT) -> list[str]:
    """Copy to a folder what the Dockerfile copies from a checkout; return the sources that are not there."""
    missing = []
    for *sources, target in (text.split() for name, text in instructions() if name == "COPY"):
        for source in sources:
            paths = sorted(root.glob(source))
            missing += [] if paths else [source]
            for path in paths:
                for file in [path] if path.is_file() else sorted(one for one in path.rglob("*") if one.is_file()):
                    if _is_sent(file.relative_to(root)):
                        place = folder / target / (file.name if path.is_file() else file.relative_to(path))
                        place.parent.mkdir(parents=True, exist_ok=True)
                        shutil.copy2(file, place)
    return missing


def prepare_units(folder: Path) -> list[Path]:
    """Write the units to a folder, an instance in place of each template and with a Python that exists; return their paths."""
    for unit in UNITS:
        text = unit.read_text(encoding="utf-8")
        assert unit.suffix == ".timer" or "/opt/ror/.venv/bin/python " in text
        text = text.replace("/opt/ror/.venv/bin/python", sys.executable).replace("file:///opt/ror/", ROOT.as_uri() + "/")
        (folder / unit.name.replace("@.", "@8501.")).write_text(text, encoding="utf-8")
    return sorted(folder.iterdir())


def systemd_analyze(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run systemd-analyze, which finds the units of a folder before those of the machine."""
    program = shutil.which("systemd-analyze")
    if not program:
        raise LookupError("There is no systemd-analyze: run scripts/ensure_services.sh, or install the package systemd.")
    environment = {"SYSTEMD_UNIT_PATH": f"{folder}:", "SYSTEMD_COLORS": "0"}
    return subprocess.run([program, *arguments], env=environment, capture_output=True, text=True, check=False)
