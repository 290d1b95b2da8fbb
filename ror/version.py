"""The version of the service: that of the installed wheel, or of the checkout."""

import subprocess
from functools import cache
from importlib import metadata

from ror.settings import INSTALLED, ROOT

DISTRIBUTION = "ror-disponibilites"
LAST_RELEASE = "0.2.0"
"""The newest heading of CHANGELOG.md: the version of a checkout that has neither git nor tags."""


@cache
def version() -> str:
    """Return the version, as `0.2.0`, or `0.2.0-3-gabc1234` three commits later in a checkout."""
    return metadata.version(DISTRIBUTION) if INSTALLED else _described() or LAST_RELEASE


def _described() -> str:
    """Return what git says of the checkout; "" without git or without a tag of a version."""
    if not (ROOT / ".git").exists():
        return ""
    command = ["git", "-C", str(ROOT), "describe", "--tags", "--match", "v[0-9]*"]
    try:
        described = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return ""
    return described.strip().removeprefix("v")
