"""Write dist/ror.cdx.json: the bill of materials (CycloneDX 1.6, JSON) of what is shipped, from requirements.txt.

Two runs over the same files write the same bytes. Run: python -m scripts.make_sbom
"""

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import ExternalReference, ExternalReferenceType, HashAlgorithm, HashType, Property, XsUri
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from scripts import shipped

NAME = "ror.cdx.json"
PRODUCT = "ror-disponibilites"
_LICENCES = LicenseFactory()


def bom(version: str) -> Bom:
    """Build the bill of materials of a version of the product."""
    document = Bom()
    product = Component(
        name=PRODUCT,
        version=version,
        type=ComponentType.APPLICATION,
        bom_ref=PRODUCT,
        purl=PackageURL("pypi", None, PRODUCT, version),
    )
    document.metadata.component = product
    document.metadata.tools.components.add(Component(name="make_sbom.py", type=ComponentType.APPLICATION))
    packages: dict[str, list[Component]] = {package.name: [] for package in shipped.packages()}
    for package in shipped.packages():
        packages[package.name].append(_package(package))
    data = list(_data())
    document.components.update(*packages.values(), data)
    document.register_dependency(product, [*chain(*packages.values()), *data])
    for part in shipped.bundled():
        component = _bundled(part)
        document.components.add(component)
        for owner in packages.get(part.package, [product]):
            document.register_dependency(owner, [component])
    return document


def _package(package: shipped.Package) -> Component:
    """Return a locked package: the hashes are those of all its files, of which pip downloads one."""
    hashes = [HashType(alg=HashAlgorithm.SHA_256, content=digest) for digest in package.hashes]
    reference = ExternalReference(
        type=ExternalReferenceType.DISTRIBUTION, url=XsUri(f"pkg:pypi/{package.name}@{package.version}"), hashes=hashes
    )
    component = Component(
        name=package.name,
        version=package.version,
        bom_ref=f"{package.name}=={package.version}",
        type=ComponentType.LIBRARY,
        purl=PackageURL("pypi", None, package.name, package.version),
        licenses=[_LICENCES.make_from_string(package.licence)],
        external_references=[reference],
    )
    if package.marker:
        component.properties.add(Property(name="ror:marker", value=package.marker))
    return component


def _bundled(part: shipped.Bundled) -> Component:
    """Return what a package bundles that is not Python."""
    return Component(
        name=part.name,
        version=part.version or None,
        bom_ref=f"{part.package or PRODUCT}/{part.name}",
        type=ComponentType.DATA if "data" in part.name or "time zones" in part.name else ComponentType.LIBRARY,
        licenses=[_LICENCES.make_from_string(part.licence)],
        properties=[Property(name="ror:file", value=part.file)],
    )


def _data() -> Iterator[Component]:
    """Yield the files of data/, with their sources."""
    for row in shipped.data():
        for name in row.files:
            content = (shipped.ROOT / "data" / name).read_bytes()
            yield Component(
                name=f"data/{name}",
                bom_ref=f"{PRODUCT}/data/{name}",
                type=ComponentType.DATA,
                description=row.content,
                hashes=[HashType(alg=HashAlgorithm.SHA_256, content=hashlib.sha256(content).hexdigest())],
                properties=[Property(name="ror:source", value=row.source)],
            )


def write(path: Path, version: str) -> None:
    """Write the bill of materials of a version; its serial number follows from its content, and it has no date."""
    document = bom(version)
    content = json.loads(JsonV1Dot6(document).output_as_string())
    del content["metadata"]["timestamp"]
    content.pop("serialNumber", None)
    content["serialNumber"] = f"urn:uuid:{uuid5(NAMESPACE_URL, json.dumps(content, sort_keys=True))}"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    command = [sys.executable, "-m", "ror", "--version"]
    version = subprocess.run(command, cwd=shipped.ROOT, capture_output=True, text=True, check=True).stdout.strip()
    target = shipped.ROOT / "dist" / NAME
    write(target, version)
    print(f"{target.relative_to(shipped.ROOT)}: version {version}")
