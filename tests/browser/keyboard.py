"""Walk a page with the Tab key alone, and describe each stop: what it is, where it is, how its focus shows."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from playwright.sync_api import Page

Stop = dict[str, Any]
"""One element that Tab reaches: `words` (what it is), `ring` (of its outline: pixels and contrast, None without one), `hidden`
(why nobody sees it, "" when it is in sight), `fixed` (whether it stays in place while the page scrolls), and where it is."""

_RECORD = """
() => {
  window.rorStops = [];
  if (window.rorRecorder) return;
  const stops = () => window.rorStops;
  const channels = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const linear = (value) => (value /= 255) <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  const light = ([red, green, blue]) => 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue) + 0.05;
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = channels(getComputedStyle(at).backgroundColor);
      if ((colour[3] ?? 1) > 0.5) return colour;
    }
    return [255, 255, 255];
  };
  // The outline of the element itself, or of the frame of its field.
  const ring = (element) => {
    for (let at = element, up = 0; at && up < 9; at = at.parentElement, up += 1) {
      const { outlineStyle, outlineWidth, outlineColor, outlineOffset } = getComputedStyle(at);
      if (outlineStyle === "none" || !parseFloat(outlineWidth)) continue;
      const around = ground(parseFloat(outlineOffset) < 0 ? at : at.parentElement);
      const [one, other] = [light(channels(outlineColor)), light(around)].sort((a, b) => b - a);
      return { pixels: parseFloat(outlineWidth), contrast: one / other };
    }
    return null;
  };
  const hidden = (element, box) => {
    if (!element.checkVisibility({ visibilityProperty: true, opacityProperty: true })) return "not drawn";
    if (element.closest('[aria-hidden="true"]')) return "hidden from screen readers";
    const shown = box.width < 2 || box.height < 2 ? element.parentElement.getBoundingClientRect() : box;
    const points = [[0.5, 0.5], [0.1, 0.5], [0.9, 0.5], [0.5, 0.1], [0.5, 0.9]];
    const on = points.map(([x, y]) => document.elementFromPoint(shown.x + x * shown.width, shown.y + y * shown.height));
    if (on.every((one) => one === null)) return "out of the window";
    // A grid has a layer that scrolls over its canvas, a choice a label over its field.
    const same = (one) => element.contains(one) || one.contains(element) || one.closest("label")?.contains(element);
    const overIt = (one) => one.closest(".dvn-scroller, .dvn-underlay")?.parentElement?.contains(element);
    return on.some((one) => one && (same(one) || overIt(one))) ? "" : `under ${on.find(Boolean).outerHTML.slice(0, 90)}`;
  };
  window.rorRecorder = true;
  document.addEventListener("keyup", ({ key }) => {
    // A grid has the cells that it draws inside its canvas.
    const element = document.activeElement?.closest("canvas") ?? document.activeElement;
    if (key !== "Tab" || !element) return;
    if (element === document.body) return stops().push({ words: "" });
    const box = element.getBoundingClientRect();
    let scrolled = 0;
    for (let at = element; at; at = at.parentElement) scrolled += at.scrollTop;
    const name = element.getAttribute("aria-label") || element.labels?.[0]?.textContent || element.textContent || "";
    const kind = [element.tagName.toLowerCase(), element.getAttribute("role")].filter(Boolean).join(" ");
    const [top, left, bottom] = [box.top + scrolled, box.left, box.bottom + scrolled].map(Math.round);
    const inPlace = 'header, [data-testid="stSidebar"], .st-key-who, [data-testid="stPopoverBody"], .ror-sheet-foot';
    const fixed = Boolean(element.closest(inPlace));
    const words = `${kind} ${name.trim().slice(0, 60)}`;
    stops().push({ words, ring: ring(element), hidden: hidden(element, box), fixed, top, left, bottom });
  }, true);
}
"""
_TO_THE_START = """
() => {
    getSelection().removeAllRanges();
    document.body.tabIndex = -1;
    document.body.focus();
    document.body.removeAttribute("tabindex");
}
"""
MAX_STOPS = 400


def walk(page: Page) -> list[Stop]:
    """Press Tab from the start of a page until it is left, and return its stops in this order.

    Without an end after `MAX_STOPS` presses the focus is trapped: the test fails.
    """
    page.evaluate(_RECORD)
    page.evaluate(_TO_THE_START)
    for _ in range(0, MAX_STOPS, 10):
        for _ in range(10):
            page.keyboard.press("Tab")
        stops: list[Stop] = page.evaluate("rorStops")
        left = next((index for index, stop in enumerate(stops) if not stop["words"]), None)
        if left is not None:
            return stops[:left]
    raise AssertionError(f"Tab does not leave the page: {[stop['words'] for stop in stops[-30:]]}")


def problems(page: Page, *, skip_link: bool = True) -> list[str]:
    """Return the faults of a walk with the Tab key: a focus that does not show, a stop out of sight or order, no skip link.

    Afterwards nothing has the focus and the page is scrolled to its top.
    """
    stops = walk(page)
    page.evaluate(_TO_THE_START)
    page.evaluate("document.querySelector('[data-testid=\"stMain\"]')?.scrollTo(0, 0)")
    first = stops[0]["words"] if stops else "nothing"
    no_link = [f"first is {first}, not « Aller au contenu »"] if skip_link and "Aller au contenu" not in first else []
    return [*no_link, *_stops_problems(stops)]


def _stops_problems(stops: list[Stop]) -> Iterator[str]:
    for stop in stops:
        ring = stop["ring"]
        if not ring or ring["pixels"] < 2 or ring["contrast"] < 3:
            yield f"the focus does not show on {stop['words']}: {ring}"
        if stop["hidden"]:
            yield f"{stop['words']} takes the focus and is {stop['hidden']}"
    for before, after in pairwise(stops):
        # A stop above the one before it is in order only in a column further right.
        if not (before["fixed"] or after["fixed"]) and after["bottom"] <= before["top"] and after["left"] <= before["left"]:
            yield f"{after['words']} comes after {before['words']}, and stands before it"


def tab_to(page: Page, selector: str, *, back: bool = False) -> None:
    """Press Tab, or Shift+Tab to go `back`, until an element that matches the selector has the focus."""
    for _ in range(MAX_STOPS):
        page.keyboard.press("Shift+Tab" if back else "Tab")
        if page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"Tab does not reach {selector}")


def has_focus(page: Page) -> str:
    """Return the tag and the name of the focused element: « h2 Réanimation »; "" without focus."""
    words: str = page.evaluate(
        """() => {
            const one = document.activeElement, name = one.getAttribute("aria-label") || one.textContent.trim();
            return one === document.body ? "" : `${one.tagName.toLowerCase()} ${name}`;
        }"""
    )
    return words
