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
    News.Kind.NOTICE_READ: (
        "先にお知らせした書類の本文が届きました。",
        "The text of a document you were told of has come.",
    ),
    News.Kind.REGISTERED: ("設定登録がされました。", "The right has been registered."),
    News.Kind.NOT_ACCOUNTED: (
        "扱いの決まっていない書類があります。期限が走っているかもしれません。",
        "There is a document that is not accounted for. A time limit may be running.",
    ),
    News.Kind.LIMIT_MOVED: ("期限の計算結果が変わりました。", "A computed time limit has moved."),
    News.Kind.LIMIT_MISSED: (
        "期限が過ぎましたが、手続は庁データで確認できていません。",
        "A time limit has passed, and nothing filed for it is seen at the office.",
    ),
    News.Kind.CLAIM_NOT_SEEN: (
        "処理済みとの申告がありましたが、庁データに現れないため、期限を未処理に戻しました。",
        "It was said to be done, but the office's data do not show it: the time limit is open again.",
    ),
    News.Kind.EXTENSION_NOT_SEEN: (
        "期間延長の申告がありましたが、請求書が庁データに現れないため、延長なしの期限に戻しました。",
        "An extension was said to be filed, but the office's data do not show it: it no longer counts.",
    ),
    News.Kind.NOT_FOUND: (
        "特許庁は、この番号の案件がないと答えました。番号と法域を確かめてください。見つかるまで、この案件の書類は届いても分かりません。",
        "The office says it knows no such case. Check number and law: until then nothing can be seen of it.",
    ),
    News.Kind.NOT_READ: (
        "特許庁の回答を読み取れませんでした。新しい書類を見落としている可能性があります。J-PlatPatで確認してください。",
        "The office's answer could not be read. New documents may be missed: look in J-PlatPat.",
    ),
    News.Kind.DIFFERENCE: (
        "所内記録と特許庁のデータに相違があります。",
        "The firm's records and the office's data differ.",
    ),
    News.Kind.FAMILY: (
        "海外ファミリーについて、OPD（ワン・ポータル・ドシエ）に新しい情報があります。外国で期限が走っているかもしれません。",
        "The One Portal Dossier has news of the family abroad. A time limit may be running there.",
    ),
    "act_registered": ("設定登録", "Registration"),
    "act_difference": ("所内記録との相違", "Difference from own records"),
    "act_not_accounted": ("扱い未定の書類", "Document not accounted for"),
    "act_notice_read": ("本文到着", "Text has come"),
    "act_limit_moved": ("期限変更", "Time limit moved"),
    "act_limit_missed": ("期限徒過", "Time limit passed"),
    "act_claim_not_seen": ("処理済みの申告を確認できず", "Said to be done, not seen"),
    "act_extension_not_seen": ("延長の申告を確認できず", "Extension not seen"),
    "act_not_found": ("案件なしの回答", "Case not known to the office"),
    "act_not_read": ("回答の読取り不能", "Answer not readable"),
    "act_family": ("海外ファミリーの新着", "News of the family abroad"),
    "abroad_member": ("外国出願", "Application abroad"),
    "abroad_unknown": ("（種類不明・通知の可能性あり）", " (kind not known, may be an office action)"),
    "abroad_days": (
        "日付はOPDの表示です。発送日とは限らないため、期限は計算していません。通知で起算日を確かめ、案件のページから期限を入力してください。",
        "The days are as the dossier shows them and may not be dispatch dates, so no time limit has been "
        "computed. Find the day in the action itself and enter the time limit from the page of the case.",
    ),
    "act_other": ("書類", "Document"),
    "found_on_adding": (
        "案件の登録時に見つかりました。発送は以前の可能性があります。",
        "Found when the case was added; it may have been dispatched some time ago.",
    ),
    "passed": ("期限徒過", "time limit passed"),
    "passed_until": ("期限徒過・{until}まで対応可", "passed, can be rescued until {until}"),
    "rescue": ("残る手段", "What can still be done"),
    "rescue_until": ("{how}：{until}まで{fee}", "{how}: until {until}{fee}"),
    "rescue_fee": ("（{fee}）", " ({fee})"),
    "rescue_fee_unknown": ("手数料は要確認", "fee to be checked"),
    "rescue_notice": (
        "特許庁が未提出の通知を発送し、その通知が定める期間が過ぎるまでは失われません。",
        "Nothing is lost before the office has sent the notice that it is missing and its period has passed.",
    ),
    "nothing_left": (
        "この先の手段は登録されていません。期限のページで判断を記録してください。",
        "No later way to act is known. Record a decision on the page of the time limit.",
    ),
    "rung_extension": ("延長", "Extension"),
    "rung_late_extension": ("期間経過後の延長", "Extension after expiry"),
    "rung_grace": ("追納（割増）", "Late payment with surcharge"),
    "rung_restoration": ("回復", "Restoration"),
    "rung_notice": ("特許庁の通知の後", "After a notice of the office"),
    "said_by": ("申告", "Said by"),
    "moved": ("{old} から {new} へ変更", "from {old} to {new}"),
    "limit_new": ("新たに計算した期限：{new}", "new: {new}"),
    "limit_new_rule": (
        "期限の規則の変更（版 {rules}）による新しい期限：{new}",
        "new by a changed rule (version {rules}): {new}",
    ),
    "limit_again": ("未処理に戻りました：{new}", "open again: {new}"),
    "limit_lost": ("{old} の期限は庁データから導かれなくなりました", "{old} no longer follows"),
    "limit_decided": (
        "{old} から {new} へ変更（対応不要とされた期限）",
        "from {old} to {new}, of a time limit marked as not needed",
    ),
    "intro_limit_decided": (
        "対応不要とされた期限の日付が変わりました。その判断が今も正しいか確かめてください。",
        "The date of a time limit marked as not needed has moved: see whether that still holds.",
    ),
    "act_limit_decided": ("対応不要とした期限の変更", "Time limit marked as not needed moved"),
    "intro_limit_new": ("新しい期限が計算されました。", "A new time limit was computed."),
    "intro_limit_new_rule": (
        "期限の規則が変わったため、新しい期限が加わりました。",
        "A rule was changed or added: there is a new time limit.",
    ),
    "intro_limit_again": (
        "終わっていた期限が再び未処理になりました。理由は期限のページの履歴にあります。",
        "A time limit that had ended is open again; its page says why.",
    ),
    "intro_limit_lost": (
        "期限が庁データから導かれなくなりました。根拠の書類を確かめてください。",
        "A time limit no longer follows from the office's data: check what it rested on.",
    ),
    "act_limit_new": ("新しい期限", "New time limit"),
    "act_limit_new_rule": ("規則変更による新しい期限", "New time limit by a changed rule"),
    "act_limit_again": ("期限を未処理に戻した", "Time limit open again"),
    "act_limit_lost": ("期限の根拠消失", "Time limit no longer follows"),
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
    "chance": (
        "任意の手続です。行わなくても不利益は生じません（機会を失うだけです）。",
        "A chance, not a duty: nothing is lost by not taking it but the chance itself.",
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
        "本文はまだ取得できていません。取得できたら、その内容をあらためて通知します。",
        "The text has not been fetched yet. When it comes, you will be told what it says.",
    ),
    "notice_unreadable": (
        "本文を自動では読み取れませんでした。受け取ったままの本文を書類のページで確認してください。",
        "The text could not be read automatically. The text as received is on the page of the document.",
    ),
    # the firm's own
    "own": ("所内情報", "Own notes"),
    "own_reference": ("整理番号", "Own reference"),
    "client": ("依頼者", "Client"),
    "owner": ("担当", "In charge"),
    "deputy": ("担当代理", "Deputy"),
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
    "why_case": (
        "この案件をフォローしているため、このメールが届いています。",
        "You get this because you follow the case.",
    ),
    "why_team_list": (
        "チーム「{team}」がウォッチリスト「{list}」をフォローしているため、このメールが届いています。",
        "You get this because your team “{team}” follows the list “{list}”.",
    ),
    "why_team_case": (
        "チーム「{team}」がこの案件をフォローしているため、このメールが届いています。",
        "You get this because your team “{team}” follows the case.",
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
    "unsubscribe_case": ("この案件のメールを停止", "Stop mails about this case"),
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
    # to be acknowledged
    "ask": (
        "この知らせには受領確認が必要です。確認があるまで、代理の人・チーム・管理者へ順に知らせます。"
        "受領確認しても期限は止まりません。",
        "This needs an acknowledgement. Until then deputies, the team and administrators are told in turn. "
        "Acknowledging does not stop the time limit.",
    ),
    "ask_link": ("受領確認のページを開く", "Open the page to acknowledge it"),
    "ask_title": ("受領確認", "Acknowledgement"),
    "acknowledged": (
        "{who} が受領確認しました（{when}）。",
        "Acknowledged by {who} ({when}).",
    ),
    # reminders
    "left_in_subject": ("あと{n}日", "{n} days left"),
    "left_one": ("あと1日", "1 day left"),
    "left_none": ("本日まで", "today"),
    "past_in_subject": ("{n}日超過", "{n} days overdue"),
    "past_one": ("1日超過", "1 day overdue"),
    "own_in_subject": ("{kind} {due}", "{kind} {due}"),
    "own_internal": ("所内期限", "internal date"),
    "own_target": ("目標日", "target date"),
    "own_instruction": ("依頼者の指示期限", "client's instructions"),
    "remind_intro": ("期限が近づいています。", "A time limit comes near."),
    "remind_today": ("本日が期限日です。", "Today is the last day."),
    "remind_overdue": (
        "期限日を過ぎましたが、手続が庁データで確認できていません。",
        "The last day has passed, and nothing filed for it is seen at the office.",
    ),
    "remind_claimed": (
        "処理済みとの申告があり、庁データでの確認を待っています。",
        "It was said to be done, and waits to be seen at the office.",
    ),
    "remind_own": ("所内で決めた日が近づいています。", "A date set by the firm comes near."),
    "remind_own_past": ("所内で決めた日を過ぎました。", "A date set by the firm has passed."),
    "own_note": ("所内の日付のメモ", "Note on that date"),
    "set_by": ("設定", "Set by"),
    "remind_several": ("期限のリマインダー {n}件", "Reminders of {n} dates"),
    "remind_several_intro": (
        "期限日の近い順、期限を過ぎたものが先頭です。残り日数は日本の日付 {day} から数えています。",
        "The overdue first, then by their last day. Days are counted from {day}, the date in Japan.",
    ),
    "subject_overdue": ("期限徒過 {n}件", "{n} overdue"),
    "subject_nearest": ("直近 {due}", "nearest {due}"),
    "prompt_late": (
        "{due} にお知らせすべきものでしたが、遅れました。{why}内容は送信時点のものです。",
        "This ought to have come at {due} and comes late. {why} It tells of the moment it was sent.",
    ),
    # escalations
    "raised_bracket": ("受領未確認", "not acknowledged"),
    "raised_intro": (
        "次の知らせは、まだ誰も受領確認していません。",
        "Nobody has acknowledged the following yet.",
    ),
    "raised_several": ("受領確認がまだの知らせ {n}件", "{n} things nobody has acknowledged"),
    "raised_several_intro": (
        "どれも、まだ誰も受領確認していません。期限が走っているものが含まれます。",
        "Nobody has acknowledged any of these yet; time limits may be running.",
    ),
    "raised_since": ("知らせた日時", "Told since"),
    "raised_to": ("これまでの連絡先", "Told so far"),
    "raised_to_nobody": ("メールの届く人がいませんでした", "nobody whom mail reaches"),
    "stage_week": ("7日以内の期限", "Due within seven days"),
    "stage_overdue": ("期限徒過", "Overdue"),
    "why_case_deputy": (
        "この案件の担当代理であり、担当者がいないため、このメールが届いています。",
        "You get this because you are the deputy for the case, and nobody is in charge of it.",
    ),
    "why_stand_in": (
        "{who} さんが不在のため、代理としてこのメールを受け取っています。",
        "You get this because you stand in for {who}, who is away.",
    ),
    "why_cut_off": (
        "{who} さん宛のメールが届かないため、代理としてこのメールを受け取っています。",
        "You get this because you stand in for {who}, whom mail does not reach.",
    ),
    "again": ("{who} さんの指示により、再送しました。", "Sent again at the request of {who}."),
    "why_again": (
        "最初にお知らせした人として、このメールを再度受け取っています。",
        "You get this again because you were told first.",
    ),
    "why_deputy": (
        "担当者などの代理の人として、このメールを受け取っています。",
        "You get this as the deputy of somebody who was told first.",
    ),
    "why_team": (
        "担当者と同じチームであるか、この案件のリストをフォローしているため、このメールが届いています。",
        "You are of the same team as the person in charge, or follow a list with this case.",
    ),
    "why_manager": (
        "管理者として、このメールを受け取っています。ほかの人からの受領確認がありません。",
        "You get this as an administrator: nobody else has acknowledged it.",
    ),
    "why_reminded": (
        "この案件のリストをフォローしているため、このメールが届いています。",
        "You get this because you follow a list with this case.",
    ),
    "why_nobody": (
        "担当者もフォロワーもいない案件のため、管理者としてこのメールを受け取っています。",
        "You get this as an administrator: nobody is in charge of the case or follows it.",
    ),
    "why_group": (
        "担当者・フォロワー・代理・管理者のいずれかとして、このメールを受け取っています。",
        "You are in charge of these cases, follow them, stand in for somebody, or administer IP Portal.",
    ),
    # the end of watches on finished cases
    "watch_end_title": (
        "終了した{n}案件の通知を終えます",
        "Mails about finished cases end: {n}",
    ),
    "watch_end_intro": (
        "次の案件は終了しており、走っている期限もありません。"
        "継続の指示がなければ、{day} からフォロー中の方への通知を終えます。",
        "These cases are finished and nothing of them runs. From {day} on their followers are no longer told "
        "about them, unless somebody says keep.",
    ),
    "watch_end_ask": ("通知を続けるには", "To go on being told"),
    "watch_end_words": (
        "リンク先のページで「続ける」を押してください。終了後でも元に戻せます。案件は消えず、担当者への通知と特許庁への確認も続きます。拒絶理由通知・査定などが届いた場合は、これまでどおりお知らせします。",
        "Press “Keep” on the page; later it can be undone, too. The cases stay in the docket, whoever is in "
        "charge goes on being told, and the office is asked as before. Office actions and decisions are told "
        "in any case.",
    ),
    "watch_end_keep": ("ページを開く", "Open the page"),
    "watch_end_why": (
        "これらの案件をフォローしているため、このメールが届いています。",
        "You get this because you follow these cases.",
    ),
    # the daily digest
    "digest_title": ("日次まとめ {day}", "Daily digest of {day}"),
    "digest_scope_all": ("全案件 {cases}件", "All cases of the docket: {cases}"),
    "digest_scope_mine": (
        "あなたの案件 {cases}件（担当・フォロー中のリスト）",
        "Your own cases, in your charge or on a list you follow: {cases}",
    ),
    "digest_as_of": (
        "{at} 時点。残り日数は日本の日付 {day} から数えています。",
        "As of {at}. Days are counted from {day}, the date in Japan.",
    ),
    "digest_count_overdue": ("徒過 {n}件", "{n} overdue"),
    "digest_count_week": ("7日以内 {n}件", "{n} due within 7 days"),
    "digest_count_week_today": ("7日以内 {n}件（本日 {today}件）", "{n} due within 7 days ({today} today)"),
    "digest_count_undated": ("期日不明 {n}件", "{n} without a date"),
    "digest_count_not_accounted": ("扱い未定 {n}件", "{n} not accounted for"),
    "digest_count_reviews": ("要確認 {n}件", "{n} to review"),
    "digest_count_passed_before": ("登録前に徒過 {n}件", "{n} passed before being added"),
    "digest_count_not_checked": ("未確認案件 {n}件", "{n} not checked"),
    "digest_count_new": ("新着 {n}件", "{n} new"),
    "digest_count_month": ("8〜30日以内 {n}件", "{n} due in 8 to 30 days"),
    "digest_count_differences": ("相違 {n}件", "{n} differences"),
    "digest_count_to_confirm": ("確認待ち {n}件", "{n} to confirm"),
    "digest_count_broken": ("一部を集計できず", "parts could not be read"),
    "digest_count_quiet": ("異常なし（{cases}案件を確認済み）", "All quiet, cases checked: {cases}"),
    "digest_count_nothing": ("対象案件なし", "no case to watch"),
    "digest_comma": ("・", ", "),
    "digest_overdue": ("徒過した期限", "Overdue"),
    "digest_today": ("本日の期限", "Due today"),
    "digest_week": ("7日以内の期限", "Due within 7 days"),
    "digest_undated": ("期日を計算できない期限", "Time limits without a date"),
    "digest_not_accounted": ("扱いの決まっていない書類", "Documents not accounted for"),
    "digest_reviews": ("人の判断が必要な事項", "To be decided by a person"),
    "digest_passed_before": ("案件の登録前に過ぎていた期限", "Passed before the case was added"),
    "digest_not_checked": ("確認できていない案件", "Cases not checked"),
    "digest_new": ("新着", "New"),
    "digest_month": ("8〜30日以内の期限", "Due in 8 to 30 days"),
    "digest_differences": ("所内記録との相違", "Differences from own records"),
    "digest_to_confirm": ("確認待ちの期限", "Time limits to be confirmed"),
    "digest_cases": ("対象案件", "Cases"),
    "digest_hint_overdue": (
        "期限日を過ぎ、手続が庁データで確認できていません。",
        "The last day has passed, and nothing filed is seen at the office.",
    ),
    "digest_hint_undated": (
        "書類を読んで期限日を確かめてください。走っている期限かもしれません。",
        "Read the document to find the date: the time limit may be running.",
    ),
    "digest_hint_not_accounted": (
        "発送された書類ですが、期限の有無がまだ決まっていません。期限が走っているかもしれません。日付は発送日です。",
        "Dispatched, and neither a time limit nor a decision that none is needed yet. A time limit may be "
        "running. The date is that of dispatch.",
    ),
    "digest_hint_passed_before": (
        "登録した時点で手段が残っていなかった期限です。担当者が判断するまで残ります。",
        "No way to act was left when the case was added. They stay until somebody decides.",
    ),
    "digest_hint_not_checked": (
        "特許庁の回答で約束どおりに確認できていません。発送された書類がここに現れていない可能性があります。",
        "The office has not confirmed these as promised: what it has dispatched may be missing here.",
    ),
    "digest_hint_new": ("{since} より後に分かったことです。", "What became known after {since}."),
    "digest_hint_differences": (
        "所内の記録と庁データが食い違っています。",
        "The own records and the office's data disagree.",
    ),
    "digest_hint_to_confirm": (
        "計算した期限を、まだ誰も書類と照合していません。",
        "Computed, and not yet compared with the document by anybody.",
    ),
    "digest_more": ("ほか{n}件", "and {n} more"),
    "digest_all_of_them": ("一覧を開く", "Open the list"),
    "digest_broken": (
        "この項目は集計できませんでした。ないという意味ではありません。ページで確認してください。",
        "This part could not be read. That does not mean there is nothing: look at the page.",
    ),
    "digest_claimed": ("処理済みの申告あり・庁データ待ち", "said to be done, not seen at the office yet"),
    "digest_provisional": ("暫定", "provisional"),
    "digest_unconfirmed": ("未照合", "not yet confirmed"),
    "digest_rescue": ("{until} まで対応可", "can be rescued until {until}"),
    "digest_lost": ("この先の手段なし", "no later way to act is known"),
    "digest_past_day": ("1日経過", "1 day past"),
    "digest_owner": ("担当 {owner}", "in charge: {owner}"),
    "digest_due": ("期限 {due}", "due {due}"),
    "digest_no_account": ("扱い未定", "not accounted for"),
    "digest_found_on_adding": ("案件登録時に発見", "found when the case was added"),
    "digest_versus": ("{field}：所内「{own}」／庁「{office}」", "{field}: own “{own}”, office “{office}”"),
    "digest_empty_value": ("なし", "none"),
    "digest_standing_late": ("確認が約束より遅れています", "later than promised"),
    "digest_standing_not_answered": ("最後の照会に回答なし", "the last question was not answered"),
    "digest_standing_not_found": ("庁に案件なしの回答", "the office knows no such case"),
    "digest_standing_not_read": ("回答を読み取れず", "the answer could not be read"),
    "digest_standing_never": ("まだ一度も照会していません", "never asked yet"),
    "digest_last_confirmed": ("最終確認 {at}", "last confirmed {at}"),
    "digest_never_confirmed": ("確認されたことがありません", "never confirmed"),
    "digest_quiet": ("異常ありません。", "All quiet."),
    "digest_quiet_says": (
        "徒過・30日以内の期限、扱い未定の書類、確認待ちはなく、{since} より後の新着もありません。"
        "{cases}案件すべてが約束どおり特許庁の回答で確認されています。",
        "Nothing is overdue or due within 30 days, no document is open, nothing waits for a person and "
        "nothing is new since {since}. The office has confirmed every case as promised: {cases}.",
    ),
    "digest_nothing_watched": (
        "担当案件もフォロー中のリストもありません。このまとめは何も見張っていません。",
        "You are in charge of no case and follow no list: this digest watches nothing for you.",
    ),
    "digest_checked": ("確認したこと", "What was checked"),
    "digest_documents": (
        "発送された書類 {dispatched}件のうち {accounted}件は扱いが決まっています。",
        "{accounted} of {dispatched} dispatched documents are accounted for.",
    ),
    "digest_kept": (
        "{cases}案件のうち {kept}件は約束どおり特許庁の回答で確認されています。",
        "{kept} of {cases} cases are confirmed by the office as promised.",
    ),
    "digest_firm": (
        "所内全体：書類 {accounted}／{dispatched}件、案件 {kept}／{cases}件。",
        "The whole docket: {accounted} of {dispatched} documents, {kept} of {cases} cases.",
    ),
    "digest_last_answer": ("最後の回答：{at}", "The office last answered at {at}."),
    "digest_no_answer": (
        "特許庁の回答をまだ一度も得ていません。",
        "The office has not answered about any of them yet.",
    ),
    "digest_trouble": (
        "特許庁に照会できない状態です（{outcome}）。{until} に再開します。",
        "The office cannot be asked now ({outcome}); the next try is at {until}.",
    ),
    "digest_cut_off": (
        "次の方にはメールが届いていません：{who}。「設定」の「メールサーバーと宛先」で直してください。",
        "Mail does not reach {who}: put the address right under Settings, Mail server and addresses.",
    ),
    "digest_seal": (
        "監査記録の最新の封印：{seal}（このメールを保管しておけば、記録の切り取りや作り直しを確かめられます）",
        "The newest seal of the record of acts: {seal} (this mail, kept, shows whether the record is"
        " cut or made anew).",
    ),
    "digest_late": (
        "{due} に届くはずのまとめが遅れました。{why}内容は送信時点のものです。",
        "This digest was due at {due} and comes late. {why} It tells of the moment it was sent.",
    ),
    "digest_late_server": (
        "メールサーバーに渡せませんでした（{words}）。",
        "It could not be handed over before ({words}).",
    ),
    "digest_late_changed": (
        "受け取る時刻の設定が、その時刻より後に変更されました。",
        "The hour or time zone was changed after that hour.",
    ),
    "digest_late_asleep": (
        "その時刻にIP Portalの処理が動いていませんでした。",
        "IP Portal was not at work at that hour.",
    ),
    "digest_at_once": (
        "拒絶理由通知や査定など、すぐに知らせる設定の出来事は、このまとめを待たずにメールしています。",
        "Office actions, decisions and whatever else you want at once are mailed and do not wait for this "
        "digest.",
    ),
    "weekly": ("週次まとめ", "Weekly summary"),
    "weekly_title": ("週次まとめ {day}", "Weekly summary of {day}"),
    "weekly_only": (
        "「新着」は、週に一度知らせる設定の出来事だけです。それ以外は、すでに個別のメールか日次まとめでお知らせしています。",
        "“New” are only the events you want to hear of weekly; you were told of the others before.",
    ),
    "weekly_why": (
        "週の最初の開庁日の {hour}:00（{zone}）に届きます。何もない週も届きます。届かなければ異常です。",
        "It comes at {hour}:00 ({zone}) on the first day of the week on which the office is open, also when "
        "there is nothing to tell. If none comes, something is wrong.",
    ),
    "weekly_change": ("通知の設定を変更", "Change what comes weekly"),
    "digest_why": (
        "特許庁の開庁日ごとに {hour}:00（{zone}）に届きます。何もない日も届きます。届かなければ異常です。",
        "It comes at {hour}:00 ({zone}) on each day the office is open, also when there is nothing to tell. "
        "If none comes, something is wrong.",
    ),
    "digest_settings": ("時刻・設定の変更", "Change the hour"),
    "unsubscribe_digest": ("日次まとめを停止", "Stop the daily digest"),
    "digest_open": ("本日の画面を開く", "Open today's page"),
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
