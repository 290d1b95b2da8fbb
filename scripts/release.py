"""Write a release into dist/: the wheel, the locked dependencies, the bill of materials and their checksums.

Run by `make release` (python -m scripts.release), in a checkout whose commit has the tag of the version.
"""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from scripts import make_sbom

ROOT = Path(__file__).resolve().parent.parent
DIST = ROOT / "dist"


def build_wheel() -> Path:
    """Build the wheel with the tools of this environment, without a network; return its path."""
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(DIST)], cwd=ROOT, check=True)
    (wheel,) = DIST.glob("*.whl")
    return wheel


def main() -> None:
    """Empty dist/ and write the files of the release."""
    shutil.rmtree(DIST, ignore_errors=True)
    wheel = build_wheel()
    version = wheel.name.split("-")[1]
    shutil.copy(ROOT / "requirements.txt", DIST)
    make_sbom.write(DIST / make_sbom.NAME, version)
    lines = [f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}" for file in sorted(DIST.iterdir())]
    (DIST / "SHA256SUMS").write_text("\n".join(lines) + "\n", "ascii")
    print(f"Version {version}: {', '.join(file.name for file in sorted(DIST.iterdir()))}")
    if not version.replace(".", "").isdigit():
        print("This is no release: its commit has no tag, as v1.2.3, or the checkout has changes.")


if __name__ == "__main__":
    main()
