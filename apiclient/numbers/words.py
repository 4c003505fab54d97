"""The words that say what a number is, in one table each: reading, finding and writing share them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from apiclient.numbers.model import Kind, Law

# Words before a year and a serial number. The first of a law and kind is the one written.
YEARED: dict[str, tuple[Law | None, Kind]] = {
    "特願": ("patent", "application"),
    "特許出願": ("patent", "application"),
    "特許願": ("patent", "application"),
    "実願": ("utility_model", "application"),
    "実用新案登録出願": ("utility_model", "application"),
    "実用新案登録願": ("utility_model", "application"),
    "意願": ("design", "application"),
    "意匠登録出願": ("design", "application"),
    "意匠登録願": ("design", "application"),
    "商願": ("trademark", "application"),
    "商標登録出願": ("trademark", "application"),
    "商標登録願": ("trademark", "application"),
    "特開": ("patent", "publication"),
    "特許公開": ("patent", "publication"),
    "公開特許": ("patent", "publication"),
    "特表": ("patent", "national_publication"),
    "特許公表": ("patent", "national_publication"),
    "特公": ("patent", "examined_publication"),
    "特許公告": ("patent", "examined_publication"),
    "実開": ("utility_model", "publication"),
    "実全": ("utility_model", "publication"),
    "実表": ("utility_model", "national_publication"),
    "実公": ("utility_model", "examined_publication"),
    "商公": ("trademark", "examined_publication"),
    "不服": (None, "appeal_refusal"),
    "補正": (None, "appeal_amendment"),
    "無効": (None, "invalidation"),
    "異議": (None, "opposition"),
    "取消": (None, "cancellation"),
    "訂正": (None, "correction"),
    "判定": (None, "advisory_opinion"),
    "再審": (None, "retrial"),
    "審判": (None, "trial"),
    "不服審判": (None, "appeal_refusal"),
    "拒絶査定不服審判": (None, "appeal_refusal"),
    "無効審判": (None, "invalidation"),
    "異議申立": (None, "opposition"),
    "取消審判": (None, "cancellation"),
    "訂正審判": (None, "correction"),
}
# Words that stand between the year and the number: 平成11年特許願第123456号, 平成9年審判第12345号.
BETWEEN: tuple[str, ...] = ("特許願", "実用新案登録願", "意匠登録願", "商標登録願", "審判", "異議", "判定")

# Words before a number without a year.
NUMBERED: dict[str, Law | None] = {
    "特許": "patent",
    "実用新案登録": "utility_model",
    "登録実用新案": "utility_model",
    "実用登録": "utility_model",
    "実登": "utility_model",
    "意匠登録": "design",
    "登録意匠": "design",
    "意登": "design",
    "商標登録": "trademark",
    "登録商標": "trademark",
    "防護標章登録": "trademark",
    "商登": "trademark",
    "登録": None,
}

ENGLISH_APPLICATION: dict[str, Law | None] = {
    "PATENT": "patent",
    "UTILITYMODEL": "utility_model",
    "DESIGN": "design",
    "TRADEMARK": "trademark",
    "": None,
}

# What a label before a number says it is. A label of nothing says that the number is no case's.
LABELS: dict[str, tuple[Kind, ...]] = {
    "出願番号": ("application", "pct_application"),
    "原出願番号": ("application",),
    "公開番号": ("publication", "national_publication"),
    "公表番号": ("national_publication",),
    "公告番号": ("examined_publication",),
    "特許番号": ("registration",),
    "登録番号": ("registration",),
    "国際出願番号": ("pct_application",),
    "国際公開番号": ("pct_publication",),
    "国際登録番号": ("international_registration",),
    "識別番号": ("applicant_code",),
    "申請人コード": ("applicant_code",),
    "申請人識別番号": ("applicant_code",),
    "書類番号": ("document_number",),
    "APPLNO": ("application",),
    "APPLICATIONNO": ("application",),
    "APPLICATIONNUMBER": ("application",),
    "PUBNO": ("publication", "national_publication"),
    "PUBLICATIONNO": ("publication", "national_publication"),
    "PUBLICATIONNUMBER": ("publication", "national_publication"),
    "PATENTNO": ("registration",),
    "REGNO": ("registration",),
    "REGISTRATIONNO": ("registration",),
    "REGISTRATIONNUMBER": ("registration",),
    "審判番号": (),
    "事件番号": (),
    "番号": (),
}
OWN_LABELS: tuple[str, ...] = (
    "整理番号",
    "管理番号",
    "社内番号",
    "案件番号",
    "当所整理番号",
    "貴社整理番号",
    "弊所整理番号",
    "OURREF",
    "YOURREF",
    "REFNO",
    "REF",
    "DOCKETNO",
    "DOCKET",
    "発送番号",
    "電話番号",
    "電話",
    "TEL",
    "FAX",
)

COUNTRIES: dict[str, str] = {
    "米国": "US",
    "欧州": "EP",
    "中国": "CN",
    "中華人民共和国": "CN",
    "韓国": "KR",
    "大韓民国": "KR",
    "英国": "GB",
    "独国": "DE",
    "ドイツ": "DE",
    "ドイツ国": "DE",
    "仏国": "FR",
    "フランス": "FR",
    "フランス国": "FR",
    "台湾": "TW",
    "カナダ": "CA",
    "カナダ国": "CA",
    "豪州": "AU",
    "オーストラリア": "AU",
    "ロシア": "RU",
    "ロシア国": "RU",
}
FOREIGN_KINDS: dict[str, tuple[Law, Kind]] = {
    "特許出願公開": ("patent", "publication"),
    "公開特許": ("patent", "publication"),
    "公開特許公報": ("patent", "publication"),
    "特許公開": ("patent", "publication"),
    "特許公開公報": ("patent", "publication"),
    "特許出願公開明細書": ("patent", "publication"),
    "特許出願": ("patent", "application"),
    "特許": ("patent", "registration"),
    "登録特許": ("patent", "registration"),
    "登録特許公報": ("patent", "registration"),
    "特許公報": ("patent", "registration"),
    "特許明細書": ("patent", "registration"),
    "実用新案": ("utility_model", "registration"),
    "登録実用新案": ("utility_model", "registration"),
    "登録実用新案公報": ("utility_model", "registration"),
    "公開実用新案": ("utility_model", "publication"),
}

# WO9912345 and WO02059001: two figures of the year and no slash, which ended with 2003.
OLD_WORLD = r"(?:7[89]|[89][0-9]|0[0-3])[0-9]{5,6}"


def any_of(words: Iterable[str]) -> str:
    """A pattern for one of the words, longest first."""
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))
