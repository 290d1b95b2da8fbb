"""Serve one script as the product serves its own: uvicorn with the same options, the same Streamlit settings.

Run from the project's folder, where `.streamlit/config.toml` is: python -m benchmarks.rivals.serve floor.py 8600
"""

import gc
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import streamlit as st
import uvicorn


@asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[dict[str, Any]]:
    """Freeze the heap at the start, as the product does."""
    gc.collect()
    gc.freeze()
    yield {}


if __name__ == "__main__":
    script, port = sys.argv[1:]
    app = st.App(str(Path(__file__).parent / script), lifespan=lifespan)
    # The options of `ror.cli.serve`: keep them the same.
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=int(port),
        log_level="warning",
        access_log=False,
        server_header=False,
        ws_per_message_deflate=False,
    )
