"""Documents of the office as data: archives opened safely, notices read without guessing."""

from apiclient.documents.model import Article, Bundle, Cited, Member, Notice, Period, Reason

__all__ = ["Article", "Bundle", "Cited", "Member", "Notice", "Period", "Reason"]
