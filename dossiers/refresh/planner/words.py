"""A reason as a sentence, in English or Japanese, that says what is known and nothing else."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from .model import Reason

_WEEKDAYS = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "ja": "月火水木金土日",
}
# code → (English, Japanese). Every figure a sentence names is among the values of its reason.
SENTENCES: Mapping[str, tuple[str, str]] = {
    "person": ("asked for by a person", "担当者が照会を指示した"),
    "added": ("just added and never asked yet", "追加されたばかりで、まだ一度も照会していない"),
    "vain": (
        "the question of {tried} brought no answer that can be used; it is put again at growing intervals",
        "{tried}の照会では利用できる回答が得られなかった。間隔を広げながら再照会する",
    ),
    "hot": ("marked to be watched every day", "毎日確認する案件に指定されている"),
    "new": ("added on {added} and never asked yet", "{added}に追加され、まだ一度も照会していない"),
    "new_undated": ("never asked yet", "まだ一度も照会していない"),
    "limit": (
        "a time limit ends on {limit} and no step for it has been seen",
        "期限（{limit}）が迫り、それに対する手続はまだ確認できていない",
    ),
    "expected": (
        "the next act is expected about {expected}, as entered here",
        "入力された見込みでは、次の処分は{expected}ごろ",
    ),
    "unrequested": (
        "filed {months} months ago; no request for examination seen yet",
        "出願から{months}か月、審査請求はまだ確認できていない",
    ),
    "requested": ("examination requested {months} months ago", "審査請求から{months}か月"),
    "filed": ("filed {months} months ago and waiting for examination", "出願から{months}か月、審査待ち"),
    "accelerated": (
        "accelerated examination, waiting for {months} months",
        "早期審査の案件で、{months}か月待っている",
    ),
    "notice": (
        "a notice of reasons for refusal {months} months old; the answer may have been filed",
        "拒絶理由通知から{months}か月。応答が提出されている可能性がある",
    ),
    "answered": (
        "notice of reasons for refusal answered {months} months ago",
        "拒絶理由通知への応答から{months}か月",
    ),
    "allowed": (
        "decision to grant {months} months ago; the fee and the registration are awaited",
        "特許・登録査定から{months}か月。登録料の納付と設定登録を待っている",
    ),
    "refused": (
        "refused {months} months ago; an appeal may have been filed",
        "拒絶査定から{months}か月。審判が請求されている可能性がある",
    ),
    "appeal": ("appeal filed {months} months ago", "審判請求から{months}か月"),
    "board": ("before the board for {months} months", "審判合議体に移って{months}か月"),
    "registered": ("registered; changes are rare", "登録済みで、変化はまれ"),
    "closed": ("finished; changes are rare", "終了した案件で、変化はまれ"),
    "over": ("nothing more is to be expected; changes are rare", "これ以上の手続は見込まれず、変化はまれ"),
    "daily": ("every case like it is asked every day", "同種の案件は毎日照会する"),
    "unknown": ("where the case stands is not known", "段階がまだ分からない"),
    "family": (
        "the applications abroad are asked about once a week, the most urgent families first",
        "外国の対応出願は、優先度の高いファミリーから週に1回照会する",
    ),
    "promise": (
        "not asked for {waited} days, and every case like it is asked within {promise} days",
        "{waited}日間照会していない。同種の案件は{promise}日以内に必ず照会する",
    ),
}
_USUAL = {
    "first": (
        "first action is most often between month {low} and {high}",
        "最初の処分は{low}～{high}か月目が最も多い",
    ),
    "next": (
        "the next act is most often between month {low} and {high}",
        "次の処分は{low}～{high}か月目が最も多い",
    ),
}
_WITHIN = ("every case like it is asked within {within} days", "同種の案件は{within}日以内に必ず照会する")
_SPARE = ("today's calls reach this far", "本日の照会枠はこの案件まで届く")
_JUST_NOW = re.compile(r"(?<!\d)0か月(?!目)")
_FIRST_ACTION = {"requested", "accelerated", "filed"}


def reason_words(reason: Reason, language: str) -> str:
    """One sentence in `language` ("ja…" Japanese, else English). An unknown code is said as it is."""
    japanese = language.lower().startswith("ja")
    at = 1 if japanese else 0
    values = {name: _shown(value, japanese) for name, value in reason.values.items()}
    parts = [_fill(SENTENCES.get(reason.code, (reason.code, reason.code))[at], values)]
    if "low" in values and "high" in values:
        parts.append(_fill(_USUAL["first" if reason.code in _FIRST_ACTION else "next"][at], values))
    if "spare" in values:
        parts.append(_SPARE[at])
    if "within" in values:
        parts.append(SENTENCES["daily"][at] if values["within"] == "1" else _fill(_WITHIN[at], values))
    if asked := reason.values.get("asked"):
        parts.append(_asked(str(asked), str(reason.values.get("today", "")), japanese))
    if japanese:
        return "。".join(_JUST_NOW.sub("1か月未満", part) for part in parts) + "。"
    sentence = "; ".join(_singular(part) for part in parts)
    return sentence[:1].upper() + sentence[1:] + "."


def _fill(sentence: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        sentence = sentence.replace("{" + name + "}", value)
    return sentence


def _singular(words: str) -> str:
    words = f" {words}".replace(" 0 months", " less than a month")
    for unit in ("month", "day"):
        words = words.replace(f" 1 {unit}s", f" 1 {unit}")
    return words[1:]


def _shown(value: int | str, japanese: bool) -> str:
    if isinstance(value, str) and (day := _day(value)):
        return f"{day.year}年{day.month}月{day.day}日" if japanese else day.isoformat()
    return str(value)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _asked(asked: str, today: str, japanese: bool) -> str:
    """When the case was last asked: by the name of the day within a week, else by its date."""
    day, now = _day(asked), _day(today)
    if day is None:
        return f"最終照会 {asked}" if japanese else f"last asked {asked}"
    if now is not None and 0 < (now - day).days < 7:
        name = _WEEKDAYS["ja" if japanese else "en"][day.weekday()]
        return f"最終照会は{name}曜日" if japanese else f"last asked {name}"
    return f"最終照会は{_shown(asked, True)}" if japanese else f"last asked {asked}"
