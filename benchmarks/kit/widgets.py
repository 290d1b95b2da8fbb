"""Widgets of a page, as the browser has them: identity, fragment, and the value sent with each run."""

import json
from dataclasses import dataclass
from typing import Any

from streamlit.proto.Element_pb2 import Element
from streamlit.proto.WidgetStates_pb2 import WidgetState


@dataclass(slots=True)
class Widget:
    """`kind` is the field of `Element`; `state` is None for what has no value of its own (a button, a bare table)."""

    id: str
    kind: str
    label: str = ""
    fragment: str = ""
    query_key: str = ""
    options: tuple[str, ...] = ()
    data: str = ""
    """Data of a component, as JSON."""
    state: WidgetState | None = None
    imposed: bool = False
    """Whether the server sets the value, over the one of the browser."""

    @property
    def name(self) -> str:
        """Return its label, else the key that ends its id."""
        return self.label or self.id.rsplit("-", 1)[-1]


_VALUED = ("slider", "selectbox", "multiselect", "number_input", "text_input", "text_area", "button_group", "checkbox", "radio")
_KINDS = frozenset(
    (*_VALUED, "date_input", "time_input", "button", "vega_lite_chart", "plotly_chart", "dataframe", "bidi_component")
)


def widgets_of(element: Element, kind: str | None, fragment: str) -> list[Widget]:
    """Return the widgets of an element of the page: none, one, or those within a table."""
    if kind not in _KINDS:
        return []
    proto = getattr(element, kind)
    if kind == "dataframe":
        cells = [Widget(one, "cell", key, fragment) for key, one in proto.button_click_widgets.items()]
        return cells + ([Widget(proto.id, kind, "", fragment)] if proto.id and proto.selection_mode else [])
    if not proto.id:
        return []
    widget = Widget(proto.id, kind, getattr(proto, "label", ""), fragment, getattr(proto, "query_param_key", ""))
    if hasattr(proto, "options"):
        widget.options = tuple(getattr(one, "content", one) for one in proto.options)
    widget.data = proto.json if kind == "bidi_component" else ""
    widget.imposed = bool(getattr(proto, "set_value", False))
    widget.state = _first_state(widget, proto)
    return [widget]


def _first_state(widget: Widget, proto: Any) -> WidgetState | None:
    """Return the value that the browser gives to a new widget."""
    imposed = widget.imposed
    if widget.kind in ("selectbox", "radio"):
        first = widget.options[proto.default] if proto.HasField("default") and widget.options else None
        value: Any = proto.raw_value if imposed else first
    elif widget.kind in ("multiselect", "button_group"):
        value = list(proto.raw_values) if imposed else [widget.options[index] for index in proto.default]
    elif widget.kind == "slider":
        value = list(proto.value if imposed else proto.default)
    elif widget.kind in ("number_input", "text_input", "text_area", "checkbox"):
        value = proto.value if imposed else proto.default
    else:
        return None
    return None if value is None else state_of(widget, value)


def state_of(widget: Widget, value: Any) -> WidgetState:
    """Return a value in the field by which this kind of widget sends it."""
    state = WidgetState(id=widget.id)
    if widget.kind == "slider":
        state.double_array_value.data.extend(value if isinstance(value, list) else [value])
    elif widget.kind in ("multiselect", "button_group"):
        state.string_array_value.data.extend(value if isinstance(value, list) else [value])
    elif widget.kind == "number_input":
        state.double_value = value
    elif widget.kind == "checkbox":
        state.bool_value = value
    elif widget.kind in ("vega_lite_chart", "plotly_chart", "dataframe"):
        state.string_value = json.dumps(value)
    else:
        state.string_value = value
    return state
