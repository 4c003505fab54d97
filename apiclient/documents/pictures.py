"""Pictures of the office as a browser can show them: TIFF, PNG, JPEG and GIF in, PNG out.

What comes is untrusted and is never handed on as it is. A picture is measured before any of it is unpacked,
so that a few bytes cannot become gigabytes; what cannot be shown says why, by a word that pages translate.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Literal

from PIL import Image, UnidentifiedImageError

FORMATS = ("TIFF", "PNG", "JPEG", "GIF")
MOST_FRAMES = 100
MOST_PIXELS = 60_000_000  # A4 at 600 dpi has 35 million
MOST_BYTES = 180_000_000  # unpacked, of one frame
LARGEST_SHOWN = 2_000  # pixels of the longer side
Problem = Literal["", "damaged", "too_large", "other_format"]


@dataclass(frozen=True)
class Look:
    """Size in pixels of the first frame and how many frames there are; zeros where `problem` says why not.

    `more`: there are more frames than `frames`.
    """

    width: int
    height: int
    frames: int
    problem: Problem = ""
    more: bool = False


class NotShown(Exception):
    """The picture cannot be shown; `problem` says why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem = problem


def look(data: bytes) -> Look:
    """Measure a picture without unpacking it. Never raises."""
    try:
        with _opened(data) as image:
            width, height = image.size
            _check(image)
            frames, more = _frames(image)
            return Look(width, height, frames, more=more)
    except NotShown as error:
        return Look(0, 0, 0, error.problem)


def as_png(data: bytes, frame: int = 0) -> bytes:
    """Frame `frame`, from 0, as a PNG no larger than LARGEST_SHOWN; NotShown where that cannot be."""
    with _opened(data) as image:
        if not 0 <= frame < MOST_FRAMES:
            raise NotShown("damaged")
        try:
            image.seek(frame)
            _check(image)
            image.draft(None, (LARGEST_SHOWN, LARGEST_SHOWN))
            shown = _for_the_eye(image)
            shown.thumbnail((LARGEST_SHOWN, LARGEST_SHOWN))
            made = io.BytesIO()
            shown.save(made, "PNG")
        except NotShown:
            raise
        except Exception as error:  # a decoder may stumble in any way over bytes made to be wrong
            raise NotShown("damaged") from error
        return made.getvalue()


def _opened(data: bytes) -> Image.Image:
    try:
        return Image.open(io.BytesIO(data), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise NotShown("too_large") from error
    except UnidentifiedImageError as error:
        raise NotShown("other_format") from error
    except Exception as error:  # as above: whatever a reader of a head stumbles over
        raise NotShown("damaged") from error


def _check(image: Image.Image) -> None:
    width, height = image.size
    bands = max(len(image.getbands()), 4 if image.mode in ("I", "F") else 1)
    if width * height > MOST_PIXELS or width * height * bands > MOST_BYTES:
        raise NotShown("too_large")
    if width < 1 or height < 1:
        raise NotShown("damaged")


def _frames(image: Image.Image) -> tuple[int, bool]:
    """How many frames there are, counted to MOST_FRAMES: a directory of a TIFF may go on for ever."""
    if image.format != "TIFF":  # an animation is no page of a paper
        return 1, False
    for count in range(1, MOST_FRAMES + 1):
        try:
            image.seek(count)
        except Exception:  # the end, or a damaged directory: what came before can be shown
            return count, False
    return MOST_FRAMES, True


def _for_the_eye(image: Image.Image) -> Image.Image:
    """In a mode that can be made smaller smoothly and be written as PNG."""
    if image.mode in ("L", "RGB", "RGBA"):
        return image.copy()
    if image.mode.startswith(("I", "F")):  # 16 and 32 bits of grey, spread over what is there
        low, high = image.getextrema()
        scale = 255.0 / max(float(high) - float(low), 1.0)  # type: ignore[arg-type]
        return image.point(lambda grey: grey * scale - float(low) * scale).convert("L")  # type: ignore[arg-type]
    if image.mode == "1":
        return image.convert("L")
    return image.convert("RGBA" if "transparency" in image.info or image.mode in ("LA", "PA") else "RGB")
