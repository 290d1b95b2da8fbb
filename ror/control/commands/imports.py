"""Files brought in: structures, units, numbers observed elsewhere."""

from typing import Any

from ror.control.protocol import Asked
from ror.exchange.report import Reject, refused_count
from ror.services.availability import receive_file
from ror.services.registry import imports
from ror.services.registry.imports import Summary


def finess(asked: Asked) -> dict[str, Any]:
    """What a FINESS file did to structures and legal entities."""
    return _registry(imports.import_finess(asked.db, asked.file, asked.now, asked.on_progress, on_wait=asked.on_wait))


def units(asked: Asked) -> dict[str, Any]:
    """What a list of units did to them."""
    return _registry(imports.import_units(asked.db, asked.file, asked.now, on_wait=asked.on_wait))


def declarations(asked: Asked) -> dict[str, Any]:
    """What became of the numbers of a file."""
    done = receive_file.import_declarations(asked.db, asked.file, asked.now, asked.on_progress, asked.on_wait)
    return {"read": done.read, "written": done.written, "held": done.unchanged, **_refused(done.rejects)}


def _registry(summary: Summary) -> dict[str, Any]:
    done = summary.merged
    counts = {"created": done.created, "changed": done.changed, "unchanged": done.unchanged}
    return {"read": summary.read, **counts, **_refused(summary.rejects), "passed_over": summary.passed_over}


def _refused(rejects: list[Reject]) -> dict[str, Any]:
    """How many lines were refused, and how many taken with a remark; each with its number, why, and what it holds."""
    refused = refused_count(rejects)
    counts = {"refused": refused, "remarks": len(rejects) - refused}
    return {**counts, "rejects": [[one.line, one.reason, one.text, one.taken] for one in rejects]}
