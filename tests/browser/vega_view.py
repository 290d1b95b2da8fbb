"""A Vega view in a browser: a canvas, so its data and its selections are read from the React component that draws it."""

import json
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.layout import rectangle

_FIND = """
() => {
    const chart = document.querySelector('[data-testid=stVegaLiteChart]');
    let fiber = chart && chart[Object.keys(chart).find((name) => name.startsWith('__reactFiber'))];
    for (; fiber; fiber = fiber.return)
        for (let hook = fiber.memoizedState; hook; hook = hook.next) {
            const view = hook.memoizedState?.current;
            if (view?.signal && view.data && view.scenegraph) return (window.vegaView = view) && true;
        }
    return false;
}
"""
_MARKS = """
(name) => {
    const found = [];
    const walk = (group, x, y) => group.items.forEach((item) => {
        const left = x + (item.x || 0), top = y + (item.y || 0);
        (item.items || []).forEach((mark) => {
            if (mark.name === name + '_marks')
                mark.items.forEach((one) => found.push([one.datum, left + (one.bounds.x1 + one.bounds.x2) / 2,
                    top + (one.bounds.y1 + one.bounds.y2) / 2]));
            if (mark.marktype === 'group') walk(mark, left, top);
        });
    });
    walk(window.vegaView.scenegraph().root, ...window.vegaView.origin());
    return JSON.stringify(found);
}
"""


class VegaView:
    """The first chart of the screen."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.canvas = page.locator("[data-testid=stVegaLiteChart] canvas").first
        expect(self.canvas).to_be_visible()
        page.wait_for_function(_FIND)
        self.wait("view.data('source').length > 0")

    def wait(self, condition: str) -> None:
        """Wait until an expression of `view` is true."""
        self._page.wait_for_function(f"() => {{ const view = window.vegaView; return {condition}; }}")

    def signal(self, name: str) -> Any:
        """Return the value of a signal: what is chosen in the selection of this name."""
        return self._page.evaluate("(name) => JSON.parse(JSON.stringify(window.vegaView.signal(name)))", name)

    def source(self) -> list[dict[str, Any]]:
        """Return the rows that the server sent."""
        rows: list[dict[str, Any]] = self._page.evaluate("window.vegaView.data('source').map((row) => ({...row}))")
        return rows

    def marks(self, name: str) -> list[tuple[dict[str, Any], float, float]]:
        """Return the marks of the chart of this name: what each is drawn from, and its middle on the canvas."""
        return [tuple(one) for one in json.loads(self._page.evaluate(_MARKS, name))]

    def point_at(self, x: float, y: float) -> None:
        """Move the mouse to a point of the canvas."""
        box = rectangle(self.canvas)
        self._page.mouse.move(box["x"] + x, box["y"] + y)

    def press(self, name: str, **values: Any) -> None:
        """Press the mark of a chart that is drawn from these values."""
        x, y = next((x, y) for row, x, y in self.marks(name) if all(row.get(key) == value for key, value in values.items()))
        self.point_at(x, y)
        self._page.mouse.down()
        self._page.mouse.up()
