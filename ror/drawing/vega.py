"""The process that draws: specifications as JSON on its standard input, PNG pictures on its output, and it ends.

It is one of its own because drawing keeps every other thread waiting, for up to a second, and takes 90 MB. It imports
nothing of the service and is told nothing of it.
"""

import base64
import json
import sys

import vl_convert

SHARPNESS = 2.5
"""Dots of a picture for one of its specification: about 300 an inch where 450 of them are 92 mm."""


def drawn(specification: dict[str, object]) -> str:
    """The picture in base64; nothing is asked of any network."""
    picture = vl_convert.vegalite_to_png(specification, scale=SHARPNESS, allowed_base_urls=[], format_locale="fr-FR")
    return base64.b64encode(picture).decode()


if __name__ == "__main__":
    json.dump([drawn(one) for one in json.load(sys.stdin)], sys.stdout)
