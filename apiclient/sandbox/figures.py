"""A drawing as amendments carry them: a page of TIFF in black and white, invented."""

from __future__ import annotations

from functools import cache
from io import BytesIO

from PIL import Image, ImageDraw

NAME = "JPOXMLDOC01-appb-I000001.tif"
ELEMENT = f'<img id="I000001" he="50.80" wi="76.20" file="{NAME}" img-content="drawing" img-format="tif" />'


@cache
def tiff() -> bytes:
    """Layers of an invented circuit board, 900 by 600 dots, as a facsimile compresses them."""
    page = Image.new("1", (900, 600), 1)
    pen = ImageDraw.Draw(page)
    for layer in range(4):
        top = 120 + layer * 90
        pen.rectangle((120, top, 780, top + 60), outline=0, width=3)
        for line in range(140 + layer * 10, 770, 30 + layer * 10):
            pen.line((line, top + 60, line + 40, top), fill=0, width=2)
        pen.line((780, top + 30, 840, top - 10), fill=0, width=2)
        pen.text((845, top - 20), str(10 + layer), fill=0)
    pen.rectangle((400, 60, 500, 120), fill=0)
    made = BytesIO()
    page.save(made, "TIFF", compression="group4", dpi=(300, 300))
    return made.getvalue()
