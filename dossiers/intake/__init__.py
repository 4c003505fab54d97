"""Numbers, files and pastes become cases."""

from .batches import (
    IntakeRefused,
    Saved,
    check_again,
    choose_law,
    discard_batch,
    save_batch,
    start_batch,
)

__all__ = [
    "IntakeRefused",
    "Saved",
    "check_again",
    "choose_law",
    "discard_batch",
    "save_batch",
    "start_batch",
]
