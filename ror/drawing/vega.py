"""Draw specifications, read as JSON from the standard input, and write PNG pictures in base64 to the output.

This is a process of its own because drawing blocks every other thread for up to a second and takes 90 MB. It imports nothing
of the service and gets none of its settings.
"""

import base64
import json
import sys

import vl_convert

SHARPNESS = 2.5
"""Pixels of a picture per pixel of its specification: about 300 dpi for 450 pixels printed on 92 mm."""


def draw(specification: dict[str, object]) -> str:
    """Draw a specification as PNG in base64, without using the network."""
    picture = vl_convert.vegalite_to_png(specification, scale=SHARPNESS, allowed_base_urls=[], format_locale="fr-FR")
    return base64.b64encode(picture).decode()


if __name__ == "__main__":
    json.dump([draw(one) for one in json.load(sys.stdin)], sys.stdout)
