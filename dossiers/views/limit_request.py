"""The request to the office for more calls a day, as text to copy: in Japanese, with measured figures alone.

Who may ask and what the office wants to know is in the handbook of the Patent Information Retrieval APIs
(ver. 1.4, article 3 (2) and the registration forms; ver. 2.0, page 4): corporate users, for at most three
APIs, with their numbers in the handbook's tables and reasons; information providers for the documents, too.
What only the applicant knows is a blank; a figure that is missing is said to be missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from dossiers.refresh.demand import Demand, Use
from dossiers.refresh.planner.forecast import DAYS

BLANK = "＿＿＿＿＿＿＿＿"
_DAY = "＿＿年＿＿月＿＿日"
MISSING = "（測定値なし）"
_LAWS = {"patent": "特許", "design": "意匠", "trademark": "商標"}
# The office names it as an example of a good reason: applications a year by oneself or one's attorneys.
ENOUGH_A_YEAR = 300


def text_of(
    demand: Demand, forecasts: Mapping[str, Mapping[str, Any]] | None, today: date, *, per_minute: int,
    from_hour: int, provider: bool = False,
) -> str:  # fmt: skip
    """The whole text. `forecasts`: of refresh.outlook, None while there is none.

    "doubled" among them must have been played with `demand.doubled`. `provider`: the applicant is an
    information provider and asks for more documents, too.
    """
    parts = [
        _head(),
        _wanted(demand.doubled),
        _reasons(demand, forecasts, today),
        _care(per_minute, from_hour),
        _provider() if provider else [],
    ]
    return "\n".join(line for part in parts if part for line in [*part, ""])


def _head() -> list[str]:
    return [
        "件名：特許情報取得APIの1日当たりのアクセス上限数の変更について（申請）",
        "",
        "特許庁　特許情報取得API担当　御中",
        "",
        f"申請年月日：{_DAY}",
        f"法人名称（法人利用者）：{BLANK}",
        f"住所：{BLANK}",
        f"担当者の部署・役職：{BLANK}",
        f"担当者氏名：{BLANK}",
        f"メールアドレス（登録済みのもの）：{BLANK}",
        f"電話番号：{BLANK}",
        f"利用者ID：{BLANK}",
        "",
        "特許情報取得APIのアクセス上限数の変更を、下記のとおり申請します。",
    ]


def _wanted(doubled: list[Use]) -> list[str]:
    lines = ["１　上限数の変更を希望するAPI（3種以内、各2倍）"]
    if not doubled:
        return [*lines, f"　　{BLANK}"]
    return [
        *lines,
        *(f"　・{_api(one)}：現在 {one.limit:,}回／日 → 希望 {2 * one.limit:,}回／日" for one in doubled),
    ]


def _reasons(demand: Demand, forecasts: Mapping[str, Mapping[str, Any]] | None, today: date) -> list[str]:
    return [
        "２　変更を必要とする理由",
        "　当方は、特許庁が発送した書類の有無を本APIで案件ごとに確認し、応答期間等の期限を管理しています。",
        "　更新の有無を一括して知る手段がないため、管理する案件を順に照会する必要があります。",
        "",
        *_cases(demand, today),
        "",
        *_measured(demand),
        "",
        *_forecast(forecasts, bool(demand.doubled)),
    ]


def _cases(demand: Demand, today: date) -> Iterator[str]:
    yield f"　(1) 期限を管理している案件（{_long(today)}現在）"
    if not demand.cases:
        yield f"　　{MISSING}"
        return
    yield f"　　{_by_law(demand.cases)}、計{sum(demand.cases.values()):,}件"
    filed = sum(demand.filed.values())
    yield f"　　うち過去1年間の出願：{_by_law(demand.filed)}、計{filed:,}件"
    if filed >= ENOUGH_A_YEAR:
        yield f"　　（年間{ENOUGH_A_YEAR}件以上の出願に当たります。）"


def _measured(demand: Demand) -> Iterator[str]:
    if demand.since is None:
        yield "　(2) アクセスの実績"
        yield f"　　{MISSING}"
        return
    yield f"　(2) アクセスの実績（{_long(demand.since)}～{_long(demand.until)}。回数は当方の記録による）"
    for one in demand.uses:
        yield (
            f"　・{_api(one)}：上限 {one.limit:,}回／日、利用した{one.days}日の平均 {one.mean:,.0f}回／日、"
            f"最大 {one.most:,}回／日、上限に達した日 {one.reached}日"
        )
    if not demand.uses:
        yield f"　　{MISSING}"
    if demand.plans:
        yield (
            f"　・照会を計画した{demand.plans}日のうち、上限のために、"
            f"変化があり得る案件を翌日以降に回した日：{demand.short}日"
        )


def _forecast(forecasts: Mapping[str, Mapping[str, Any]] | None, doubled: bool) -> Iterator[str]:
    yield f"　(3) 見込み（当方の案件による{DAYS}日間のシミュレーション。平均の遅れは、"
    yield "　　　処分が本APIに現れた日から当方が確認する日までの日数）"
    if forecasts is None:
        yield f"　　{MISSING}"
        return
    yield f"　・現在の上限：{_outcome(forecasts['as_is'])}"
    if doubled:
        twice = forecasts.get("doubled")
        yield f"　・上記のAPIを2倍とした場合：{_outcome(twice) if twice else MISSING}"


def _outcome(one: Mapping[str, Any]) -> str:
    delay, sweep = one["mean_delay"], one["sweep_days"]
    late = MISSING if delay is None else "0.1日未満" if 0 < delay < 0.05 else f"{delay:.1f}日"
    rounds = "一巡できない" if sweep is None else f"{sweep:.1f}日"
    return f"平均の遅れ {late}、変化し得る案件の一巡 {rounds}"


def _care(per_minute: int, from_hour: int) -> list[str]:
    return [
        "３　アクセスに当たっての配慮",
        f"　・1分当たりのアクセスは、国内のAPIの合計で{per_minute}回以下にプログラムで制限しています。",
        f"　・計画に従った照会は日本時間{from_hour}時以降に行い、1案件につき原則として1日1回です。",
        f"　・夜間・休日への分散の可否：{BLANK}",
    ]


def _provider() -> list[str]:
    return [
        "４　情報提供事業者に関する事項（書類実体のAPIの上限数を5倍とすることを希望する場合）",
        f"　・特許情報のバルクデータダウンロードサービスのID：{BLANK}",
        f"　・当該サービスを用いた情報提供サービスのURL：{BLANK}",
        f"　・APIを組み込む情報提供サービスとキャッシュ機能の概要：{BLANK}",
        f"　・利用規約第4条第1項（利用情報の提供）の遵守：{BLANK}",
    ]


def _api(one: Use) -> str:
    row = one.endpoint
    where = _LAWS.get(row.scope, "OPD")
    return f"{where}API 番号{row.handbook_number}「{row.title_ja}」"


def _by_law(counts: Mapping[str, int]) -> str:
    return "、".join(f"{_LAWS[law]}{n:,}件" for law, n in counts.items())


def _long(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
