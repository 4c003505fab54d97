"""Why the office refuses: grounds and cited documents, the same in the paper and in the citation list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from random import Random

from apiclient.sandbox.life import Act
from apiclient.sandbox.world import Case

_WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}


def wide(text: str) -> str:
    """Full-width digits and Latin letters, as the office prints them."""
    return text.translate(_WIDE).replace("\uff0d", "－")


def era_coded(published: date, serial: int) -> str:
    """Nine digits: era (4 Heisei, 5 Reiwa), two digits of the era's year, six of the serial number."""
    reiwa = published >= date(2019, 5, 1)
    year = published.year - (2018 if reiwa else 1988)
    return f"{5 if reiwa else 4}{year:02d}{serial:06d}"


@dataclass(frozen=True, slots=True)
class Ground:
    """One ground of refusal; `sentence` goes on from この出願, `cited` numbers the cited documents from 1."""

    article: str
    label: str
    sentence: str
    claims: str = ""
    cited: tuple[int, ...] = ()

    @property
    def heading(self) -> str:
        return f"{self.article}（{self.label}）"


@dataclass(frozen=True, slots=True)
class Cited:
    """An invented earlier publication: its serial number is beyond any the office has given."""

    published: date
    serial: int

    @property
    def printed(self) -> str:
        return f"特開{wide(str(self.published.year))}－{wide(f'{self.serial:06d}')}"

    @property
    def listed(self) -> str:
        return f"JPA {era_coded(self.published, self.serial)}"


@dataclass(frozen=True, slots=True)
class Reasons:
    grounds: tuple[Ground, ...]
    cited: tuple[Cited, ...]
    searched: tuple[Cited, ...]  # in the record of the prior-art search, no part of the reasons


_NOVELTY = "の下記の請求項に係る発明は、その出願前に頒布された下記の刊行物に記載された発明である。"
_STEP = (
    "の下記の請求項に係る発明は、下記の刊行物に記載された発明に基いて"
    "当業者が容易に発明をすることができたものである。"
)
_PATENT_OTHERS = (
    ("特許法第３６条第６項第２号", "明確性", "は、特許請求の範囲の記載が、下記の点で明確でない。"),
    ("特許法第３６条第６項第１号", "サポート要件", "は、発明が、発明の詳細な説明に記載したものでない。"),
    ("特許法第３６条第４項第１号", "実施可能要件", "は、発明の詳細な説明の記載が、下記の点で十分でない。"),
    ("特許法第３７条", "単一性", "は、下記の点で発明の単一性の要件を満たしていない。"),
)
_DESIGN = (
    ("意匠法第３条第１項第３号", "新規性", "は、出願前に公然知られた意匠に類似する意匠と認められる。"),
    ("意匠法第３条第２項", "創作非容易性", "は、当業者が容易に創作することができた意匠と認められる。"),
    ("意匠法第９条第１項", "先願", "は、先に出願された意匠に類似する意匠と認められる。"),
    ("意匠法第７条", "一意匠一出願", "は、意匠ごとにした出願と認められない。"),
)
_TRADEMARK = (
    (
        "商標法第３条第１項第３号",
        "品質等表示",
        "は、商品の品質を普通に用いられる方法で表示する標章のみからなる。",
    ),
    (
        "商標法第４条第１項第１１号",
        "先登録商標",
        "は、先に登録された商標と類似し、指定商品又は指定役務も類似する。",
    ),
    ("商標法第６条第１項", "指定商品の明確性", "は、指定商品又は指定役務の表示が明確でない。"),
    ("商標法第３条第１項柱書", "使用の意思", "は、指定商品又は指定役務に使用する意思に疑義がある。"),
)


def reasons(case: Case, notice: Act) -> Reasons:
    """What the notice of reasons for refusal `notice` says; always the same for the same document."""
    rng = Random(f"{case.law}/{case.number}/{notice.number}")
    if case.law != "patent":
        table = _DESIGN if case.law == "design" else _TRADEMARK
        chosen = sorted(rng.sample(table, rng.choice((1, 1, 2))))
        return Reasons(tuple(Ground(*row) for row in chosen), (), ())
    cited = tuple(_publication(rng, case.filed_on) for _ in range(rng.randrange(1, 6)))
    searched = tuple(_publication(rng, case.filed_on) for _ in range(rng.randrange(0, 3)))
    return Reasons(_patent_grounds(rng, case.claims, len(cited)), cited, searched)


def _publication(rng: Random, filed: date) -> Cited:
    year = rng.randrange(2001, max(2002, filed.year - 1))
    # Above every real serial of 特開, below those of 特表.
    return Cited(date(year, rng.randrange(1, 13), rng.randrange(1, 29)), rng.randrange(400_000, 500_000))


def _patent_grounds(rng: Random, claims: int, cited: int) -> tuple[Ground, ...]:
    """An inventive-step ground nearly always; novelty and the description now and then."""
    reach = rng.randrange(1, claims + 1)
    span = wide(str(reach)) if reach == 1 else f"１－{wide(str(reach))}"
    grounds = []
    if rng.random() < 0.45:
        grounds.append(Ground("特許法第２９条第１項第３号", "新規性", _NOVELTY, span, (1,)))
    everything = tuple(range(1, cited + 1))
    grounds.append(
        Ground("特許法第２９条第２項", "進歩性", _STEP, f"１－{wide(str(max(claims, 2)))}", everything)
    )
    if rng.random() < 0.5:
        article, label, sentence = rng.choice(_PATENT_OTHERS)
        grounds.append(Ground(article, label, sentence, span))
    return tuple(grounds)
