"""Streamlit's own settings, those of `.streamlit/config.toml`, wherever the server was started.

Streamlit itself reads the file of the working folder, which is this file only in a checkout.
"""

import tomllib
from typing import Any

from streamlit import config

from ror.settings import ROOT

FILE = ROOT / ".streamlit/config.toml"


def apply() -> None:
    """Set the options of the file that nothing else has set: neither a file of the operator nor the environment."""
    sections: dict[str, dict[str, Any]] = tomllib.loads(FILE.read_text("utf-8"))
    for section, options in sections.items():
        for name, value in options.items():
            if not config.is_manually_set(f"{section}.{name}"):
                config.set_option(f"{section}.{name}", value, str(FILE))
