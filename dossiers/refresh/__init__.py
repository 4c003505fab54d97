"""From the office to the docket: plan, ask, take in."""

from .jobs import request_refresh

__all__ = ["request_refresh"]
