"""What feeds say in their own voice, in both languages."""

from __future__ import annotations

from dossiers.alerts.words import Language

_WORDS = {
    "limits_name": ("IP Portal 期限", "IP Portal time limits"),
    "news_name": ("IP Portal お知らせ", "IP Portal news"),
    "of_list": ("{name}（{watchlist}）", "{name} ({watchlist})"),
    "provisional": ("暫定", "provisional"),
    "claimed": ("実施済みと申告・庁未確認", "said to be done, not seen at the office"),
    "chance": ("任意", "may be done"),
    "not_confirmed": ("この期限日は、まだ誰も確認していません。", "Nobody has confirmed this date yet."),
    "provisional_why": (
        "暫定の期限です。計算の前提が変われば動きます。",
        "The date is provisional: it moves if what it was computed from changes.",
    ),
    "by_hand": ("手入力の期限です。", "Entered by hand."),
    "ended": ("終了: {state}", "Ended: {state}"),
    "how": ("計算:", "How it was found:"),
    "later": ("期限を過ぎた場合:", "If it is missed:"),
    "case": ("案件: {url}", "Case: {url}"),
    "limit": ("期限: {url}", "Time limit: {url}"),
    "reference": ("整理番号: {reference}", "Own reference: {reference}"),
    "attention": (
        "【要確認】このカレンダーに載らない期限 {n}件",
        "To be seen to: {n} time limits that are not in this calendar",
    ),
    "undated": (
        "期限日が未定（書類を読む必要あり）: {n}件 {url}",
        "Without a date, the document has to be read: {n} {url}",
    ),
    "blind": (
        "ご自身で期限日を求めるまで表示しない: {n}件 {url}",
        "Hidden until you have found the date yourself: {n} {url}",
    ),
    "before": (
        "案件の登録前に経過し、扱いが未定: {n}件 {url}",
        "Passed before their case was added, to be decided: {n} {url}",
    ),
    "more": (
        "件数の上限を超えたもの（期限日が遠いもの）: {n}件 {url}",
        "Beyond what one calendar holds, the latest ones: {n} {url}",
    ),
    "no_date": ("期限日は画面で確認してください", "see the page for its date"),
    "due": ("{title}: {due}", "{title}: {due}"),
    "dispatched": ("発送日: {day}", "Dispatched: {day}"),
}


def word(language: Language, key: str, **values: object) -> str:
    """The words for `key`. KeyError for a key there is none for."""
    return _WORDS[key][language != "ja"].format(**values)
