"""Imports: structures, units, decisions on their types, outlines of maps, accounts, numbers observed by another system."""

from typing import Any

from ror.control.context import CommandContext
from ror.exchange.import_file import Reject, refused_count
from ror.services.accounts import imports as account_imports
from ror.services.accounts.import_lines import AccountLineState
from ror.services.availability import receive_file
from ror.services.registry import imports, unit_types
from ror.services.registry import outlines as registry_outlines
from ror.services.registry.imports import ImportSummary


def finess(context: CommandContext) -> dict[str, Any]:
    """Import structures and legal entities from a FINESS file; return the counts of lines and the rejects."""
    return _registry_result(
        imports.import_finess(context.db, context.file, context.now, context.on_progress, on_wait=context.on_wait)
    )


def units(context: CommandContext) -> dict[str, Any]:
    """Import a list of units; return the counts of lines and the rejects."""
    return _registry_result(imports.import_units(context.db, context.file, context.now, on_wait=context.on_wait))


def types(context: CommandContext) -> dict[str, Any]:
    """Import the region's decisions on types of units; return the counts of lines and the rejects."""
    return _registry_result(unit_types.import_unit_types(context.db, context.file, context.now, on_wait=context.on_wait))


def outlines(context: CommandContext) -> dict[str, Any]:
    """Import outlines of départements or communes; return counts, and the structures outside the outline of their territory."""
    done = registry_outlines.import_outlines(context.db, context.file, context.now, on_wait=context.on_wait)
    return {
        "kind": str(done.kind),
        "read": done.read,
        "vertices": done.vertices,
        "kept": done.kept,
        "located": done.located,
        "outside": done.outside.to_pylist(),
        "passed_over": list(done.passed_over),
    }


def forget_outlines(context: CommandContext) -> dict[str, Any]:
    """Delete the imported outlines; return their kinds."""
    return {"forgotten": [str(kind) for kind in registry_outlines.delete_imported(context.db, None, context.now)]}


def accounts(context: CommandContext) -> dict[str, Any]:
    """Import a list of accounts; return the counts of lines and the rejects."""
    plan = account_imports.import_accounts(context.db, context.file, context.now, on_wait=context.on_wait)
    written = (AccountLineState.CREATED, AccountLineState.CHANGED, AccountLineState.UNCHANGED)
    return {"read": plan.read, **{str(state): plan.count(state) for state in written}, **_reject_result(plan.rejects)}


def declarations(context: CommandContext) -> dict[str, Any]:
    """Import declarations; return the counts of lines and the rejects."""
    done = receive_file.import_declarations(context.db, context.file, context.now, context.on_progress, context.on_wait)
    return {"read": done.read, "written": done.written, "held": done.unchanged, **_reject_result(done.rejects)}


def _registry_result(summary: ImportSummary) -> dict[str, Any]:
    done = summary.merged
    counts = {"created": done.created, "changed": done.changed, "unchanged": done.unchanged}
    counts["to_specify"] = summary.to_specify
    return {"read": summary.read, **counts, **_reject_result(summary.rejects), "passed_over": summary.passed_over}


def _reject_result(rejects: list[Reject]) -> dict[str, Any]:
    """Return how many lines were refused or imported with a remark, and the number, reason and text of each."""
    refused = refused_count(rejects)
    counts = {"refused": refused, "remarks": len(rejects) - refused}
    return {**counts, "rejects": [[reject.line, reject.reason, reject.text, reject.accepted] for reject in rejects]}
