"""The docket's memory."""

from .audit import AuditEntry, record
from .cases import (
    Case,
    CaseVisit,
    Citation,
    Document,
    Event,
    Law,
    Paper,
    Register,
    Residency,
    Snapshot,
)
from .docket import BY_HAND, OfficeClosure, ReviewTask, TimeLimit, TimeLimitChange
from .office import (
    Batch,
    BatchLine,
    Heartbeat,
    OfficeCall,
    Pump,
    QuotaDay,
    QuotaMinute,
    RefreshJob,
)
from .people import User
from .telling import Alert, Delivery, News
from .watching import Follow, Watchlist, WatchlistEntry

__all__ = [
    "BY_HAND",
    "Alert",
    "AuditEntry",
    "Batch",
    "BatchLine",
    "Case",
    "CaseVisit",
    "Citation",
    "Delivery",
    "Document",
    "Event",
    "Follow",
    "Heartbeat",
    "Law",
    "News",
    "OfficeCall",
    "OfficeClosure",
    "Paper",
    "Pump",
    "QuotaDay",
    "QuotaMinute",
    "RefreshJob",
    "Register",
    "Residency",
    "ReviewTask",
    "Snapshot",
    "TimeLimit",
    "TimeLimitChange",
    "User",
    "Watchlist",
    "WatchlistEntry",
    "record",
]
