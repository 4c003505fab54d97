"""The whole docket as one file, and back: what a firm takes along, or starts again from.

`write` gives the archive piece by piece, `restore` fills an empty database from one; docs/archive.md
describes the file. Neither holds more than some rows at a time, whatever the docket's size.
"""

from .reading import ArchiveRefused
from .restoring import Restored, restore
from .writing import write

__all__ = ["ArchiveRefused", "Restored", "restore", "write"]
