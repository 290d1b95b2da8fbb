"""Work that every server would repeat at its start, done once: the process that servers are forked from imports this last."""

import gc
from functools import cache

from streamlit.components.v2 import manifest_scanner

# A server reads the manifests of all installed packages once, which is a fifth of its start.
manifest_scanner.scan_component_manifests = cache(manifest_scanner.scan_component_manifests)
manifest_scanner.scan_component_manifests()
# Imported objects live as long as the process: garbage collections of its children need not look at them.
gc.freeze()
