"""What the fuzzers start from: papers and answers of the sandbox, and a folder of real ones if named."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from apiclient.documents import read_bundle
from apiclient.jpo.catalogue import ENDPOINTS, Endpoint, policy
from apiclient.jpo.client import JpoClient
from apiclient.quota import MemoryLedger
from apiclient.sandbox import Sandbox
from fuzz.targets import LAWS

CASES_PER_LAW = 12
_MEDIA = ("xml", "htm")

NUMBERS = (
    "特願２０２０－００８４２３",
    "意願2021－ 19500",
    "商願令和6-123456号",
    "特開平4-087383号公報",
    "特開昭60-046093",
    "特許第6789012号",
    "商標登録第1234567号の2",
    "平成11年特許願第123456号",
    "PCT/JP2019/011858",
    "WO2019/011858A1",
    "国際公開第2012/012345号",
    "JP2020-123456A",
    "JP.2015500001.A",
    "US2015378098A1",
    "不服2020-12345",
    "実開昭58-012345",
    "2020-123456\t2020年5月1日\t03-3581-1101",
    "https://www.j-platpat.inpit.go.jp/c1800/PU/JP-2020-123456/" + "0" * 64 + "/10/ja",
)

_JAPANESE = (
    "【書類名】 【提出日】 【発送番号】 【手続補正１】 【補正対象書類名】 【補正の内容】 "
    "【請求項１】 拒絶理由通知書 起案日 適用条文 令和 平成 元年 年 月 日 第 条 項 号 の２ 理由 "
    "請求項 引用文献等一覧 特開 特表 実開 特願 意願 商願 国際公開第 米国特許出願公開第 発送の日から "
    "以内 送達があった日から ＜＜＜＜ 最後 ● ・ － １ ９ （ ） 。 、"
)
_ASCII = (
    "<?xml <!DOCTYPE <!ENTITY <![CDATA[ ]]> <!-- --> <br/> <p> </p> &#160; &amp; <u> </u> <PRE> "
    "</PRE> <HR> <script> jp:notice-of-rejection-a131-rn jp:amendment-a523 jp:response-a53 "
    "jp:decision-of-rejection-a02 jp:article jp:drafting-body jp:amendment-group "
    'jp:contents-of-amendment claim num= jp:doc-number jp:document-number "result" "statusCode" '
    '"errorMessage" "remainAccessCount" "data" "100" "107" "303" null true [] {} -1 1e999 "20200101" '
    "WO PCT/ JP. US. PK"
)


def write(folder: Path, real: Path | None) -> None:
    """One folder of seeds per target, and a list of words the fuzzers may splice in."""
    for target in ("documents", "replies", "numbers"):
        (folder / target).mkdir(parents=True, exist_ok=True)
    for text in NUMBERS:
        _put(folder / "numbers", text.encode())
    with Sandbox(seed=5, cases=600, edge_seconds=0) as office:
        for row, body in _answers(office):
            _put_answer(folder, row, body)
    for path in sorted(real.rglob("*")) if real else ():
        row = next((r for r in ENDPOINTS if path.name.startswith(f"{r.scope}.{r.name}.")), None)
        if row and path.is_file():
            _put_answer(folder, row, path.read_bytes())
    (folder / "words").write_text(_dictionary(), encoding="ascii")


def _answers(office: Sandbox) -> Iterator[tuple[Endpoint, bytes]]:
    limits = replace(policy(), per_minute={"domestic": 1_000_000, "opd": 1_000_000})
    client = JpoClient(
        office.url, office.username, office.password, MemoryLedger(limits), limits, clock=office.now
    )
    for law in LAWS:
        for sight in office.cases(law, CASES_PER_LAW):
            for row in ENDPOINTS:
                if row.law == law:
                    yield row, client.call(row, *_arguments(row, sight.case.number)).body


def _arguments(row: Endpoint, number: str) -> tuple[str, ...]:
    """The examples of the catalogue, the case's own number where an application's is asked for."""
    own = {"2020123456": number, "JP.2020123456.A": f"JP.{number}.A"}
    return tuple(own.get(parameter.example, parameter.example) for parameter in row.parameters)


def _put_answer(folder: Path, row: Endpoint, body: bytes) -> None:
    _put(folder / "replies", bytes([ENDPOINTS.index(row), 0]) + body)
    if not body.startswith(b"PK"):
        return
    law = LAWS.index(row.law)
    _put(folder / "documents", bytes([255]) + body)
    for member in read_bundle(body).members:
        if member.media_type in _MEDIA:
            _put(folder / "documents", bytes([law * 2 + _MEDIA.index(member.media_type)]) + member.data)


def _put(folder: Path, data: bytes) -> None:
    (folder / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)


def _dictionary() -> str:
    japanese = _JAPANESE.split()
    words = [word.encode("cp932") for word in japanese] + [word.encode() for word in japanese]
    words += [word.encode() for word in _ASCII.split()]
    return "".join('"' + "".join(f"\\x{byte:02x}" for byte in word) + '"\n' for word in words)
