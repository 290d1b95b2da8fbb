"""What a release ships: the locked Python packages, what they bundle that is not Python, and the data of the product."""

import csv
import re
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

from cyclonedx.spdx import is_expression, is_supported_id

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = ROOT / "requirements.txt"
BUNDLED = ROOT / "scripts/bundled.csv"
"""What each package (none: the product itself) bundles, its licence, and the file, with a text in it, that proves it."""

LICENCES = {
    "altair": "BSD-3-Clause",
    "colorama": "BSD-3-Clause",
    "defusedxml": "PSF-2.0",
    "duckdb": "MIT",
    "extra-streamlit-components": "Apache-2.0",
    "httpx2-jsfetch": "BSD-3-Clause",
    "itsdangerous": "BSD-3-Clause",
    "jinja2": "BSD-3-Clause",
    "markdown-it-py": "MIT",
    "mdurl": "MIT",
    "protobuf": "BSD-3-Clause",
    "pydeck": "Apache-2.0",
    "scipy": "BSD-3-Clause",
    "segno": "BSD-3-Clause",
    "shellingham": "ISC",
    "streamlit-authenticator": "LicenseRef-streamlit-authenticator-proprietary",
    "uvloop": "MIT OR Apache-2.0",
}
"""The licences of packages whose metadata has no SPDX expression: read in the packages' own texts."""


class Package(NamedTuple):
    """A line of requirements.txt."""

    name: str
    version: str
    marker: str
    hashes: tuple[str, ...]
    licence: str


class Bundled(NamedTuple):
    """What a package, or the product ("" as `package`), bundles."""

    package: str
    name: str
    version: str
    licence: str
    file: str
    text: str


class Data(NamedTuple):
    """A row of the table of data/README.md."""

    files: tuple[str, ...]
    content: str
    source: str


def packages() -> list[Package]:
    """Return every package of requirements.txt; one whose version depends on that of Python is listed twice."""
    locked = []
    for block in re.split(r"\n(?=\S)", REQUIREMENTS.read_text("utf-8")):
        line = re.match(r"([a-z0-9-]+)==(\S+)(?: ; (.*?))? *\\\n", block)
        if line:
            hashes = tuple(re.findall(r"--hash=sha256:([0-9a-f]{64})", block))
            locked.append(Package(line[1], line[2], line[3] or "", hashes, licence(line[1])))
    return locked


def licence(name: str) -> str:
    """Return the licence of a package as an SPDX expression. Raises `LookupError` when it is not known."""
    if name in LICENCES:
        return LICENCES[name]
    described = metadata.metadata(name)
    for field in ("License-Expression", "License"):
        text = str(described.get(field) or "")
        if is_supported_id(text) or (text and field == "License-Expression" and is_expression(text)):
            return text
    raise LookupError(f"{name} does not name its licence: read it, then add a line to LICENCES of {__file__}.")


def bundled() -> list[Bundled]:
    """Return the lines of bundled.csv."""
    with BUNDLED.open(encoding="utf-8", newline="") as file:
        return [Bundled(**row) for row in csv.DictReader(file, delimiter=";")]


def data() -> list[Data]:
    """Return the rows of the table of data/README.md."""
    table = re.findall(r"^\| (`[^|]*) \| ([^|]*) \| ([^|]*) \|", (ROOT / "data/README.md").read_text("utf-8"), re.MULTILINE)
    return [Data(tuple(re.findall(r"`([^`]+)`", files)), content.strip(), source.strip()) for files, content, source in table]
