"""The words of what a person has to look at, by kind, in both languages.

``{doc}`` stands for the document (its name and code); other names are filled by the caller.
"""

from .results import PlannedReview

TEXTS: dict[str, tuple[str, str]] = {
    "unknown_document": (
        "{doc}：この書類の扱いが決まっていません。期間を定めるものか確認してください。",
        "{doc}: nothing is known of what this document starts. Check whether it sets a period.",
    ),
    "period_may_run": (
        "{doc}：期間を定める書類の可能性があります。書類で期間を確認し、手入力してください。",
        "{doc}: a period may run from this document. Read it and enter the time limit by hand.",
    ),
    "read_document": (
        "{doc}：期間は書類にのみ記載されています。書類を確認し、期限を入力してください。",
        "{doc}: the period is in the document only. Read it and enter the time limit.",
    ),
    "grants": (
        "{doc}：結論を確認してください。不成立なら訴えは送達から30日（不変期間、期限表に計上済み）。"
        "成立（登録すべき旨）なら同じ日から30日以内に登録料を納付し、訴えの期限は不要とします。"
        "附加期間（在外者・遠隔地）の記載も確認してください。",
        "{doc}: read its conclusion. If it refuses, a suit must be filed in 30 days from service (immutable "
        "period; docketed). If it grants, the registration fee is due in 30 days from the same day, and the "
        "suit is not needed. See whether it names an additional period (overseas or remote parties).",
    ),
    "suit": (
        "{doc}：取消決定なら訴えは送達から30日（不変期間、期限表に計上済み。末日が閉庁日でも延びないものとして"
        "扱う）。維持決定なら不要です。内容と附加期間の記載を確認してください。",
        "{doc}: if it revokes, a suit must be filed in 30 days from service (immutable, docketed; do not "
        "count on moving off a closed day); if it maintains, none is possible. Read it, and see whether it "
        "names an additional period.",
    ),
    "registered_meanwhile": (
        "{doc}：応答が確認できないまま {day} に設定登録されました。出願とは別の手続についての書類かも"
        "しれないため、期限は閉じていません。書類を確認し、不要なら期限のページで理由を記録してください。",
        "{doc}: the right was registered on {day} without a reply on file. The paper may concern a procedure "
        "of its own, so the time limit stays open. Read it; if nothing is needed, say so on its page.",
    ),
    "redispatch": (
        "{doc}：再送・誤送・公示送達です。どの書類がいつ送達されたかを確認し、期限を見直してください。",
        "{doc}: a re-dispatch, misdelivery or service by publication. Find which document was served when, "
        "and check its time limit.",
    ),
    "deemed_withdrawn": (
        "{doc}：審査請求のない出願の抽出記録です。みなし取下げの可能性を確認してください。",
        "{doc}: a record of applications without request for examination. Check for deemed withdrawal.",
    ),
    "third_party_document": (
        "{doc}：第三者の書類です。対応の要否を確認してください。",
        "{doc}: a document of a third party. Check whether to act on it.",
    ),
    "trial_after_registration": (
        "{doc}：登録後の審判請求です。相手方の請求なら答弁の期間が始まります。"
        "請求人と期間を確認してください。",
        "{doc}: a request for trial after registration. If another party filed it, a period to answer will "
        "run. Find who filed it and which period was set.",
    ),
    "no_date": (
        "{doc}：日付が不明のため期限を計算できません。発送日を確認してください。",
        "{doc}: its date is not known, so no time limit can be computed. Find its dispatch date.",
    ),
    "date_out_of_range": (
        "{doc}：日付が現実的でないため期限を計算できません。日付を確認してください。",
        "{doc}: its date is not plausible, so no time limit can be computed. Check the date.",
    ),
    "undated_document": (
        "{doc}：日付が不明のため、期限への応答とは扱っていません。",
        "{doc}: its date is not known, so it was not taken as an answer to anything.",
    ),
    "unreadable_notice": (
        "{doc}：書類の本文を読み取れません。期限は表の期間によります。本文の期間を確認してください。",
        "{doc}: its body could not be read. The time limit is by the table; check the printed period.",
    ),
    "notice_without_period": (
        "{doc}：本文に期間が見つかりません。期限は表の期間によります。本文を確認してください。",
        "{doc}: no period was found in its body. The time limit is by the table; check the body.",
    ),
    "period_implausible": (
        "{doc}：本文から読み取った期間が現実的でないため使っていません。本文を確認してください。",
        "{doc}: the period read from its body is not plausible and was not used. Check the body.",
    ),
    "notice_of_other_case": (
        "{doc}：本文の出願番号がこの案件と違います。本文の期間は使っていません。",
        "{doc}: its body names another application number. The printed period was not used.",
    ),
    "period_disagrees": (
        "{doc}：本文の期間が、出願人の住所区分から見た表の期間と違います。本文の期間を使いました。"
        "住所区分を確認してください。",
        "{doc}: the printed period differs from the table for the applicant's residency. The printed one is "
        "used. Check the residency.",
    ),
    "extension_unclear": (
        "{doc}：どの期限の延長か、認められるかを決められません。期限は延ばしていません。",
        "{doc}: which time limit it extends, or whether it does, cannot be decided. Nothing was extended.",
    ),
    "response_ambiguous": (
        "{doc}：どの通知への応答かを決められません。期限は開いたままにしています。",
        "{doc}: which notice it answers cannot be decided. The time limits are left open.",
    ),
    "amendment_only": (
        "{doc}：補正書だけが提出され、意見書は見当たりません。応答がこれで済んだかを確認してください。",
        "{doc}: only an amendment was filed and no opinion is seen. Check that this was the whole answer.",
    ),
    "answered_late": (
        "{doc}：期限の後に提出されています。延長の有無と住所区分を確認してください。",
        "{doc}: it was filed after the due date. Check for an extension and the residency of the applicant.",
    ),
    "filing_date_unknown": (
        "出願日が不明のため、出願審査の請求期限を計算できません。",
        "The filing date is not known, so the time limit for the request for examination cannot be computed.",
    ),
    "original_filing_unknown": (
        "分割・変更出願ですが、原出願の出願日が不明です。出願審査の請求期限（原出願日から3年）を確認してください。",
        "A divisional or converted application whose original filing date is not known. Check the time limit "
        "for the request for examination (three years from the original filing).",
    ),
    "original_filing_unsure": (
        "変更出願等です。原出願が分割等によるものでなければ、出願審査の請求期限は原出願の出願日から3年です。"
        "庁データでは分かりません。原出願を確認してください。",
        "A converted application or the like. The time limit for the request for examination counts from the "
        "filing it comes from, unless that is itself derived, which the office's data do not tell. Check.",
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
        "権利が満了日より前に消滅しています。意図したものでなければ、回復の期間を確認してください{until_ja}。",
        "The right ended before its term. If that was not intended, check the periods for restoration"
        "{until_en}.",
    ),
    "no_rule_in_force": (
        "{doc}：この日に適用される規則がありません。期間を確認し、期限を入力してください。",
        "{doc}: no rule is in force for its date. Find its period and enter the time limit.",
    ),
    "entered_rule_unknown": (
        "手入力された規則「{rule}」がありません。期限を入力し直してください。",
        "There is no rule “{rule}”, which somebody entered. Enter the time limit again.",
    ),
    "entered_not_in_force": (
        "手入力された規則「{rule}」は基準日 {day} には適用されません。基準日を確認してください。",
        "The rule “{rule}”, which somebody entered, is not in force for {day}. Check the day it runs from.",
    ),
    "entered_without_length": (
        "手入力された規則「{rule}」は期間を書類でしか確認できません。期限そのものを入力してください。",
        "Only the document says how long the entered rule “{rule}” is. Enter the time limit itself.",
    ),
    "entered_out_of_range": (
        "手入力された規則「{rule}」は基準日 {day} からは計算できません。基準日を確認してください。",
        "The entered rule “{rule}” cannot be computed from {day}. Check the day it runs from.",
    ),
    "claim_unclear": (
        "{by} が申し出た {day} の期間延長（{code}）は、この期限には適用できません。期限は延ばしていません。",
        "The extension {by} claimed for {day} ({code}) cannot be applied. Nothing was extended.",
    ),
    "priority_day_unknown": (
        "外国優先権の主張がありますが、優先日が不明です。優先権証明書の提出期限を確認してください。",
        "A foreign priority is claimed, but its date is not known. Check the time limit for its documents.",
    ),
    "pct_translation": (
        "国際出願の国内書面が提出されていますが、翻訳文が見当たりません。外国語の出願なら提出期限"
        "（優先日から30月、または国内書面から2月）を確認してください。",
        "A national-phase document is on file, but no translation is seen. If the application is not in "
        "Japanese, check its time limit (30 months from priority, or 2 months from that document).",
    ),
    "international_registration": (
        "番号から国際登録（マドリッド・ハーグ）の可能性があります。その場合、登録料・年金・更新は国際事務局で行い、"
        "日本国特許庁への期限はありません。確認してください。",
        "The number suggests an international registration (Madrid, Hague). Its fees and renewal are then "
        "paid to the International Bureau, and the time limits shown here do not apply. Check.",
    ),
    "repeated_key": (
        "{doc}：同じ識別子の書類が重複しています。一方だけを数えました。",
        "{doc}: another document has the same key. Only one of them was counted.",
    ),
}


_UNNAMED = {**dict.fromkeys(("rule", "day", "by", "code"), "-"), "until_ja": "", "until_en": ""}


def review(kind: str, event_key: str | None = None, about: str = "case", **values: str) -> PlannedReview:
    """The review of one kind. Its key is stable: one for each document, or thing it is ``about``."""
    ja, en = TEXTS[kind]
    filled = {"doc": "", "doc_en": values.get("doc", ""), **_UNNAMED, **values}
    return PlannedReview(
        key=f"{kind}:{event_key or about}",
        event_key=event_key,
        kind=kind,
        detail_ja=ja.format(**filled),
        detail_en=en.format(**{**filled, "doc": filled["doc_en"]}),
    )
