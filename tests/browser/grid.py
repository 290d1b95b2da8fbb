"""Streamlit's grid in a browser: a canvas, so its columns and cells are read from its React component."""

import time
from typing import Any

from playwright.sync_api import Locator, Page, expect

_READ = """
(canvas) => {
    let fiber = canvas[Object.keys(canvas).find((name) => name.startsWith('__reactFiber'))];
    let grid = null, sized = null;
    for (; fiber; fiber = fiber.return) {
        const props = fiber.memoizedProps;
        if (!props?.getCellContent || !props.columns) continue;
        sized ??= props.columns.every((column) => column.width > 0) ? props.columns : null;
        grid = props;
    }
    const text = (cell) => {
        const options = cell.data?.options ?? cell.data?.allowedValues ?? [];
        const label = (value) => options.find((option) => option?.value === value)?.label ?? value ?? '';
        if (Array.isArray(cell.data?.values)) return cell.data.values.map(label).join(' ');
        if (cell.data?.kind === 'dropdown-cell') return label(cell.data.value);
        return cell.data?.displayDate || cell.displayData?.toString() || cell.copyData || '';
    };
    return {
        columns: grid.columns.map((column) => column.title),
        widths: sized.map((column) => column.width),
        lines: Array.from({length: grid.rows}, (_, line) =>
            grid.columns.map((_, place) => text(grid.getCellContent([place, line])))),
    };
}
"""
_HEADER = 16
"""Pixels from the top of the grid to the middle of the names of its columns."""


_LINE = 33
"""Pixels of a line."""

_SECONDS = 20
"""How long a busy machine may take to sort."""


class Grid:
    """The first table inside an element of the screen."""

    def __init__(self, page: Page, inside: str = "main") -> None:
        self._page = page
        self._place = page.locator(f"{inside} [data-testid=stDataFrame]").first
        expect(self.canvas).to_be_visible()

    @property
    def canvas(self) -> Locator:
        """Return the canvas of the grid."""
        return self._place.locator("canvas").first

    def read(self) -> dict[str, list[Any]]:
        """Return `columns` (their names, with an arrow where sorted), their `widths`, and `lines` of cells as drawn."""
        read: dict[str, list[Any]] = self.canvas.evaluate(_READ)
        return read

    def names(self) -> list[str]:
        """Return the names of the columns, from the left."""
        return [name.lstrip("↑↓ ") for name in self.read()["columns"]]

    def sort(self, name: str) -> list[str]:
        """Press the name of a column, which sorts it the other way at each press; return its cells, from the top."""
        before = self.read()
        place = [one.lstrip("↑↓ ") for one in before["columns"]].index(name)
        self._press(sum(before["widths"][:place]))
        limit = time.monotonic() + _SECONDS
        while time.monotonic() < limit:
            after = self.read()
            if after["columns"][place] != before["columns"][place]:
                return [line[place] for line in after["lines"]]
            self._page.wait_for_timeout(20)
        raise AssertionError(f"A press on « {name} » sorts nothing.")

    def press(self, line: int) -> None:
        """Press the first cell of a line, which opens it."""
        self._place.locator(".dvn-scroller").click(position={"x": 40, "y": _LINE * (line + 1.5)})

    def _press(self, start: float) -> None:
        """Press the name of the column that starts so far from the first one, scrolled to when it is out of sight."""
        self.canvas.scroll_into_view_if_needed()
        scroller = self._place.locator(".dvn-scroller")
        left, width = scroller.evaluate("(one) => [one.scrollLeft, one.clientWidth]")
        if not left <= start <= left + width - 60:
            left = scroller.evaluate("(one, start) => { one.scrollLeft = start - 60; return one.scrollLeft }", start)
            self._page.wait_for_timeout(100)
        # Not its middle: at the right of a narrow column is the button of its menu. A click inside an element waits until it
        # has stopped moving, as when something above it is still being drawn.
        scroller.click(position={"x": start - left + 16, "y": _HEADER})
