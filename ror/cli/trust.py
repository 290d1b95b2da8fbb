"""The commands `trust ...`: validate the predictions of how long numbers hold."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer
from rich.table import Table

from ror import control
from ror.cli.terminal import AsJson, format_instant, new_table, print_result, progress

app = typer.Typer(no_args_is_help=True, help="How long declared numbers hold: validate what is predicted of it.")

_CLAIMS = {"same": "The number still stands", "any_left": "At least one place is left (of numbers above 0)"}


@app.command("validate")
def validate(
    weeks: Annotated[int, typer.Option(min=1, max=26, help="The last weeks, predicted each from the weeks before it.")] = 8,
    plant: Annotated[
        bool,
        typer.Option(help="Plant frozen, changing and lying units in a copy of the log; count those found."),
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Validate on the last weeks of the log what is predicted of its numbers: reliability, Brier scores, by type and need.

    Example: python -m ror trust validate --weeks 8.
    """
    with progress("Validating") as on_progress:
        result = control.run("trust validate", {"weeks": weeks, "plant": plant}, on_progress)
    print_result(result, as_json, *_lines(result))


def _lines(result: Mapping[str, Any]) -> list[str | Table]:
    lines: list[str | Table] = [f"The last {result['weeks']} weeks before {format_instant(result['until'])}."]
    for claim, outcome in result["claims"].items():
        lines += ["", f"{_CLAIMS[claim]}: {_sentence(outcome['all'])}"]
        if outcome["all"] is None:
            continue
        lines.append(f"They are the {outcome['shown']:.1%} of which something would have been shown.")
        calls = outcome["by_telephone"]
        lines.append(f"Checked by telephone: {_sentence(calls)}")
        lines += [_reliability(outcome["bands"]), _groups("By type", outcome["by_type"])]
        lines.append(_groups("By need", outcome["by_need"]))
    if calls := result["calls"]:
        lines += ["", _calls(calls)]
    return [*lines, "", _faults(result["faults"])] if result["faults"] else lines


def _calls(calls: Mapping[str, Any]) -> str:
    shares = [f"{calls[name]:.1%}" for name in ("learnt", "oldest", "any_order")]
    return (
        f"Whom to call first: of {calls['calls']} first calls over {calls['days']} days, {shares[0]} would have found a "
        f"changed number by what a call teaches, {shares[1]} by the oldest first, {shares[2]} in any order."
    )


def _faults(faults: Mapping[str, Mapping[str, Any]]) -> Table:
    table = new_table("Planted", "Units", "Marked", "Found", "Precision", "Recall")
    for kind, fault in faults.items():
        shares = ["-" if fault[name] is None else f"{fault[name]:.0%}" for name in ("precision", "recall")]
        table.add_row(kind, str(fault["planted"]), str(fault["marked"]), str(fault["found"]), *shares)
    return table


def _sentence(score: Mapping[str, Any] | None) -> str:
    if score is None:
        return "no case."
    return (
        f"{score['cases']} cases, predicted {score['predicted']:.1%}, observed {score['observed']:.1%}; "
        f"Brier {score['brier']:.4f}, "
        f"{score['over_rate']:.1%} better than a single rate, {score['over_climatology']:.1%} than one rate by type and needs."
    )


def _reliability(bands: list[Mapping[str, Any]]) -> Table:
    table = new_table("Predicted", "On average", "Observed", "Points", "Cases")
    for band in bands:
        gap = 100 * (band["predicted"] - band["observed"])
        label = f"{band['low']:.0%} to {band['high']:.0%}"
        table.add_row(label, f"{band['predicted']:.1%}", f"{band['observed']:.1%}", f"{gap:+.1f}", str(band["cases"]))
    return table


def _groups(title: str, scores: Mapping[str, Mapping[str, Any]]) -> Table:
    table = new_table(title, "Cases", "Predicted", "Observed", "Points", "Brier", "Over rate", "Over type")
    for label, score in scores.items():
        gap = 100 * (score["predicted"] - score["observed"])
        shares = (f"{score['predicted']:.1%}", f"{score['observed']:.1%}", f"{gap:+.1f}", f"{score['brier']:.4f}")
        table.add_row(label, str(score["cases"]), *shares, f"{score['over_rate']:.1%}", f"{score['over_climatology']:.1%}")
    return table
