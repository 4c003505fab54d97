"""Numbers, files and pastes become cases."""

from .batches import (
    IntakeRefused,
    Saved,
    check_again,
    choose_law,
    discard_batch,
    leave_out,
    save_batch,
    start_batch,
)
from .columns import Field, MappingRefused
from .importing import (
    give_up,
    has_headings,
    head_of,
    is_plain,
    keep_file,
    read_as,
    start_import,
    start_plain,
)
from .undoing import may_undo, undo

__all__ = [
    "Field",
    "IntakeRefused",
    "MappingRefused",
    "Saved",
    "check_again",
    "choose_law",
    "discard_batch",
    "give_up",
    "has_headings",
    "head_of",
    "is_plain",
    "keep_file",
    "leave_out",
    "may_undo",
    "read_as",
    "save_batch",
    "start_batch",
    "start_import",
    "start_plain",
    "undo",
]
