"""The words of what a person has to look at, by kind, in both languages.

``{doc}`` stands for the document (its name and code); other names are filled by the caller.
"""

from .results import PlannedReview

TEXTS: dict[str, tuple[str, str]] = {
    "unknown_document": (
        "{doc}: この書類の扱いが決まっていません。期間を定めるものか確認してください。",
        "{doc}: nothing is known of what this document starts. Check whether it sets a period.",
    ),
    "period_may_run": (
        "{doc}: 期間を定める書類の可能性があります。書類で期間を確認し、手入力してください。",
        "{doc}: a period may run from this document. Read it and enter the time limit by hand.",
    ),
    "read_document": (
        "{doc}: 期間は書類にのみ記載されています。書類を確認し、期限を入力してください。",
        "{doc}: the period is in the document only. Read it and enter the time limit.",
    ),
    "grants": (
        "{doc}: 結論を確認してください。成立(登録すべき旨)なら登録料30日、不成立なら訴え30日(不変期間)。",
        "{doc}: read its conclusion. If it grants, the registration fee is due in 30 days; if it refuses, "
        "a suit must be filed in 30 days (immutable period).",
    ),
    "suit": (
        "{doc}: 取消決定なら訴えは送達から30日(不変期間。末日が閉庁日でも延びないものとして扱う)。"
        "内容を確認してください。",
        "{doc}: if it revokes, a suit must be filed in 30 days from service (immutable; do not count on "
        "moving off a closed day). Read it.",
    ),
    "redispatch": (
        "{doc}: 再送・誤送・公示送達です。どの書類がいつ送達されたかを確認し、期限を見直してください。",
        "{doc}: a re-dispatch, misdelivery or service by publication. Find which document was served when, "
        "and check its time limit.",
    ),
    "deemed_withdrawn": (
        "{doc}: 審査請求のない出願の抽出記録です。みなし取下げの可能性を確認してください。",
        "{doc}: a record of applications without request for examination. Check for deemed withdrawal.",
    ),
    "third_party_document": (
        "{doc}: 第三者の書類です。対応の要否を確認してください。",
        "{doc}: a document of a third party. Check whether to act on it.",
    ),
    "trial_after_registration": (
        "{doc}: 登録後の審判請求です。相手方の請求なら答弁の期間が始まります。"
        "請求人と期間を確認してください。",
        "{doc}: a request for trial after registration. If another party filed it, a period to answer will "
        "run. Find who filed it and which period was set.",
    ),
    "no_date": (
        "{doc}: 日付が不明のため期限を計算できません。発送日を確認してください。",
        "{doc}: its date is not known, so no time limit can be computed. Find its dispatch date.",
    ),
    "date_out_of_range": (
        "{doc}: 日付が現実的でないため期限を計算できません。日付を確認してください。",
        "{doc}: its date is not plausible, so no time limit can be computed. Check the date.",
    ),
    "undated_document": (
        "{doc}: 日付が不明のため、期限への応答とは扱っていません。",
        "{doc}: its date is not known, so it was not taken as an answer to anything.",
    ),
    "unreadable_notice": (
        "{doc}: 書類の本文を読み取れません。期限は表の期間によります。本文の期間を確認してください。",
        "{doc}: its body could not be read. The time limit is by the table; check the printed period.",
    ),
    "notice_without_period": (
        "{doc}: 本文に期間が見つかりません。期限は表の期間によります。本文を確認してください。",
        "{doc}: no period was found in its body. The time limit is by the table; check the body.",
    ),
    "period_implausible": (
        "{doc}: 本文から読み取った期間が現実的でないため使っていません。本文を確認してください。",
        "{doc}: the period read from its body is not plausible and was not used. Check the body.",
    ),
    "notice_of_other_case": (
        "{doc}: 本文の出願番号がこの案件と違います。本文の期間は使っていません。",
        "{doc}: its body names another application number. The printed period was not used.",
    ),
    "period_disagrees": (
        "{doc}: 本文の期間が、出願人の住所区分から見た表の期間と違います。本文の期間を使いました。"
        "住所区分を確認してください。",
        "{doc}: the printed period differs from the table for the applicant's residency. The printed one is "
        "used. Check the residency.",
    ),
    "extension_unclear": (
        "{doc}: どの期限の延長か、認められるかを決められません。期限は延ばしていません。",
        "{doc}: which time limit it extends, or whether it does, cannot be decided. Nothing was extended.",
    ),
    "response_ambiguous": (
        "{doc}: どの通知への応答かを決められません。期限は開いたままにしています。",
        "{doc}: which notice it answers cannot be decided. The time limits are left open.",
    ),
    "amendment_only": (
        "{doc}: 補正書だけが提出され、意見書は見当たりません。応答がこれで済んだかを確認してください。",
        "{doc}: only an amendment was filed and no opinion is seen. Check that this was the whole answer.",
    ),
    "answered_late": (
        "{doc}: 期限の後に提出されています。延長の有無と住所区分を確認してください。",
        "{doc}: it was filed after the due date. Check for an extension and the residency of the applicant.",
    ),
    "filing_date_unknown": (
        "出願日が不明のため、出願審査の請求期限を計算できません。",
        "The filing date is not known, so the time limit for the request for examination cannot be computed.",
    ),
    "original_filing_unknown": (
        "分割・変更出願ですが、原出願の出願日が不明です。出願審査の請求期限(原出願日から3年)を確認してください。",
        "A divisional or converted application whose original filing date is not known. Check the time limit "
        "for the request for examination (three years from the original filing).",
    ),
    "pct_filing_date": (
        "国際出願です。出願審査の請求期限は国際出願日から数えます。表示の出願日が国際出願日か確認してください。",
        "An international application: the request for examination runs from the international filing date. "
        "Check that the filing date shown is that date.",
    ),
    "annuity_unknown": (
        "登録されていますが、次の納付期限が不明です。登録原簿を確認してください。",
        "Registered, but the next payment is not known. Check the register.",
    ),
    "expiry_unknown": (
        "商標登録の存続期間の満了日が不明です。登録原簿を確認してください。",
        "The expiry of the trademark right is not known. Check the register.",
    ),
    "register_out_of_range": (
        "登録原簿の日付が現実的でないため期限を計算できません。",
        "A date of the register is not plausible, so no time limit can be computed.",
    ),
    "right_ended": (
        "権利が満了日より前に消滅しています。意図したものでなければ、回復の期間を確認してください。",
        "The right ended before its term. If that was not intended, check the periods for restoration.",
    ),
    "repeated_key": (
        "{doc}: 同じ識別子の書類が重複しています。一方だけを数えました。",
        "{doc}: another document has the same key. Only one of them was counted.",
    ),
}


def review(kind: str, event_key: str | None = None, **values: str) -> PlannedReview:
    """The review of one kind. Its key is stable: one of a kind for each document, or for the case."""
    ja, en = TEXTS[kind]
    filled = {"doc": "", "doc_en": values.get("doc", ""), **values}
    return PlannedReview(
        key=f"{kind}:{event_key or 'case'}",
        event_key=event_key,
        kind=kind,
        detail_ja=ja.format(**filled),
        detail_en=en.format(**{**filled, "doc": filled["doc_en"]}),
    )
