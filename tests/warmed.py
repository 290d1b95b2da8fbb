"""Imported last by the process that servers are forked from: what each of them would do again at its start."""

import gc
from functools import cache

from streamlit.components.v2 import manifest_scanner

# The manifests of all installed packages are read once by a server: a fifth of its start.
manifest_scanner.scan_component_manifests = cache(manifest_scanner.scan_component_manifests)
manifest_scanner.scan_component_manifests()
# What is imported stays: no collection of a child has to look at it.
gc.freeze()
