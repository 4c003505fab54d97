"""Documents of the office as data: archives opened safely, notices read without guessing."""

from apiclient.documents.archive import read_bundle
from apiclient.documents.model import (
    Article,
    Bundle,
    Change,
    Cited,
    Claim,
    Decision,
    EarlierPaper,
    Filing,
    GoodsClass,
    Label,
    Member,
    Notice,
    Party,
    Period,
    Reason,
)
from apiclient.documents.notice import read_notice
from apiclient.documents.places import Place, passage, places_of

__all__ = [
    "Article",
    "Bundle",
    "Change",
    "Cited",
    "Claim",
    "Decision",
    "EarlierPaper",
    "Filing",
    "GoodsClass",
    "Label",
    "Member",
    "Notice",
    "Party",
    "Period",
    "Place",
    "Reason",
    "passage",
    "places_of",
    "read_bundle",
    "read_notice",
]
