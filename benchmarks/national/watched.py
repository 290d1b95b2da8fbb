"""The server, which also writes down how many events of the history each statement reads.

Run as `python -m benchmarks.national.watched serve --port ...` with `BENCH_SCANS`, the file to write to: a line a
statement that reads some, as `rows<TAB>statement`. DuckDB's own profile counts them; it costs time, so that nothing is
measured on this server.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

from ror.cli import main
from ror.store.engine.file import File

_OUTPUT = Path(os.environ["BENCH_SCANS"])
_WANTED = json.dumps(dict.fromkeys(("OPERATOR_ROWS_SCANNED", "OPERATOR_NAME", "EXTRA_INFO"), "true"))


class _Watched:
    """A connection or a cursor that notes what its last statement read before the next one, and when it is closed."""

    def __init__(self, real: Any) -> None:
        self._real, self._statement = real, ""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def cursor(self) -> "_Watched":
        real = self._real.cursor()
        real.execute("SET enable_profiling = 'no_output'")
        real.execute(f"SET custom_profiling_settings = '{_WANTED}'")
        return _Watched(real)

    def execute(self, statement: str, *more: Any) -> Self:
        self._note()
        self._statement = " ".join(statement.split())
        self._real.execute(statement, *more)
        return self

    def close(self) -> None:
        self._note()
        self._real.close()

    def _note(self) -> None:
        if not self._statement:
            return
        told = self._real.get_profiling_information(format="json")
        rows = sum(_read(json.loads(told))) if told else 0
        if rows:
            with _OUTPUT.open("a", encoding="utf-8") as output:
                output.write(f"{rows}\t{self._statement}\n")
        self._statement = ""


def _read(node: dict[str, Any]) -> Iterator[int]:
    """The rows of the history that each part of a plan reads."""
    if str(node.get("extra_info", {}).get("Table", "")).endswith("declaration"):
        yield int(node.get("operator_rows_scanned", 0))
    for child in node.get("children", []):
        yield from _read(child)


_connect = File.connect
File.connect = lambda self: _Watched(_connect(self))  # type: ignore[assignment,method-assign,return-value]

if __name__ == "__main__":
    main()
