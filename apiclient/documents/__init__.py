"""Documents of the office as data: archives opened safely, notices read without guessing."""

from apiclient.documents.archive import read_bundle
from apiclient.documents.model import Article, Bundle, Cited, Member, Notice, Period, Reason
from apiclient.documents.notice import read_notice

__all__ = [
    "Article",
    "Bundle",
    "Cited",
    "Member",
    "Notice",
    "Period",
    "Reason",
    "read_bundle",
    "read_notice",
]
