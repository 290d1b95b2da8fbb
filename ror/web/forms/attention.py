"""Bringing an answer before the user's eyes: a refusal, a question or a success that would be drawn off the screen."""

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
    if (data.field) place?.querySelector("input")?.focus({ preventScroll: true });
  });
}
"""


@cache
def _component() -> "st.components.v2.types.ComponentRenderer":
    return st.components.v2.component("ror_attention", js=_SCRIPT)


def answer() -> int:
    """Return the number of a new answer: each one is scrolled to once."""
    return monotonic_ns()


def bring(name: str, number: int, *, field: bool = False) -> None:
    """Scroll to the container of this key, in which it is drawn, for an answer that was not yet; `field`: focus its field."""
    _component()(data={"name": name, "answer": str(number), "field": field}, key=f"attention-{name}", height=0)
