"""A calculation in words, one line a step, in Japanese or English."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Literal

from .dates import Period, parse_length
from .eras import rewritten
from .fee_words import fee_in_words
from .fees import jpo_fees
from .results import Calculation, Rung, Step, Value

Language = Literal["ja", "en"]
WriteDay = Callable[[date], str]

STEPS: dict[str, tuple[str, str]] = {
    "base": (
        "起算の基準日：{kind} {base}。初日は算入しない（特許法3条1項1号）",
        "Counted from {kind} {base}; that day itself is not counted (Patent Act Art. 3(1)(i))",
    ),
    "base_abroad": (
        "起算の基準日：{kind} {base}。その日は算入しない{law}",
        "Counted from {kind} {base}; that day itself is not counted{law}",
    ),
    "conclusion_unknown": (
        "結論（成立・不成立、取消・維持）は庁データでは分からない。不利な結論の場合の期限として計算した。要確認",
        "Whether the decision grants or refuses, revokes or maintains, is not in the office's data: this is "
        "the time limit if it goes against the party; to be checked",
    ),
    "maybe_international": (
        "番号から国際登録（マドリッド・ハーグ）の可能性がある。国際登録ならこの期限はない。確認が必要",
        "The number suggests an international registration (Madrid, Hague), for which this time limit does "
        "not exist; to be confirmed",
    ),
    "registered_meanwhile": (
        "この指令・通知の期間中またはその後の {registered} に設定登録された。出願そのものについてのものか、"
        "別の手続についてのものかは庁データでは分からないため、閉じていない。要確認",
        "The right was registered on {registered} without a reply on file. Whether the paper concerned the "
        "application or a procedure of its own is not in the office's data, so it stays open; to be checked",
    ),
    "fee_period_extended": (
        "登録料の納付期間の延長に伴い、同じ期間だけ延びる（特許法44条5項）",
        "Extended with the period to pay the registration fee, by the same time (Patent Act Art. 44(5))",
    ),
    "pct_filing_date": (
        "国際出願：表示の出願日 {base} を国際出願日として計算した。確認が必要",
        "International application: the filing date shown, {base}, is taken as the international filing "
        "date; to be confirmed",
    ),
    "derived_filing": (
        "分割・変更出願：原出願日 {original} から3年（{whole}）と、現実の出願日 {base} から30日（{own}）の"
        "うち遅い方（特許法48条の3第1項・2項）",
        "Divisional or converted application: the later of three years from the original filing {original} "
        "({whole}) and 30 days from its own filing {base} ({own}) (Patent Act Art. 48-3(1)(2))",
    ),
    "original_filing_unknown": (
        "分割・変更出願：原出願の出願日が不明のため、現実の出願日 {base} から30日だけを数えた。確認が必要",
        "Divisional or converted application: the original filing date is not known, so only the 30 days "
        "from its own filing {base} are counted; to be confirmed",
    ),
    "period_printed": (
        "書類に記載の期間 {period} を使う。「{quote}」",
        "The period printed in the document, {period}, is used: “{quote}”",
    ),
    "printed_for_overseas": (
        "書類には在外者の期間も記載されている。住所区分「{residency}」により {period} とした",
        "The document also prints a period for overseas parties; for residency “{residency}” it is {period}",
    ),
    "printed_equals": (
        "記載の期間 {period} は、表の{column}の期間と一致する",
        "The printed period, {period}, equals the period of the table for {column}",
    ),
    "period_disagrees": (
        "記載の期間 {printed} は、{column}の表の期間 {table} と違う。記載の期間を使った。要確認",
        "The printed period, {printed}, differs from {table} in the table for {column}; the printed one is "
        "used, to be checked",
    ),
    "period_table": (
        "表の期間：{period}（{column}）。根拠 {article}。出典 {source}",
        "Period by table: {period} ({column}). Basis {article}. Source: {source}",
    ),
    "residency_known": (
        "住所区分「{residency}」による期間を使う",
        "The period for residency “{residency}” is used",
    ),
    "residency_shorter": (
        "住所区分が「{residency}」のため、短い方の {period} を使う（長い方は {other}）",
        "Residency is “{residency}”, so the shorter period, {period}, is used (the longer is {other})",
    ),
    "residency_assumed": (
        "住所区分が「{residency}」のため、在内者の {period} を使う。在外者の期間は書類で確認する",
        "Residency is “{residency}”, so the residents' period, {period}, is used; the period for overseas "
        "parties is in the document",
    ),
    "notice_not_read": (
        "書類の本文はまだ読まれていない。読めばこの期限は変わりうる",
        "The document has not been read yet; the time limit may change when it is",
    ),
    "notice_unreadable": (
        "書類の本文を読み取れなかった。記載の期間は要確認",
        "The document could not be read; its printed period has to be checked",
    ),
    "notice_without_body": (
        "書類の本文は提供されない。記載の期間は要確認",
        "The office serves no body of this document; its printed period has to be checked",
    ),
    "notice_without_period": (
        "書類の本文に期間が見つからなかった",
        "No period was found in the body of the document",
    ),
    "notice_implausible": (
        "本文から読み取った期間（{n} {unit}）は現実的でなく、使っていない",
        "The period read from the body ({n} {unit}) is not plausible and is not used",
    ),
    "notice_of_other_case": (
        "本文の出願番号 {printed} はこの案件の {ours} と違う。本文の期間は使っていない",
        "The body names application {printed}, not {ours}; its period is not used",
    ),
    "final_notice": (
        "「最後」の拒絶理由通知。補正の範囲が制限される（特許法17条の2第5項等）",
        "A final notice: amendments are restricted (Patent Act Art. 17-2(5) and the like)",
    ),
    "entered": (
        "{by} が基準日 {base} を入力した（庁データにはない）",
        "{by} entered {base} as the day it runs from; the office's data do not tell it",
    ),
    "on_the_day": ("{raw_end} その日までに行う", "It is to be done by {raw_end} itself"),
    "counted_back": (
        "{base} で満了する {period} の期間から逆算して {raw_end}",
        "Counted back from the {period} that end on {base}: {raw_end}",
    ),
    "elapsed": (
        "先の期間 {first} は {end} に終わり、閉庁日を除くと {moved}。次の期間はその翌日から数える",
        "The period before it, {first}, ends on {end}, moved off closed days to {moved}; the next one runs "
        "from the day after",
    ),
    "raw_end_after": (
        "{moved} の経過後 {period} の末日は {raw_end}",
        "{period} after {moved} end on {raw_end}",
    ),
    "raw_end_abroad": (
        "{period} の末日は応当日の {raw_end}（応当日がなければ月の末日）。日本の数え方とは異なる",
        "{period} end on the corresponding day, {raw_end} (or the last day of a month without it); this is "
        "not the Japanese way of counting",
    ),
    "raw_end_earlier": (
        "{period} の末日は特許法3条では {here}、PCT規則80.2では {treaty}。早い方の {raw_end} で管理する",
        "{period} end on {here} by Patent Act Art. 3 and on {treaty} by PCT Rule 80.2; the earlier one, "
        "{raw_end}, is kept to",
    ),
    "raw_end_short": (
        "{period} を経過する日の前日は {raw_end}",
        "The day before {period} have elapsed is {raw_end}",
    ),
    "rolled_abroad": (
        "末日 {raw_end} から続く {days} を除き、期限は {due} となる",
        "Closed: {days}. The last day moves from {raw_end} to {due}",
    ),
    "holidays_abroad": (
        "{office} の閉庁日は週末のほか不明。現地代理人に確認する",
        "Of the days on which {office} is closed only weekends are known; confirm with the local attorney",
    ),
    "extension_claimed": (
        "{by} によれば {filed} に延長を請求した（{asked}）。庁データではまだ確認できない",
        "{by} says that more time was asked for on {filed} ({asked}); the office's data do not show it yet",
    ),
    "relief": ("救済：{text}", "Relief: {text}"),
    "raw_end": (
        "{period} の末日は {raw_end}（暦により計算、特許法3条1項2号）",
        "{period} end on {raw_end} (by the calendar, Patent Act Art. 3(1)(ii))",
    ),
    "extended": (
        "期間延長請求書（受付 {filed}、書類番号 {document}）により {period} を一つの期間として数え、"
        "末日は {raw_end}（{article}）",
        "Request for extension received {filed}, document number {document}: {period} count as one period "
        "from the original start and end on {raw_end} ({article})",
    ),
    "extended_late": (
        "期間徒過後の期間延長請求書（受付 {filed}、書類番号 {document}）により末日は {raw_end}（{article}）",
        "Request for extension after expiry received {filed}, document number {document}: the end is "
        "{raw_end} ({article})",
    ),
    "rolled": (
        "末日 {raw_end} から続く {days} は閉庁日のため、期限は {due} となる（特許法3条2項）",
        "Closed: {days}. The last day moves from {raw_end} to {due} (Patent Act Art. 3(2))",
    ),
    "open_day": (
        "{due} は開庁日であり、そのまま期限となる",
        "The office is open on {due}; it is the due date",
    ),
    "not_rolled": (
        "閉庁日による延長はない。{due} がそのまま期限となる",
        "Not moved off closed days; {due} is the due date",
    ),
    "calendar_unconfirmed": (
        "{through} より後の祝日は未発表の見込みによる。期限は変わりうる",
        "Holidays after {through} are predicted, not announced; the due date may change",
    ),
    "register_due": (
        "登録原簿の次期納付期限は {due}（閉庁日による延長前の日）",
        "The register names {due} as the next payment, not yet moved off closed days",
    ),
    "register_year": (
        "登録日 {base}、第{paid}年分まで納付済み。第{year}年分は登録日から{paid}年の末日までに納付",
        "Registered {base}, paid up to year {paid}: year {year} is payable by the end of {paid} years from "
        "the registration date",
    ),
    "instalment_due": (
        "存続期間の満了日 {expires} の5年前は {due}",
        "The day five years before expiry on {expires} is {due}",
    ),
    "expiry": (
        "存続期間は {expires} に満了する（{article}）",
        "The term expires on {expires} ({article})",
    ),
    "window_opens": (
        "{opens} から手続できる（満了前{months}月）",
        "It can be done from {opens} on ({months} months before expiry)",
    ),
    "missed": ("期限を過ぎると：{text}", "If missed: {text}"),
    "note": ("注：{text}", "Note: {text}"),
}

WORDS: dict[str, tuple[str, str]] = {
    "dispatch": ("発送日", "the dispatch date"),
    "service": (
        "送達日（オンライン発送では発送日）",
        "the date of service (with online dispatch the dispatch date)",
    ),
    "filing": ("出願日", "the filing date"),
    "actual_filing": ("現実の出願日", "the actual filing date"),
    "earliest_priority": ("最先の優先日", "the earliest priority date"),
    "first_filing": ("最初の出願日", "the date of the first filing"),
    "registration": ("設定登録日", "the registration date"),
    "register": ("登録原簿の納付期限", "the date in the register"),
    "expiry": ("存続期間の満了日", "the expiry of the term"),
    "disclosure": ("公知となった日", "the day of disclosure"),
    "exhibition": ("出品・出展の日", "the day of the exhibition"),
    "approval": ("処分を受けた日", "the day of the approval"),
    "gazette": ("掲載公報の発行日", "the publication of the gazette"),
    "cancellation": ("国際登録の取消日", "the cancellation of the international registration"),
    "knowledge": ("理由を知った日", "the day the ground became known"),
    "national_processing_reference": (
        "国内処理基準時の属する日",
        "the day of the national processing reference time",
    ),
    "national_document_filed": ("国内書面の提出日", "the filing of the national document"),
    "appeal_filed": ("審判請求の日", "the filing of the appeal"),
    "withdrawal": ("取下げ・放棄の日", "the withdrawal or abandonment"),
    "judgment_final": ("判決の確定日", "the day the judgment became final"),
    "notification": ("国際事務局の通報日", "the notification by the International Bureau"),
    "mailing": ("発送日（外国庁）", "the mailing date"),
    "document_date": ("通知の日付", "the date of the document"),
    "notice_of_allowance": ("特許許可通知の日", "the date of the notice of allowance"),
    "grant": ("特許付与日", "the date of grant"),
    "resident": ("在内者", "residents"),
    "overseas": ("在外者", "overseas parties"),
    "mixed": ("在内者と在外者の混在", "mixed"),
    "unknown": ("不明", "unknown"),
    "all": ("共通", "all parties"),
}

UNITS: dict[str, tuple[str, str, str]] = {
    "day": ("日", "day", "days"),
    "month": ("月", "month", "months"),
    "year": ("年", "year", "years"),
}

RUNGS: dict[str, tuple[str, str]] = {
    "extension": ("期間内の延長", "Extension"),
    "late_extension": ("期間経過後の延長", "Extension after expiry"),
    "grace": ("割増の追納等", "Late period"),
    "restoration": ("救済（回復）", "Restoration"),
    "notice": ("未提出の通知の後", "After the office's notice"),
}

CONFIDENCE: dict[str, tuple[str, str]] = {
    "official": ("", ""),
    "secondary": (
        "この期間は二次資料による。書類で確認すること",
        "The length is from a secondary source; confirm it in the document",
    ),
    "unsure": (
        "この期間は未確認。書類で確認すること",
        "The length is not confirmed; check the document",
    ),
}


def explain(calculation: Calculation, language: Language, day: WriteDay = date.isoformat) -> list[str]:
    """How the time limit was found, one line a step, then one line for each later way to act."""
    lines = [explain_step(step, language, day) for step in calculation.steps]
    if warning := _pick(CONFIDENCE[calculation.confidence], language):
        lines.append(warning)
    return [*lines, *(explain_rung(rung, language, day) for rung in calculation.ladder)]


def explain_step(step: Step, language: Language, day: WriteDay = date.isoformat) -> str:
    """One step in words, days as `day` writes them. KeyError for a step no version of this package makes."""
    return _pick(STEPS[step.code], language).format_map(_Filled(step.values, language, day))


def explain_rung(rung: Rung, language: Language, day: WriteDay = date.isoformat) -> str:
    """One later way to act: its last day, its fee with the source, condition and article."""
    name = _pick(RUNGS[rung.kind], language)
    if rung.kind == "notice":
        japanese = f"{name}：{rung.condition_ja}（{rung.article_ja}）"
        return _pick((japanese, f"{name}: {rung.condition_en} ({rung.article})"), language)
    fee = fee_in_words(jpo_fees().of_rung(rung), language)
    if language == "ja":
        due = f"{day(rung.due)} まで" if rung.due else "期限は算出できない"
        asked = "（請求済み）" if rung.requested else ""
        return f"{name}{asked}：{due}。{fee}。{rung.condition_ja}（{rung.article_ja or rung.article}）"
    due = f"until {day(rung.due)}" if rung.due else "its end cannot be computed"
    asked = " (requested)" if rung.requested else ""
    return f"{name}{asked}: {due}; {fee}; {rung.condition_en} ({rung.article})"


def period_in_words(text: str, language: Language) -> str:
    """``"60d+2m"`` as 60日+2月 or 60 days + 2 months; any other text as it is."""
    try:
        length = parse_length(text)
    except ValueError:
        return text
    words = _joined(length.periods, language)
    if length.shape == "day":
        return _pick(("当日", "the day itself"), language)
    if length.shape in ("opens", "before"):
        before = ("の前日" if language == "ja" else ", less a day") if length.shape == "before" else ""
        return f"前{words}{before}" if language == "ja" else f"{words} before{before}"
    if length.first:
        elapsed = _joined(length.first, language)
        words = f"{elapsed}の経過後{words}" if language == "ja" else f"{words} after {elapsed}"
    if length.short:
        return f"{words}の前日まで" if language == "ja" else f"{words} less a day"
    return words


def _joined(periods: Iterable[Period], language: Language) -> str:
    if language == "ja":
        return "+".join(f"{period.n}{UNITS[period.unit][0]}" for period in periods)
    return " + ".join(f"{p.n} {UNITS[p.unit][1 if p.n == 1 else 2]}" for p in periods)


class _Filled(dict[str, str]):
    """The values of a step as words of one language: names resolve to their own language's value."""

    def __init__(self, values: Mapping[str, Value], language: Language, day: WriteDay) -> None:
        super().__init__()
        for name, value in values.items():
            stem, _, suffix = name.rpartition("_")
            if suffix in ("ja", "en"):
                if suffix == language:
                    self[stem] = rewritten(str(value), day)
            else:
                self[name] = day(value) if isinstance(value, date) else _word(name, value, language)


PERIOD_NAMES = frozenset({"period", "other", "printed", "table", "first"})
WORD_NAMES = frozenset({"kind", "residency", "column"})


def _word(name: str, value: Value, language: Language) -> str:
    if name in WORD_NAMES and value in WORDS:
        return _pick(WORDS[str(value)], language)
    if name in PERIOD_NAMES and isinstance(value, str):
        return period_in_words(value, language)
    if name == "document":
        return str(value) or "-"
    return str(value)


def _pick(pair: tuple[str, str], language: Language) -> str:
    return pair[0] if language == "ja" else pair[1]
