"""One application's dossier as the One Portal Dossier shows it: documents, citations, classes.

Ids of Japanese documents bear an English name and the document number of the status information, with _JP for
the original and without it for the translation; that the id without _JP is the translation is inferred. Ids
of other offices are opaque.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from random import Random

from apiclient.sandbox.families import Dated, Member
from apiclient.sandbox.life import APPLICATION, Act
from apiclient.sandbox.reasons import reasons
from apiclient.sandbox.techniques import technique_of
from apiclient.sandbox.world import Case

_ENGLISH = {
    "A131": "Notice of Reasons for Refusal",
    "A01": "Decision to Grant a Patent",
    "A02": "Decision of Refusal",
    "A191": "Decision of Dismissal of Amendment",
    "A53": "Written Opinion",
    "A523": "Written Amendment",
    "A621": "Written Request for Examination",
    "A632": "National Form Paragraphs",
    "A971007": "Search Report by Registered Search Organization",
}
_PARTS = {"Y": "Abstract", "L": "Claims", "M": "Description", "S": "Application for Patent", "Z": "Drawings"}
_FILINGS = ("A63", "A634")
_EVENTS = {  # months after filing, what came
    "US": (
        (0, "Specification"),
        (0, "Claims"),
        (16, "Non-Final Rejection"),
        (20, "Amendment/Req. Reconsideration-After Non-Final Reject"),
    ),
    "EP": (
        (0, "Description"),
        (0, "Claims"),
        (13, "European search opinion"),
        (25, "Reply to communication"),
    ),
    "CN": (
        (0, "Description"),
        (0, "Claims"),
        (15, "First Office Action"),
        (19, "Response to Office Action"),
    ),
    "KR": (
        (0, "Specification"),
        (0, "Claims"),
        (14, "Request for the Submission of an Opinion"),
        (18, "Written Opinion"),
    ),
}
_GRANTED = {
    "US": "Notice of Allowance",
    "EP": "Intention to grant",
    "CN": "Notice of Grant",
    "KR": "Decision to Grant",
}
_ENGLISH_SPEAKING = ("US", "EP")
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the document list; `act` is the row of the status information of a Japanese document."""

    on: date
    group: str
    original_id: str
    original: str
    translated_id: str  # "" where there is no translation
    translated: str
    act: Act | None = None


@dataclass(frozen=True, slots=True)
class CitedPatent:
    drafted: date
    cited_in: str
    number: str


@dataclass(frozen=True, slots=True)
class CitedText:
    drafted: date
    cited_in: str
    text: str


