"""What messages in a chat say in their own voice, in both languages."""

from __future__ import annotations

from dossiers.alerts.words import Language

_WORDS = {
    "limit": ("{title}: {due} {left}", "{title}: {due} {left}"),
    "blind": (
        "{title}: 期限日は、ご自身で求めるまで表示しません",
        "{title}: its date is not shown until it has been found by a person",
    ),
    "more_limits": ("ほかに期限 {n}件", "and {n} more time limits"),
    "open": ("案件を開く: {url}", "Open the case: {url}"),
    "acknowledge": (
        "受領確認はこちら（ログインが必要です）: {url}",
        "Acknowledge here, signed in: {url}",
    ),
    "since": ("{at} から未確認（{step}）", "not acknowledged since {at} ({step})"),
    "step_1": ("同じ担当者へ再送", "told again"),
    "step_2": ("代理へ", "told to the deputy"),
    "step_3": ("チーム・フォロワーへ", "told to the team and followers"),
    "step_4": ("管理者へ", "told to the administrators"),
    "many": ("[IP Portal] {n}件のお知らせ", "[IP Portal] {n} messages"),
    "nearest": ("最も近い期限: {due}", "The nearest time limit: {due}"),
    "more": ("ほか {n}件", "and {n} more"),
    "all": ("すべて見る: {url}", "See them all: {url}"),
    "unread": ("{number}: 内容はページで確認してください", "{number}: see its page"),
    "address_off": (
        "[IP Portal] メールが戻ってきたため、あなたへの送信を停止しました。"
        "お知らせと期限は画面で確認してください。",
        "[IP Portal] Mail to you came back, so no mail goes to your address any more. Read alerts and time "
        "limits on the pages.",
    ),
    "address_off_link": ("アドレスを直す: {url}settings/", "Put the address right: {url}settings/"),
    "given_up": (
        "[IP Portal] あなた宛てのメールを届けられませんでした。画面で内容を確認してください。",
        "[IP Portal] A mail to you could not be delivered. Read on the pages what it was about.",
    ),
    "given_up_link": (
        "届かなかったお知らせ: {url}alerts/?show=trouble",
        "What did not arrive: {url}alerts/?show=trouble",
    ),
    "test": (
        "IP Portal からのテスト送信です。案件には何も起きていません。",
        "This is a test from IP Portal. Nothing has happened on any case.",
    ),
}


def word(language: Language, key: str, **values: object) -> str:
    """The words for `key`. KeyError for a key there is none for."""
    return _WORDS[key][language != "ja"].format(**values)
