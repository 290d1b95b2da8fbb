"""Scroll to an answer (a refusal, a question or a success) that would be rendered outside the visible part of the page."""

from functools import cache
from time import monotonic_ns

import streamlit as st

_SCRIPT = """
export default function ({ data, parentElement }) {
  const shown = (window.__rorAttention ??= {});
  if (shown[data.name] === data.answer) return;
  shown[data.name] = data.answer;
  const root = parentElement.getRootNode();
  const place = (root.host ?? parentElement).closest(`.st-key-${data.name}`);
  requestAnimationFrame(() => {
    place?.scrollIntoView({ block: "center" });
    if (data.field) place?.querySelector("input, textarea")?.focus({ preventScroll: true });
  });
}
"""


@cache
def _component() -> "st.components.v2.types.ComponentRenderer":
    return st.components.v2.component("ror_attention", js=_SCRIPT)


def new_answer() -> int:
    """Return the number of a new answer; each number is scrolled to once."""
    return monotonic_ns()


def scroll_to(name: str, answer: int, *, focus_field: bool = False) -> None:
    """Scroll to the container with this key, in which it is called, unless this answer was already scrolled to.

    `focus_field` also focuses the first field of the container.
    """
    _component()(data={"name": name, "answer": str(answer), "field": focus_field}, key=f"attention-{name}", height=0)