@dataclass(frozen=True, slots=True)
class Dossier:
    """The dossier of `member`, an application of the family of `head`, as seen on `today`."""

    head: Case
    member: Member
    today: date

    @property
    def english_title(self) -> str:
        return technique_of(self.head.title)[1].english

    @property
    def title(self) -> str:
        """As filed; the other offices give theirs in English."""
        return self.member.sight.case.title if self.member.sight else self.english_title

    @property
    def applicants(self) -> tuple[str, ...]:
        if self.member.sight:
            return tuple(one.name for one in self.member.sight.case.applicants)
        return self.english_applicants

    @property
    def english_applicants(self) -> tuple[str, ...]:
        return tuple(f"SPECIMEN APPLICANT {one.code}" for one in self.head.applicants)

    # Documents

    def entries(self) -> tuple[Entry, ...]:
        return self._japanese() if self.member.sight else self._foreign()

    def _japanese(self) -> tuple[Entry, ...]:
        acts = self.member.sight.acts if self.member.sight else ()
        named = [(act, _english(act)) for act in acts if act.available and act.block == APPLICATION]
        return tuple(_japanese_entry(act, name) for act, name in named if name)

    def _foreign(self) -> tuple[Entry, ...]:
        office, filed = self.member.office, self.member.application.on
        rng = Random(f"{self.member.application.number}/documents")
        events = [
            (filed + timedelta(days=months * 30 + (rng.randrange(20) if months else 0)), name)
            for months, name in _EVENTS[office]
        ]
        events += [(one.on - timedelta(days=90), _GRANTED[office]) for one in self.member.registrations]
        return tuple(
            self._foreign_entry(*event, n) for n, event in enumerate(events) if event[0] < self.today
        )

    def _foreign_entry(self, on: date, name: str, nth: int) -> Entry:
        office, number = self.member.office, self.member.application.number
        original = _opaque(f"{number}/{nth}")
        group = "Filing" if nth < 2 else "Examination"
        if office in _ENGLISH_SPEAKING:
            return Entry(on, group, original, name, "", "")
        return Entry(
            on, group, original, name, _opaque(f"{number}/{nth}/en"), f"{name} (machine translation)"
        )

    def entry(self, identity: str) -> Entry | None:
        """The row with this id of an original or of a translation."""
        return next((one for one in self.entries() if identity in (one.original_id, one.translated_id)), None)

    # Citations and classes

    def classes(self) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
        """IPC symbols, and the office's own with their scheme."""
        technique = technique_of(self.head.title)[1]
        own: tuple[tuple[str, str], ...]
        if self.member.office == "JP":
            own = (("FI", f"{technique.ipc}@Z"), ("F-term", f"5{technique.ipc[0]}026 AA06"))
        elif self.member.office in ("US", "EP"):
            own = (("CPC", technique.cpc), ("CPC", technique.ipc))
        else:
            own = (("IPC", technique.ipc),)
        return (technique.ipc,), own

    def cited_patents(self) -> tuple[CitedPatent, ...]:
        if self.member.sight:
            return tuple(
                CitedPatent(
                    act.drafted or act.day, act.name, f"JP.{cited.published.year}{cited.serial:06d}.A"
                )
                for act in self._notices()
                for cited in reasons(self.member.sight.case, act).cited
            )
        rng = Random(f"{self.member.application.number}/citations")
        return tuple(
            CitedPatent(
                entry.on, entry.original, f"US.{rng.randrange(2005, 2015)}{rng.randrange(900_000, 10**6)}.A1"
            )
            for entry in self._actions()
            for _ in range(rng.randrange(1, 4))
        )

    def cited_texts(self) -> tuple[CitedText, ...]:
        field = self.english_title.lower()
        text = f"SPECIMEN, Author, On an invented {field}, Journal of Specimens, 2009, Vol. 1, pp. 1-9"
        if self.member.sight:
            return tuple(CitedText(act.drafted or act.day, act.name, text) for act in self._notices()[:1])
        return tuple(CitedText(entry.on, entry.original, text) for entry in self._actions()[:1])

    def _notices(self) -> list[Act]:
        acts = self.member.sight.acts if self.member.sight else ()
        return [act for act in acts if act.code == "A131" and act.block == APPLICATION]

    def _actions(self) -> list[Entry]:
        """Office actions abroad: the first document that is neither filing nor answer."""
        return [one for one in self._foreign() if one.group == "Examination"][:1]

    @property
    def reference(self) -> tuple[Dated, Dated | None, Dated | None]:
        """Application, first publication, first grant."""
        seen = self.member.publications[:1], self.member.registrations[:1]
        publication, grant = ((one[0] if one else None) for one in seen)
        return self.member.application, publication, grant


def _english(act: Act) -> str:
    """The English name of a document, "" for one the dossier does not list."""
    return _PARTS.get(act.separator, "") if act.code in _FILINGS else _ENGLISH.get(act.code, "")


def _japanese_entry(act: Act, english: str) -> Entry:
    identity = f"{english.replace(' ', '_')}_{act.number}"
    filed = act.code in _FILINGS or act.code in ("A621", "A632")
    group = "Filing" if filed else "Examination"
    return Entry(act.day, group, f"{identity}_JP", act.name, identity, english, act)


def _opaque(text: str) -> str:
    """Fifteen letters and digits that tell nothing."""
    number, letters = int.from_bytes(sha256(text.encode()).digest()[:12], "big"), ""
    for _ in range(15):
        number, rest = divmod(number, len(_ALPHABET))
        letters += _ALPHABET[rest]
    return letters
