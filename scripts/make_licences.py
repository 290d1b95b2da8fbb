"""Write docs/licences.md: the licences of what is shipped, and what they require of those who distribute it.

Run: python -m scripts.make_licences
"""

import re

from scripts import shipped

TARGET = shipped.ROOT / "docs/licences.md"

PERMISSIVE = {
    *(
        "0BSD",
        "Apache-2.0",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "CC0-1.0",
        "FTL",
        "IJG",
        "ISC",
        "MIT",
        "MIT-0",
        "MIT-CMU",
        "OFL-1.1",
    ),
    *("PSF-2.0", "PostgreSQL", "X11", "Zlib", "blessing", "curl", "libpng-2.0", "libtiff", "LicenseRef-public-domain"),
}
"""Licences that ask for their notice alone to be passed on."""

_LIBRARY = "Weak copyleft: it stands apart, so that recipients may replace it; changes to it stay under this licence."
CONSTRAINTS = {
    "EPL-2.0": "Weak copyleft: a distributor says where its source is; changes to it stay under this licence.",
    "GPL-3.0-or-later WITH GCC-exception-3.1": "Its exception frees programs that use it; changes to it stay under the GPL.",
    **dict.fromkeys(("LGPL-2.1-only", "LGPL-2.1-or-later", "LGPL-3.0-only"), _LIBRARY),
    "MPL-2.0": "Weak copyleft, file by file: changes to its files stay under this licence.",
    "LicenseRef-EPSG-terms-of-use": "Passed on with its terms, and not sold alone; changed values are not called EPSG's.",
    "LicenseRef-streamlit-authenticator-proprietary": (
        "Not a free licence, though its metadata says MIT. It may be used, also commercially. It is not to be passed on, "
        "sublicensed or sold as one's own work without its author's permission; its notice goes with it, its author is named."
    ),
}
"""What each other licence requires of a distributor of the packages, in an image or an archive."""

_TOP = """# Licences

Written by `make licences`, from `requirements.txt`, `scripts/bundled.csv`, what the packages say of themselves and
[data/README.md](../data/README.md). `make sbom` writes the same for machines, with the hashes: `dist/ror.cdx.json` (CycloneDX).

The wheel of the service holds its own code, its data and an icon font. The packages come from their own publishers when it is
installed; who passes them on, in an image or an archive of an environment, answers for what is below. The repository names no
licence for the service itself: its owner decides on one before it leaves the house.

## What constrains who passes it on

No licence extends to the code of the service (there is no strong copyleft). These ask for more than their notice:

"""

_DATA = (
    "| `data/communes.csv`, `data/border-communes.csv` | CC-BY-4.0 (positions, GeoNames) "
    "| Its source is named wherever the data goes: data/README.md, which is in the wheel, does so. |\n"
    "| `data/departements.csv`, `data/prefectures.csv` | Licence Ouverte (INSEE) "
    "| The source and its date are named: data/README.md does so. |\n"
)


def constraint(licence: str) -> str:
    """Return what a licence requires beyond its notice, "" for nothing. Raises `LookupError` for a licence of neither table."""
    if licence in CONSTRAINTS:
        return CONSTRAINTS[licence]
    if " OR " in licence:
        # The recipient may choose one of them: here the one that requires least.
        return min(map(constraint, licence.split(" OR ")), key=len)
    for part in re.split(r" AND ", licence):
        if part in CONSTRAINTS:
            return CONSTRAINTS[part]
        if part not in PERMISSIVE:
            raise LookupError(f"Nobody has read the licence {part}: add it to PERMISSIVE or CONSTRAINTS of {__file__}.")
    return ""


def page() -> str:
    """Return the text of docs/licences.md."""
    packages, bundled = shipped.packages(), shipped.bundled()
    licences = [(f"`{one.name}`", one.licence) for one in packages]
    licences += [(f"{one.name}, in `{one.package}`" if one.package else one.name, one.licence) for one in bundled]
    lines = [_TOP + "| What | Licence | What it asks |\n|---|---|---|\n"]
    lines += [f"| {name} | {licence} | {required} |\n" for name, licence in licences if (required := constraint(licence))]
    lines += [_DATA, "\n## Python packages\n\n| Package | Version | Licence | Installed |\n|---|---|---|---|\n"]
    for one in packages:
        where = f"`{one.marker}`" if one.marker else "always"
        lines.append(f"| `{one.name}` | {one.version} | {one.licence} | {where} |\n")
    lines.append(
        "\n## What they bundle\n\nScripts, fonts, data and libraries inside packages, as far as they can be told from the "
        "Linux wheels; the packages' own texts name the rest.\n\n"
    )
    lines.append("| What | Version | Licence | In |\n|---|---|---|---|\n")
    for part in bundled:
        where = f"`{part.package}`" if part.package else f"the service: `{part.file}`"
        lines.append(f"| {part.name} | {part.version or '-'} | {part.licence} | {where} |\n")
    lines.append("\n## Data\n\n| Files of data/ | Source and licence |\n|---|---|\n")
    lines += [f"| {', '.join(f'`{name}`' for name in row.files)} | {row.source} |\n" for row in shipped.data()]
    return "".join(lines)


if __name__ == "__main__":
    TARGET.write_text(page(), "utf-8")
    print(TARGET.relative_to(shipped.ROOT))
