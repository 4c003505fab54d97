"""Every word of the mails, in both languages side by side so that none can be missing."""

from __future__ import annotations

from typing import Literal

from dossiers.models import News

Language = Literal["ja", "en"]

_WORDS: dict[str, tuple[str, str]] = {
    # subject
    "due": ("期限 {due}", "due {due}"),
    "review": ("要確認", "review"),
    "between": ("：", ": "),
    # what happened
    News.Kind.OFFICE_ACTION: (
        "特許庁から拒絶理由通知が発送されました。",
        "The office has dispatched an office action.",
    ),
    News.Kind.DECISION: ("特許庁から査定・審決が発送されました。", "The office has dispatched a decision."),
    News.Kind.DISPATCH: ("特許庁から書類が発送されました。", "The office has dispatched a document."),
    News.Kind.REGISTERED: ("設定登録がされました。", "The right has been registered."),
    News.Kind.NOT_ACCOUNTED: (
        "扱いの決まっていない書類があります。期限が走っているかもしれません。",
        "There is a document that is not accounted for. A time limit may be running.",
    ),
    News.Kind.LIMIT_MOVED: ("期限の計算結果が変わりました。", "A computed time limit has moved."),
    News.Kind.NOT_FOUND: (
        "特許庁は、この番号の案件がないと答えました。番号と法域を確かめてください。見つかるまで、この案件の書類は届いても分かりません。",
        "The office says it knows no such case. Check number and law: until then nothing can be seen of it.",
    ),
    News.Kind.NOT_READ: (
        "特許庁の回答を読み取れませんでした。新しい書類を見落としている可能性があります。J-PlatPatで確認してください。",
        "The office's answer could not be read. New documents may be missed: look in J-PlatPat.",
    ),
    "act_registered": ("設定登録", "Registration"),
    "act_not_accounted": ("扱い未定の書類", "Document not accounted for"),
    "act_limit_moved": ("期限変更", "Time limit moved"),
    "act_not_found": ("案件なしの回答", "Case not known to the office"),
    "act_not_read": ("回答の読取り不能", "Answer not readable"),
    "act_other": ("書類", "Document"),
    "found_on_adding": (
        "案件の登録時に見つかりました。発送は以前の可能性があります。",
        "Found when the case was added; it may have been dispatched some time ago.",
    ),
    "moved": ("{old} から {new} へ変更", "from {old} to {new}"),
    "no_date": ("日付なし", "no date"),
    "act": ("書類", "Document"),
    "dispatched": ("発送日", "Dispatched"),
    "received": ("受付日・作成日", "Received or made"),
    "seen": ("当方の確認", "Seen by us"),
    "change": ("変更", "Change"),
    "not_given": ("庁データに日付がありません", "not given by the office"),
    "vanished": (
        "この書類は、その後、庁の書類一覧からなくなりました。",
        "This document has since left the office's list of documents.",
    ),
    # the limit
    "limits": ("期限", "Time limit"),
    "days_left": ("あと{n}日", "{n} days left"),
    "day_left": ("あと1日", "1 day left"),
    "today": ("本日まで", "today is the last day"),
    "past": ("{n}日経過", "{n} days past"),
    "unknown_due": (
        "日付を計算できません。書類を読んでください",
        "No date can be computed: read the document",
    ),
    "provisional": (
        "暫定の計算です。確定していない前提があります（下の計算根拠）。",
        "Provisional: it rests on something not settled (see the calculation).",
    ),
    "not_confirmed": ("担当者による確認はまだです。", "Not yet confirmed by a person."),
    "confirmed": ("確認済み：{who}（{when}）", "Confirmed by {who} ({when})"),
    "state_done": ("処理済み（庁データで確認）：{why}", "Done, shown by the office's data: {why}"),
    "state_not_needed": ("不要と判断：{why}", "Not needed: {why}"),
    "state_claimed": (
        "処理済みとの申告あり。庁データではまだ確認できません：{why}",
        "Said to be done, not yet seen at the office: {why}",
    ),
    "how": ("計算の根拠", "How it was computed"),
    "by_hand": (
        "手入力の期限です。入力者と根拠は期限のページの履歴にあります。",
        "Entered by hand; who entered it and where the date comes from stand in its history.",
    ),
    "not_explained": (
        "計算の説明を読み出せません。期限のページで確かめてください。",
        "The explanation cannot be read: check the page of the time limit.",
    ),
    "ladder": ("延長・救済", "Extension and rescue"),
    "no_limit": ("期限なし：{why}", "No time limit: {why}"),
    "by_person": ("期限不要と{who}が判断：{why}", "Decided by {who} that no time limit is needed: {why}"),
    "open_account": (
        "この書類の期限は計算されていません。期限の有無を人が判断するまで要確認です。",
        "No time limit has been computed for this document. It stays open until a person decides.",
    ),
    "reviews": ("確認が必要な事項", "To be checked by a person"),
    # substance
    "substance": ("内容", "Substance"),
    "grounds": ("拒絶理由", "Grounds"),
    "cited": ("引用文献", "Cited documents"),
    "printed": ("通知書の記載", "As printed"),
    "final": ("最後の拒絶理由通知", "final notice of reasons for refusal"),
    "not_final": ("最初の拒絶理由通知", "first (non-final) notice of reasons for refusal"),
    "none_read": ("読み取れませんでした（本文を確認してください）", "none could be read (see the text)"),
    "none_cited": ("記載なし", "none listed"),
    "and_more": ("ほか{n}件", "and {n} more"),
    "list_comma": ("、", "; "),
    "notice_none": (
        "この書類の本文は、庁のAPIでは提供されません。発送された書類を確認してください。",
        "The office's interface does not deliver the text of this document: read it as dispatched.",
    ),
    "notice_not_fetched": (
        "本文はまだ取得できていません。取得後に期限が変われば、あらためて通知します。",
        "The text has not been fetched yet. If it moves the time limit, you will be told again.",
    ),
    "notice_unreadable": (
        "本文を自動では読み取れませんでした。受け取ったままの本文を書類のページで確認してください。",
        "The text could not be read automatically. The text as received is on the page of the document.",
    ),
    # the firm's own
    "own": ("自社情報", "Own notes"),
    "own_reference": ("整理番号", "Own reference"),
    "client": ("依頼者", "Client"),
    "owner": ("担当", "In charge"),
    "note": ("メモ", "Note"),
    "nobody": ("未定", "nobody"),
    # freshness
    "freshness": ("情報の鮮度", "Freshness"),
    "fresh": ("特許庁の回答で {at} に確認", "Confirmed by the office's answer at {at}"),
    "never_fresh": (
        "特許庁の回答をまだ一度も得ていません",
        "The office has not answered about this case yet",
    ),
    "asked_in_vain": (
        "最後の照会（{at}）では確認できませんでした（{outcome}）",
        "The last question ({at}) brought no confirmation ({outcome})",
    ),
    "outcome_empty": ("庁に案件なし", "the office knows no such case"),
    "outcome_daily_limit": ("1日の照会上限に到達", "the day's limit of questions was reached"),
    "outcome_busy": ("庁のシステムが混雑", "the office was busy"),
    "outcome_timeout": ("庁の応答なし", "the office did not answer in time"),
    "outcome_down": ("庁に接続できず", "the office could not be reached"),
    "outcome_auth": ("認証が拒否された", "the office refused our credentials"),
    "outcome_unreadable": ("回答を読み取れず", "the answer could not be read"),
    "outcome_other": ("原因：{code}", "cause: {code}"),
    "computed_by": (
        "期限は自動計算です。発送された書類と照合してください。",
        "Time limits are computed. Compare them with the document as dispatched.",
    ),
    # links
    "open_document": ("書類を開く", "Open the document"),
    "open_case": ("案件を開く", "Open the case"),
    "open_limit": ("期限の詳細", "Time limit in detail"),
    "why_list": (
        "ウォッチリスト「{list}」をフォローしているため、このメールが届いています。",
        "You get this because you follow the list “{list}”.",
    ),
    "why_owner": (
        "この案件の担当者であるため、このメールが届いています。",
        "You get this because you are in charge of the case.",
    ),
    "why_gone": (
        "このメールの理由となったリストは、もうありません。",
        "The list that was the reason for this mail no longer exists.",
    ),
    "unsubscribe_list": ("このリストのメールを停止", "Stop mails about this list"),
    "unsubscribe_all": ("メールの停止・設定", "Stop these mails"),
    # when the mail itself cannot be composed
    "bare": (
        "このお知らせの詳細を組み立てられませんでした。期限が走っている可能性があります。案件のページを開いてください。",
        "The details could not be put together. A time limit may be running: open the page of the case.",
    ),
    # several at once
    "several_subject": ("{news}件のお知らせ（{cases}案件）", "{news} news on {cases} cases"),
    "several_intro": (
        "短い時間に多くのお知らせがあったため、1通にまとめました。各行から案件を開けます。",
        "Many things happened at once, so they come as one mail. Each line leads to its case.",
    ),
    "news_column": ("お知らせ", "News"),
    "due_column": ("期限", "Due"),
}

_WEEKDAYS = {"ja": "月火水木金土日", "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")}


def has(key: str) -> bool:
    return key in _WORDS


def say(language: Language, key: str, **values: object) -> str:
    """The words for `key`. KeyError for a key that is not there."""
    japanese, english = _WORDS[key]
    return (japanese if language == "ja" else english).format(**values)


def weekday(language: Language, number: int) -> str:
    return _WEEKDAYS[language][number]
