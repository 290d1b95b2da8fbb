"""A release built from the files of the checkout, installed in an environment of its own."""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

from ror.settings import ROOT
from tests.harness import Server

VERSION = "9.9.9"
"""The tag that the copy of the checkout bears."""


def _run(*command: str | Path, folder: Path) -> str:
    """Run a command without the settings of the developer, and return its output."""
    environment = {name: text for name, text in os.environ.items() if not name.startswith(("ROR_", "GIT_", "PYTHONPATH"))}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def copy_checkout(folder: Path) -> Path:
    """Copy the files of the checkout, changes included, into a repository with one commit and the tag of `VERSION`."""
    folder.mkdir()
    names = _run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", folder=ROOT)
    present = [name for name in names.split("\0") if (ROOT / name).is_file()]
    subprocess.run(["xargs", "-0", "cp", "--parents", "-t", folder], input="\0".join(present), cwd=ROOT, text=True, check=True)
    author = ("-c", "user.name=tests", "-c", "user.email=tests@example.fr", "-c", "commit.gpgsign=false")
    for words in (("init", "-q"), ("add", "-A"), (*author, "commit", "-qm", "Copy"), ("tag", f"v{VERSION}")):
        _run("git", *words, folder=folder)
    return folder


def release(source: Path) -> Path:
    """Write the release of a copy, as `make release` does; return its folder."""
    _run(sys.executable, "-m", "scripts.release", folder=source)
    return source / "dist"


def install(wheel: Path, folder: Path) -> Path:
    """Install a wheel alone in a new environment that sees the libraries of this one; return the program `ror`."""
    _run(sys.executable, "-m", "venv", "--without-pip", folder, folder=folder.parent)
    (packages,) = folder.glob("lib/python3*/site-packages")
    (packages / "libraries.pth").write_text(sysconfig.get_paths()["purelib"])
    # What `make` prepared once for this version of Streamlit.
    (folder / "share").mkdir(exist_ok=True)
    (folder / "share/ror").symlink_to(Path(sys.prefix, "share/ror"))
    pip = (sys.executable, "-m", "pip", "--python", folder / "bin/python", "--disable-pip-version-check")
    _run(*pip, "install", "-q", "--no-deps", "--no-index", wheel, folder=folder)
    return folder / "bin/ror"


class InstalledServer(Server):
    """The demonstration served by an installed program from an empty folder, with its data where it puts it by default."""

    def __init__(self, program: Path, folder: Path, home: Path) -> None:
        super().__init__(demo=True, environment={"HOME": str(home), "XDG_DATA_HOME": ""})
        for name in ("ROR_DATABASE", "PYTHONPATH"):
            self._environment.pop(name, None)
        self._program = program
        self.folder = folder

    def command(self) -> list[str]:
        """Return the command that starts the server."""
        return [str(self._program), "serve", "--port", str(self.port)]
