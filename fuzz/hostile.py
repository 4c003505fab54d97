"""Papers and archives made to exhaust a reader, each as large as is asked for.

`python -m fuzz.hostile` reads each at the largest size the readers take, in a process of its own, and tells
seconds and peak memory.
"""

from __future__ import annotations

import io
import resource
import struct
import subprocess
import sys
import time
import zipfile
import zlib
from collections.abc import Callable

from apiclient.documents import places_of, read_bundle, read_notice

CHARACTERS = 4_900_000  # just below what the readers take
LINES = 199_000
_NOTICE = (
    "<jp:notice-pat-exam-rn xmlns:jp='http://www.jpo.go.jp'><jp:notice-of-rejection-a131-rn>{}"
    "</jp:notice-of-rejection-a131-rn></jp:notice-pat-exam-rn>"
)


def packed(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", method) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return body.getvalue()


def _again(pattern: str, size: int) -> str:
    return (pattern * (size // len(pattern) + 1))[:size]


def _xml(inner: str) -> str:
    return _NOTICE.format(inner)


def _body(inner: str) -> str:
    return _xml(f"<jp:drafting-body><p>{inner}</p></jp:drafting-body>")


_CITED = "拒絶理由通知書\n\n　　　理　由\n\n<引用文献等一覧>\n"
_PERIOD = "この通知書の発送の日から６０日以内に意見書を提出してください\n"

# Texts by name: (ending of the file, what it holds at a size).
TEXTS: dict[str, tuple[str, Callable[[int], str]]] = {
    "a million nested elements": (".xml", lambda n: "<a>" * (n // 7) + "</a>" * (n // 7)),
    "nested names in nested groups": (
        ".xml",
        lambda n: _xml(
            "<jp:addressed-to-person-group><jp:name>" * 20
            + _again("<i/>", min(n, 1_400_000))
            + "</jp:name></jp:addressed-to-person-group>" * 20
        ),
    ),
    "names side by side": (
        ".xml",
        lambda n: _xml(
            "<jp:addressed-to-person-group>" + "<jp:name/>" * (n // 40) + "</jp:addressed-to-person-group>"
        ),
    ),
    "a huge attribute": (".xml", lambda n: f"<a b='{'x' * n}'/>"),
    "attributes without end": (
        ".xml",
        lambda n: "<a " + " ".join(f"b{i}='1'" for i in range(n // 12)) + "/>",
    ),
    "a document type without end": (".xml", lambda n: "<!DOCTYPE " + _again("<!DOCTYPE ", n)),
    "entities in entities": (
        ".xml",
        lambda n: (
            "<!DOCTYPE a [<!ENTITY a 'aaaa'>" + _again("<!ENTITY b '&a;&a;&a;'>", n // 2) + "]><a>&b;</a>"
        ),
    ),
    "comments": (".xml", lambda n: _body(_again("<!-- -->", min(n, 3_000_000)))),
    "line ends in XML": (".xml", lambda n: _body("<br/>" * min(n // 5, 390_000))),
    "articles": (
        ".xml",
        lambda n: _xml(
            "<jp:article-group>"
            + "".join(
                f"<jp:article>第{i % 999}条第{i % 97}項第{i % 89}号</jp:article>" for i in range(n // 100)
            )
            + "</jp:article-group><jp:drafting-body><p>"
            + "".join(
                f"理由{i % 90 + 1}について特許法第{i % 999}条第{i % 97}項に規定する出願。<br/>"
                for i in range(n // 100)
            )
            + "</p></jp:drafting-body>"
        ),
    ),
    "claims": (
        ".xml",
        lambda n: (
            "<pat-amnd><amendment-a523><amendment-group><contents-of-amendment><claims>"
            + "".join(
                f'<claim num="{i}"><claim-text><u>x</u></claim-text></claim>'
                for i in range(min(n // 70, 60_000))
            )
            + "</claims></contents-of-amendment></amendment-group></amendment-a523></pat-amnd>"
        ),
    ),
    "amendment groups": (
        ".xml",
        lambda n: (
            "<pat-amnd><amendment-a523>"
            + "<amendment-group><way-of-amendment>2</way-of-amendment></amendment-group>"
            * min(n // 80, 90_000)
            + "</amendment-a523></pat-amnd>"
        ),
    ),
    "blank lines": (".htm", lambda n: "\n" * n),
    "short lines": (".htm", lambda n: _again("　a\n", n)),
    "one line": (".htm", lambda n: "あ" * n),
    "spaces": (".htm", lambda n: " " * n + "x"),
    "a page mark and spaces": (".htm", lambda n: "a\n" + " " * 30 + "1/" + " " * n + "x"),
    "brackets open": (".htm", lambda n: "＜" * n),
    "angle brackets": (".htm", lambda n: "<" * n),
    "half tags": (".htm", lambda n: _again("<p <b ", n)),
    "comments in HTM": (".htm", lambda n: _again("<!---->", n)),
    "scripts": (".htm", lambda n: _again("<script></script>", n)),
    "nested PRE": (".htm", lambda n: _again("<PRE>", n)),
    "a character's number": (".htm", lambda n: "&#" + "9" * n + ";"),
    "a character's hex number": (".htm", lambda n: "&#x" + "f" * n + ";"),
    "ampersands": (".htm", lambda n: _again("&amp", n)),
    "claims and conjunctions": (".htm", lambda n: "理由\n・請求項　" + _again("１，又は、", n) + "x"),
    "references and conjunctions": (
        ".htm",
        lambda n: "理由\n" + _again("・引用文献等　１，及び，及び，ｘ\n", n),
    ),
    "reasons named together": (
        ".htm",
        lambda n: "　　理　由\n理由１－９９について\n" + _again("あいうえお\n", n),
    ),
    "reasons one by one": (
        ".htm",
        lambda n: "　　理　由\n" + _again("".join(f"理由{i}について\n出願\n" for i in range(1, 100)), n),
    ),
    "a cited document without end": (".htm", lambda n: _CITED + "１．特開\n" + _again("あ\n", n)),
    "cited documents": (".htm", lambda n: _CITED + _again("１．特開２０１１－１２３４５６号公報（甲）\n", n)),
    "cited documents in brackets": (".htm", lambda n: _CITED + _again("１．" + "（）" * 900 + "（\n", n)),
    "mentions of cited documents": (
        ".htm",
        lambda n: (
            "拒絶理由通知書\n　　理　由\n本願は特許法第２９条第２項の規定により"
            + _again("引用文献１、２－９９及び", min(n, 300_000))
            + "\n\n<引用文献等一覧>\n"
            + "".join(f"{i % 99 + 1}．特開２０１１－{i:06d}号公報\n" for i in range(900))
        ),
    ),
    "blank lines among cited documents": (".htm", lambda n: _CITED + "１．x\n" + _again("\n１．x\n", n)),
    "headings of lists": (".htm", lambda n: "理由\n" + _again("引用文献\n", n)),
    "time limits": (".htm", lambda n: "理由\n" + _PERIOD * 90 + _again("　a\n", n)),
    "more time limits": (".htm", lambda n: "理由\n" + _again(_PERIOD, n)),
    "talk of time limits": (".htm", lambda n: "理由\n" + _again("通知書の発送から", n)),
    "overseas": (".htm", lambda n: _again("発送の日から６０日以内（在外者", n)),
    "provisions": (".htm", lambda n: "　　理　由\n" + _again("特許法第２９条第１項第３号に規定する。", n)),
    "provisions cut short": (".htm", lambda n: "　　理　由\nに規定する" + _again("第１条の", n)),
    "classes": (".htm", lambda n: "拒絶理由通知書\n　　理　由\n" + _again("第９類「", n)),
    "registrations": (
        ".htm",
        lambda n: "拒絶理由通知書\n　　理　由\n" + _again("登録第１２３４５６７号商標", n),
    ),
    "foreign documents": (
        ".htm",
        lambda n: _CITED + _again("１．米国特許出願公開第２０１５／０３７８０９８号明細書\n", n),
    ),
    "labels": (".htm", lambda n: "【書類名】　手続補正書\n" + _again("【手続補正１】\n【補正の内容】\n", n)),
    "labels without values": (".htm", lambda n: "【書類名】　意見書\n" + _again("【あ】\n", n)),
    "an opinion": (".htm", lambda n: "【書類名】　意見書\n【意見の内容】\n" + _again("【あ】い\n", n)),
    "earlier papers": (
        ".htm",
        lambda n: "拒絶査定\n" + _again("令和６年２月２０日付け拒絶理由通知書に記載した理由１，", n),
    ),
    "bytes that are no characters": (".htm", lambda n: "\ufffd" * n),
    "NUL": (".htm", lambda n: "\0" * n),
    "NUL in XML": (".xml", lambda n: "<a>" + "\0" * n + "</a>"),
}


def overlapping(entries: int) -> bytes:
    """Every entry of the directory is the same megabyte of nothing."""
    inner = zlib.compress(bytes(1_000_000), 9)[2:-4]
    crc = zlib.crc32(bytes(1_000_000))
    sizes = struct.pack("<III", crc, len(inner), 1_000_000)
    local = b"PK\x03\x04" + struct.pack("<HHHHH", 20, 0, 8, 0, 0x21) + sizes + struct.pack("<HH", 5, 0)
    body = local + b"a.htm" + inner
    central = b"PK\x01\x02" + struct.pack("<HHHHHH", 20, 20, 0, 8, 0, 0x21) + sizes
    directory = b"".join(
        central + struct.pack("<HHHHHII", 9, 0, 0, 0, 0, 0, 0) + f"{n:05d}.htm".encode()
        for n in range(entries)
    )
    end = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, entries, entries, len(directory), len(body), 0)
    return body + directory + end


ARCHIVES: dict[str, Callable[[], bytes]] = {
    "a hundred thousand files": lambda: packed(*((f"{n}", b"") for n in range(100_000))),
    "twenty thousand files": lambda: packed(*((f"{n}.htm", b"<PRE>x</PRE>") for n in range(19_999))),
    "a gigabyte of nothing": lambda: packed(("a.htm", bytes(1_000_000_000))),
    "many megabytes of nothing": lambda: packed(*((f"{n}.htm", bytes(1_000_000)) for n in range(200))),
    "files over files": lambda: overlapping(1_900),
    "archives in archives": lambda: packed(
        *((f"{n}.zip", packed(*((f"{m}.htm", bytes(900_000)) for m in range(50)))) for n in range(50))
    ),
}


def of_text(name: str, size: int) -> bytes:
    ending, made = TEXTS[name]
    text = "\n".join(made(size).split("\n")[:LINES])
    data = text.encode("cp932", "replace") if "\ufffd" not in text else b"\x81\xff" * (size // 2)
    # Stored, for what shrinks a thousandfold is not even unpacked.
    ending = "P.HTM" if ending == ".htm" else "-jpntce.xml"
    return packed((f"06199000001{ending}", data), method=zipfile.ZIP_STORED)


def read_all(archive: bytes) -> None:
    """As the program does: open, read, store, and find the parts again when somebody looks."""
    for member in read_bundle(archive).members:
        if member.media_type in ("xml", "htm"):
            notice = read_notice(member, "trademark" if member.media_type == "htm" else "patent")
            notice.to_json()
            places_of(notice)


def _measure(name: str) -> None:
    archive = ARCHIVES[name]() if name in ARCHIVES else of_text(name, CHARACTERS)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.process_time()
    read_all(archive)
    seconds = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"{seconds:8.2f} s {before // 1024:6d} MB before {peak // 1024:6d} MB peak  {name}", flush=True)  # noqa: T201


def main() -> None:
    if len(sys.argv) > 1:
        _measure(sys.argv[1])
        return
    for name in [*TEXTS, *ARCHIVES]:
        try:
            subprocess.run([sys.executable, "-m", "fuzz.hostile", name], check=False, timeout=60)
        except subprocess.TimeoutExpired:
            print(f"more than a minute: {name}", flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
