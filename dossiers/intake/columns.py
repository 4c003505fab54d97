"""Which column of a table is what: guessed from headings and content, told by a person, remembered."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from django.db import models
from django.utils.translation import gettext_lazy as _

from apiclient import numbers
from dossiers import clock
from dossiers.models import ColumnMapping, User
from dossiers.refresh.search import fold

HEADING_ROWS = 15  # rows in which headings are looked for, and shown to choose by
_SHARE = 0.5  # of the cells that must read as numbers


class Field(models.TextChoices):
    """What a column may be."""

    NUMBER = "number", _("Application number, or any that says its kind")
    PUBLICATION = "publication", _("Publication number")
    REGISTRATION = "registration", _("Registration number")
    LAW = "law", _("Law")
    OWN_REFERENCE = "own_reference", _("Own reference")
    CLIENT = "client", _("Client")
    OWNER = "owner", _("Person in charge")
    DEPUTY = "deputy", _("Deputy")
    TAGS = "tags", _("Tags")
    NOTE = "note", _("Note")
    LIST = "list", _("Watchlist")
    TITLE = "title", _("Title, to compare with the office's")
    APPLICANT = "applicant", _("Applicant, to compare with the office's")


NUMBERS = (Field.NUMBER, Field.REGISTRATION, Field.PUBLICATION)  # the first that a row has names its case
SEVERAL = (Field.TAGS, Field.NOTE)  # more than one column may be these

# Headings as people and programs write them, in the order of their weight.
_HEADINGS: dict[Field, tuple[str, ...]] = {
    Field.NUMBER: (
        *("出願番号", "出願No", "特許出願番号", "application number", "application no", "appl no", "app no"),
        *("filing number", "JP application number", "application", "番号", "number", "案件番号"),
    ),
    Field.PUBLICATION: ("公開番号", "公開No", "公表番号", "publication number", "publication no"),
    Field.REGISTRATION: (
        *("登録番号", "登録No", "特許番号", "registration number", "registration no", "patent number"),
        *("patent no", "reg no"),
    ),
    Field.LAW: ("法域", "四法", "種別", "権利種別", "law", "right", "IP type", "type of right", "type"),
    Field.OWN_REFERENCE: (
        *(
            "整理番号",
            "社内整理番号",
            "当所整理番号",
            "弊所整理番号",
            "管理番号",
            "事件番号",
            "包袋番号",
            "当方整理番号",
        ),
        *(
            "own reference",
            "our reference",
            "our ref",
            "reference",
            "ref",
            "docket number",
            "docket no",
            "docket",
        ),
        *("matter", "matter number", "file number", "貴社整理番号"),
    ),
    Field.CLIENT: (
        "顧客",
        "顧客名",
        "クライアント",
        "依頼人",
        "依頼者",
        "取引先",
        "client",
        "client name",
        "customer",
    ),
    Field.OWNER: (
        *(
            "担当者",
            "担当",
            "主担当",
            "担当弁理士",
            "弁理士",
            "person in charge",
            "owner",
            "attorney",
            "responsible",
        ),
        *("handler", "case owner"),
    ),
    Field.DEPUTY: ("副担当", "副担当者", "代行者", "代理担当", "deputy", "backup", "second attorney"),
    Field.TAGS: ("タグ", "ラベル", "分類", "キーワード", "tag", "tags", "label", "labels"),
    Field.NOTE: (
        "備考",
        "メモ",
        "注記",
        "コメント",
        "摘要",
        "note",
        "notes",
        "remark",
        "remarks",
        "comment",
        "comments",
    ),
    Field.LIST: ("リスト", "ウォッチリスト", "監視リスト", "list", "watchlist", "watch list"),
    Field.TITLE: (
        *("発明の名称", "名称", "発明等の名称", "考案の名称", "意匠に係る物品", "商標", "件名", "タイトル"),
        *("title", "title of invention", "invention title", "mark"),
    ),
    Field.APPLICANT: (
        "出願人",
        "出願人名",
        "権利者",
        "特許権者",
        "applicant",
        "applicants",
        "holder",
        "proprietor",
    ),
}
_FIELD_OF = {fold(name): field for field, names in _HEADINGS.items() for name in names}
_ASIDE = re.compile(r"[(（\[【〔].{0,200}?[)）\]】〕]|[*＊※]|[必任][須意]")

Cells = Sequence[str]


class MappingRefused(Exception):
    """The columns cannot be read so. `code`: "no_number_column", "repeated_column", "no_such_column"."""

    def __init__(self, code: str, field: str = "") -> None:
        super().__init__(code)
        self.code, self.field = code, field


def field_of(heading: str) -> Field | None:
    """What a column of this heading is; None when the heading says nothing known."""
    whole = fold(heading)
    return _FIELD_OF.get(whole) or _FIELD_OF.get(fold(_ASIDE.sub("", heading)))


def heading_row_of(first: Sequence[tuple[int, Cells]]) -> int:
    """The number of the row that holds the headings, of the (number, cells) of the first rows; 0 for none."""
    score, best = 0, 0
    for number, cells in first:
        known = [cell for cell in cells if cell and field_of(cell) and not numbers.parse(cell)]
        if len(known) > score:
            score, best = len(known), number
    return best or _unknown_headings(first)


def _unknown_headings(first: Sequence[tuple[int, Cells]]) -> int:
    """The first row, where it names no case above a column that does in every other row."""
    if len(first) < 2 or any(map(numbers.parse, first[0][1])):
        return 0
    width = min(len(cells) for _number, cells in first)
    others = [cells for _number, cells in first[1:]]
    named = (first[0][1][at] and all(numbers.parse(cells[at]) for cells in others) for at in range(width))
    return first[0][0] if any(named) else 0


def guess(headings: Cells, sample: Sequence[Cells]) -> list[str]:
    """The field of each column, "" where nothing tells: by its heading, the number else by its cells."""
    width = max([len(headings), *map(len, sample)], default=0)
    fields: list[str] = []
    for column in range(width):
        heading = headings[column] if column < len(headings) else ""
        field = field_of(heading) if heading else None
        taken = field in fields and field not in SEVERAL
        fields.append("" if field is None or taken else field.value)
    if not any(field in NUMBERS for field in fields):
        _guess_number(fields, sample)
    if not any(headings) and Field.NUMBER in fields:
        after = fields.index(Field.NUMBER) + 1  # as in a paste: the number, then the own reference
        if after < width and not fields[after]:
            fields[after] = Field.OWN_REFERENCE.value
    return fields


def _guess_number(fields: list[str], sample: Sequence[Cells]) -> None:
    shares = [(_share(sample, column), -column) for column, field in enumerate(fields) if not field]
    share, column = max(shares, default=(0.0, 0))
    if share >= _SHARE:
        fields[-column] = Field.NUMBER.value


def _share(sample: Sequence[Cells], column: int) -> float:
    """How many of the filled cells of a column read as numbers of cases."""
    filled = [row[column] for row in sample if column < len(row) and row[column]]
    return sum(bool(numbers.parse(cell)) for cell in filled) / len(filled) if filled else 0.0


def checked(fields: Sequence[str], width: int) -> list[str]:
    """The fields of a table's columns as somebody chose them; MappingRefused if no line could be read so."""
    chosen = list(fields[:width])
    for field in chosen:
        if field and field not in Field.values:
            raise MappingRefused("no_such_column")
        if field and field not in SEVERAL and chosen.count(field) > 1:
            raise MappingRefused("repeated_column", field)
    if not any(field in NUMBERS for field in chosen):
        raise MappingRefused("no_number_column")
    return chosen + [""] * (width - len(chosen))


def remembered(headings: Cells, *, by: User) -> list[str] | None:
    """What `by` last said that columns of these headings are; None when there is nothing to go by."""
    if not any(headings):
        return None
    found = ColumnMapping.objects.filter(owner=by, headings=_fingerprint(headings)).first()
    return found and [field if field in Field.values else "" for field in found.columns]


def remember(headings: Cells, fields: Sequence[str], *, by: User) -> None:
    """Keep it for the next file with these headings; files without any are not recognised again."""
    if any(headings):
        ColumnMapping.objects.update_or_create(
            owner=by,
            headings=_fingerprint(headings),
            defaults={"columns": list(fields), "used_at": clock.now()},
        )


def _fingerprint(headings: Cells) -> str:
    return hashlib.sha256("\x1f".join(map(fold, headings)).encode()).hexdigest()
