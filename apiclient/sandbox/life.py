"""What happens to one application from filing to the end of the right, as dated acts.

A life is drawn once from the case's own random numbers and holds its whole future; what can be seen of
it on a day is decided elsewhere. Chances and delays follow the office's published yearly averages
(first action 9.4 months after the request for examination; grants in about three quarters).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from apiclient.sandbox.days import add_months, on_or_after, on_or_before

REGISTER_NUMBER = "99999999999"
FEE_NUMBER = "BBBBBBBBBBB"
APPLICATION, PUBLICATION, REGISTER, APPEAL = "01", "02", "06", "07"
LAW_DIGIT = {"patent": "1", "design": "3", "trademark": "4"}


@dataclass(frozen=True, slots=True)
class Act:
    """One row of the document list. `day` is the date received, dispatched or made (legalDate)."""

    day: date
    code: str
    name: str
    number: str
    separator: str = "S"
    block: str = APPLICATION
    available: bool = True
    size: int = 0
    drafted: date | None = None  # office documents only: the date printed on the paper
    final: bool = False  # a notice marked ＜＜＜＜　　最後　　＞＞＞＞
    answers: str = ""  # document number of the notice this paper answers


@dataclass(frozen=True, slots=True)
class Payment:
    """A registration fee or annuity paid on `day`, through year `through`; `next_due` is not rolled."""

    day: date
    through: int
    next_due: date | None
    expires: date


@dataclass(frozen=True, slots=True)
class Right:
    """The register's record. A lapse takes effect on `lapsed_on` and is entered on `lapse_entered`."""

    registered_on: date
    decided_on: date
    appeal_decided_on: date | None
    payments: tuple[Payment, ...]
    lapsed_on: date | None = None
    lapse_entered: date | None = None


@dataclass(frozen=True, slots=True)
class Life:
    acts: tuple[Act, ...]
    published_on: date | None
    right: Right | None


@dataclass(frozen=True, slots=True)
class Origin:
    """What a life starts from. `filed_on` is the day the papers came in.

    `counts_from` is the earlier day from which periods and the term run: of a divisional the filing of its
    first parent (Patent Act 44), of a national phase the international filing (Patent Act 184-3).
    """

    law: str
    number: str
    filed_on: date
    priority_on: date | None
    overseas: bool
    counts_from: date | None = None
    international: bool = False


@dataclass(frozen=True, slots=True)
class Practice:
    """How one law is examined. Chances are of the next act after the n-th answer."""

    months_to_first: float
    allowed_at_once: float
    allowed: tuple[float, ...]
    refused: tuple[float, ...]
    days_resident: int
    extension: tuple[float, float]  # resident, overseas
    extension_months: int
    appeals: float


PRACTICES = {
    "patent": Practice(9.4, 0.14, (0.62, 0.60, 0.45), (0.14, 0.28, 0.55), 60, (0.12, 0.25), 2, 0.29),
    "design": Practice(6.0, 0.78, (0.72, 0.60, 0.50), (0.20, 0.35, 0.50), 40, (0.04, 0.08), 2, 0.08),
    "trademark": Practice(6.1, 0.72, (0.70, 0.58, 0.50), (0.22, 0.37, 0.50), 40, (0.05, 0.10), 1, 0.08),
}
# Bodies of earlier papers are not served (scope of the office's service).
BODIES_SINCE = {"patent": date(2003, 7, 1), "design": date(2019, 1, 1), "trademark": date(2019, 1, 1)}


@dataclass(slots=True)
class Story:
    """A life being written."""

    origin: Origin
    rng: Random
    keeps_register: bool = True
    acts: list[Act] = field(default_factory=list)
    used: set[str] = field(default_factory=set)

    def chance(self, probability: float) -> bool:
        return self.rng.random() < probability

    def below(self, end: int, start: int = 0) -> int:
        """A whole number from `start` up to but not including `end`."""
        return start + int(self.rng.random() * (end - start))

    def spread(self, mean_days: float, variation: float) -> timedelta:
        """A gamma-distributed delay of at least a day, with the given coefficient of variation."""
        shape = 1 / variation**2
        return timedelta(days=max(1, round(self.rng.gammavariate(shape, mean_days / shape))))

    def fresh_number(self, prefix: str, digits: int) -> str:
        while True:
            number = f"{prefix}{self.below(10**digits, 1):0{digits}d}"
            if number not in self.used:
                self.used.add(number)
                return number

    def dispatch(self, day: date, code: str, name: str, *, final: bool = False, appeal: bool = False) -> Act:
        """The office sends a document: a business day, drafted about a week before."""
        day = on_or_after(day)
        digit = "7" if appeal else "6"
        number = self.fresh_number(f"0{digit}{LAW_DIGIT[self.origin.law]}{day:%y}", 6)
        act = Act(
            day,
            code,
            name,
            number,
            separator="K" if self.origin.law == "patent" and not appeal else "S",
            block=APPEAL if appeal else APPLICATION,
            available=day >= BODIES_SINCE[self.origin.law],
            size=self.below(6200, 700),
            drafted=on_or_before(day - timedelta(days=self.below(9, 4))),
            final=final,
        )
        self.acts.append(act)
        return act

    def internal(self, day: date, code: str, name: str, prefix: str, *, block: str = APPLICATION) -> None:
        """The office makes a paper that goes to nobody through this channel."""
        day = on_or_after(day)
        number = self.fresh_number(f"{prefix}{day:%y}", 6)
        kept = code == "A971007"
        size = self.below(9000, 500) if kept else 0
        self.acts.append(Act(day, code, name, number, "C" if kept else " ", block, kept, size))

    def receive(
        self,
        day: date,
        code: str,
        name: str,
        *,
        answers: str = "",
        body: bool = True,
        block: str = APPLICATION,
    ) -> Act:
        """Somebody files a paper online; any day will do."""
        available = body and day >= BODIES_SINCE[self.origin.law]
        act = Act(
            day,
            code,
            name,
            self.fresh_number(f"5{day:%y}", 8),
            separator="S" if available else " ",
            block=block,
            available=available,
            size=self.below(9000, 700) if available else 0,
            answers=answers,
        )
        self.acts.append(act)
        return act

    def register(self, day: date, code: str, name: str) -> None:
        """A line of the register, which has neither number nor body."""
        self.acts.append(Act(day, code, name, REGISTER_NUMBER, " ", REGISTER, available=False))


def live(origin: Origin, rng: Random, *, register: bool = True) -> Life:
    """The life of the application `origin`, the same for the same random numbers.

    Without `register` what follows the registration is left out and all the rest is the same.
    """
    story = Story(origin, rng, register)
    examine: dict[str, Callable[[Story], Right | None]] = {
        "patent": _patent,
        "design": _design,
        "trademark": _trademark,
    }
    _file(story)
    right = None
    if story.chance(0.012):
        _withdraw(story)
    else:
        right = examine[origin.law](story)
    published = _publication(story, right)
    return Life(tuple(sorted(story.acts, key=lambda act: act.day)), published, right)


# Filing and publication


def _file(story: Story) -> None:
    origin = story.origin
    if origin.law != "patent":
        title = "意匠登録願" if origin.law == "design" else "商標登録願"
        story.receive(origin.filed_on, "A63", title)
    elif origin.international:
        _enter_national_phase(story)
    else:
        number = story.fresh_number(f"5{origin.filed_on:%y}", 8)
        parts = (("要約書", "Y"), ("特許願", "S"), ("請求の範囲", "L"), ("明細書", "M"), ("図面", "Z"))
        story.acts += [
            Act(origin.filed_on, "A63", name, number, sep, size=story.below(60000, 1000))
            for name, sep in parts
        ]
    if story.chance(0.03):
        order = story.dispatch(origin.filed_on + timedelta(days=story.below(50, 25)), *_invitation(story))
        story.receive(order.day + timedelta(days=story.below(25, 5)), "A51", "手続補正書（方式）", body=False)


def _enter_national_phase(story: Story) -> None:
    """The national document, and the translation of what was filed abroad."""
    day = story.origin.filed_on
    story.receive(day, "A632", "国内書面")
    if story.origin.overseas:
        number = story.fresh_number(f"5{day:%y}", 8)
        parts = (("要約書", "Y"), ("請求の範囲", "L"), ("明細書", "M"), ("図面", "Z"))
        story.acts += [
            Act(day, "A634", f"翻訳文提出書（{name}）", number, sep, size=story.below(60000, 1000))
            for name, sep in parts
        ]


def _invitation(story: Story) -> tuple[str, str]:
    return ("A10", "補完指令") if story.chance(0.15) else ("A111", "手続補正指令書（出願）")


def _publication(story: Story, right: Right | None) -> date | None:
    """18 months after the earliest date, unless the case ended or was registered before (Patent Act 64)."""
    origin = story.origin
    if origin.law == "design":
        return None
    if origin.law == "trademark":
        return on_or_after(origin.filed_on + timedelta(days=7 + int(origin.number) % 8))
    due = on_or_after(add_months(origin.priority_on or origin.filed_on, 18) + timedelta(days=2))
    if origin.counts_from:
        due = max(due, on_or_after(origin.filed_on + timedelta(days=80)))
    ended = [act.day for act in story.acts if act.code == "A761"]
    if right:
        ended.append(right.registered_on)
    return due if all(day > due for day in ended) else None


def _withdraw(story: Story) -> None:
    """Withdrawn before examination began."""
    longest = 700 if story.origin.law == "patent" else 120
    day = max(act.day for act in story.acts) + timedelta(days=story.below(longest, 1))
    story.receive(day, "A761", "出願取下書", body=False)


# Examination


def _examine(story: Story, first: date) -> tuple[Act, bool]:
    """Notices and answers until the examiner's decision. Returns the decision and whether it allows."""
    practice = PRACTICES[story.origin.law]
    if story.chance(practice.allowed_at_once):
        return _allow(story, first), True
    day = first
    for allowed, refused in zip(practice.allowed, practice.refused, strict=True):
        final = story.origin.law == "patent" and day > first and story.chance(0.65)
        notice = story.dispatch(day, "A131", "拒絶理由通知書", final=final)
        answered = _answer(story, notice)
        if answered is None:
            unanswered = add_months(notice.day, 5 if story.origin.overseas else 4)
            return _refuse(story, unanswered + timedelta(days=story.below(40, 5))), False
        day = on_or_after(answered + story.spread(95, 0.55))
        roll = story.rng.random()
        if roll < allowed:
            return _allow(story, day), True
        if roll < allowed + refused:
            if final and story.chance(0.2):
                story.dispatch(day, "A191", "補正の却下の決定")
            return _refuse(story, day), False
    return _refuse(story, day), False


def last_day_to_answer(origin: Origin, notice: Act, extension_months: int = 0) -> date:
    """The designated period of a notice of reasons for refusal, without rolling over closed days."""
    if origin.overseas:
        return add_months(notice.day, 3 + extension_months)
    return add_months(notice.day + timedelta(days=PRACTICES[origin.law].days_resident), extension_months)


def _answer(story: Story, notice: Act) -> date | None:
    """An opinion, an amendment or both inside the period, now and then extended; rarely nothing."""
    practice = PRACTICES[story.origin.law]
    if story.chance(0.06):
        return None
    last, months = last_day_to_answer(story.origin, notice), 0
    if story.chance(practice.extension[story.origin.overseas]):
        months = practice.extension_months
        asked = last - timedelta(days=story.below(12, 0))
        story.receive(asked, "A601", "期間延長請求書", answers=notice.number, body=False)
    latest = last_day_to_answer(story.origin, notice, months)
    early = min(int(story.rng.expovariate(1 / 7)), (latest - notice.day).days - 2)
    day = on_or_before(latest - timedelta(days=early))
    opinion = story.chance(0.9)
    if story.chance(0.9) or not opinion:
        story.receive(day, "A523", "手続補正書（自発・内容）", answers=notice.number)
    if opinion:
        story.receive(day, "A53", "意見書", answers=notice.number)
    return day


def _allow(story: Story, day: date) -> Act:
    name = "特許査定" if story.origin.law == "patent" else "登録査定"
    decision = story.dispatch(day, "A01", name)
    if story.chance(0.03):
        story.dispatch(decision.day, "A252", "審査官通知（その他の通知）（期間無）")
    return decision


def _refuse(story: Story, day: date) -> Act:
    return story.dispatch(day, "A02", "拒絶査定")


def _appeal(story: Story, refusal: Act) -> tuple[Act, bool, bool] | None:
    """An appeal and how it ends: the decision, whether it allows, whether the board took it."""
    if not story.chance(PRACTICES[story.origin.law].appeals):
        return None
    months = 4 if story.origin.overseas and story.origin.law == "patent" else 3
    last = add_months(refusal.day, months)
    day = on_or_before(last - timedelta(days=min(60, int(story.rng.expovariate(1 / 6)))))
    story.receive(day, "C60", "審判請求書", body=False, block=APPEAL)
    amended = story.origin.law == "patent" and story.chance(0.75)
    if amended:
        story.receive(day, "A523", "手続補正書")
    story.dispatch(day + timedelta(days=20), "C20", "審判番号通知", appeal=True)
    if amended:
        examined = _pre_appeal(story, day)
        if examined:
            return examined, True, False
    return (*_board(story, max(act.day for act in story.acts)), True)


def _pre_appeal(story: Story, day: date) -> Act | None:
    """Examination by the examiner before the appeal (Patent Act 162): a grant, or a report to the board."""
    story.internal(day + timedelta(days=16), "A911", "審査前置移管", "971")
    report = on_or_after(day + story.spread(100, 0.3) + timedelta(days=20))
    if story.chance(0.6):
        decision = _allow(story, report)
        story.internal(decision.day, "A912", "審査前置解除", "971")
        return decision
    story.internal(report, "A913", "前置報告書", "971")
    return None


def _board(story: Story, day: date) -> tuple[Act, bool]:
    story.dispatch(day + timedelta(days=60), "C22", "審判官指定（変更）通知", appeal=True)
    day = day + timedelta(days=90) + story.spread(210, 0.3)
    if story.chance(0.3):
        notice = story.dispatch(day, "C13", "拒絶理由通知書", appeal=True)
        day = last_day_to_answer(story.origin, notice) - timedelta(days=story.below(12, 0))
        story.receive(day, "C53", "意見書", body=False, block=APPEAL)
        day += timedelta(days=60)
    closing = story.dispatch(day, "C23", "審理終結通知書", appeal=True)
    decision = story.dispatch(closing.day + timedelta(days=18), "C03", "審決", appeal=True)
    return decision, story.chance(0.6)


def _decided(story: Story, first: date) -> Right | None:
    """Examination, perhaps an appeal, and the register if it ends well."""
    decision, allowed = _examine(story, first)
    by_board = False
    if not allowed:
        appealed = _appeal(story, decision)
        if appealed is None or not appealed[1]:
            return None
        decision, _, by_board = appealed
    return _registered(story, decision, by_board)


# The register


def _registered(story: Story, decision: Act, by_board: bool) -> Right | None:
    """The first fee within 30 days of the decision, the registration, and what follows."""
    if story.chance(0.04):
        return None
    paid = decision.day + timedelta(days=story.below(30, 6))
    registered = on_or_after(paid + timedelta(days=story.below(16, 8)))
    drafted = decision.drafted or decision.day
    right = Right(registered, drafted, drafted if by_board else None, ())
    story.acts.append(Act(paid, "A61", "登録料納付", FEE_NUMBER, " ", available=False))
    if not by_board:
        story.register(decision.day, decision.code, decision.name)
    fee = "特許料納付書" if story.origin.law == "patent" else "設定納付書"
    story.register(paid, "R100", fee)
    certificate = on_or_after(registered + timedelta(days=13))
    story.register(certificate, "R150", "特許証" if story.origin.law == "patent" else "登録証")
    if not story.keeps_register:
        return right
    keep = _renewals if story.origin.law == "trademark" else _annuities
    return keep(story, right, paid)


def _expiry(origin: Origin, registered: date) -> date:
    """Patent Act 67; Design Act 21 (25 years from filing since April 2020, 20 from registration before)."""
    if origin.law == "patent":
        return add_months(origin.counts_from or origin.filed_on, 240)
    if origin.filed_on >= date(2020, 4, 1):
        return add_months(origin.filed_on, 300)
    return add_months(registered, 240)


def _annuities(story: Story, right: Right, first_paid: date) -> Right:
    """A year at a time after the first instalment; unpaid, the right ends on the day the fee was due."""
    registered = right.registered_on
    expires = _expiry(story.origin, registered)
    years = 3 if story.origin.law == "patent" else story.rng.choice((1, 1, 3))
    payments = [Payment(first_paid, years, add_months(registered, 12 * years), expires)]
    while (due := payments[-1].next_due) and due < expires:
        if story.chance(min(0.09, 0.015 + 0.006 * years)):
            entered = on_or_after(add_months(due, 6) + timedelta(days=story.below(40, 15)))
            return _with(right, payments, due, entered)
        years += 1
        following = add_months(registered, 12 * years)
        paid = _annuity_day(story, due, payments[-1].day)
        payments.append(Payment(paid, years, following if following < expires else None, expires))
        story.register(paid, "R20", "年金納付書")
        receipt = on_or_after(paid + timedelta(days=story.below(38, 20)))
        story.register(receipt, "R250", "年金領収書、年金領収書（分納）")
    return _with(right, payments, expires, on_or_after(expires + timedelta(days=20)))


def _annuity_day(story: Story, due: date, after: date) -> date:
    """Mostly in the last three months; one in fifty in the six months of grace, with the surcharge."""
    if story.chance(0.02):
        return due + timedelta(days=story.below(150, 1))
    return max(after + timedelta(days=40), due - timedelta(days=story.below(90, 1)))


def _renewals(story: Story, right: Right, first_paid: date) -> Right:
    """Ten years, paid at once or in halves; renewed in the last months or not (Trademark Act 19, 20, 41-2)"""
    registered = right.registered_on
    halves = story.chance(0.15)
    expires = add_months(registered, 120)
    first_due = add_months(registered, 60) if halves else expires
    payments = [Payment(first_paid, 5 if halves else 10, first_due, expires)]
    if halves:
        middle = first_due - timedelta(days=story.below(80, 1))
        payments.append(Payment(middle, 10, expires, expires))
        story.register(middle, "R200", "商標登録料納付書")
    while expires < add_months(registered, 480) and story.chance(0.72):
        asked = expires - timedelta(days=story.below(150, 1))
        expires = add_months(expires, 120)
        payments.append(Payment(asked, 10, expires, expires))
        story.register(asked, "R201", "商標権存続期間更新登録申請書")
        story.register(on_or_after(asked + timedelta(days=30)), "R251", "更新申請登録通知書")
    return _with(right, payments, expires, on_or_after(add_months(expires, 6) + timedelta(days=25)))


def _with(right: Right, payments: list[Payment], lapsed: date, entered: date) -> Right:
    return Right(
        right.registered_on,
        right.decided_on,
        right.appeal_decided_on,
        tuple(payments),
        lapsed,
        entered,
    )


# By law


def _patent(story: Story) -> Right | None:
    requested = _request_day(story)
    if requested is None:
        reminder = add_months(story.origin.filed_on, 36) + timedelta(days=45)
        story.internal(reminder, "A300", "未審査請求包袋抽出表作成", "966")
        return None
    story.receive(requested, "A621", "出願審査請求書")
    mean = PRACTICES["patent"].months_to_first
    if story.chance(0.05):
        story.receive(requested, "A871", "早期審査に関する事情説明書", body=False)
        mean = 2.3
    first = on_or_after(requested + timedelta(days=14) + story.spread(mean * 30.4 - 14, 0.25))
    searched = first - timedelta(days=story.below(60, 30))
    if searched > requested and story.chance(0.6):
        story.internal(searched, "A971007", "検索報告書", "968")
    _side_acts(story, requested, first)
    return _decided(story, first)


def _request_day(story: Story) -> date | None:
    """A third at once or in the first two years, most before the third anniversary, some never."""
    filed, roll = story.origin.filed_on, story.rng.random()
    if story.origin.counts_from:
        # Past the three years a divisional has 30 days (Patent Act 48-3).
        longest = max((add_months(story.origin.counts_from, 36) - filed).days, 30)
        return filed + timedelta(days=story.below(longest))
    if roll < 0.12:
        return None
    if roll < 0.26:
        return filed
    if roll < 0.42:
        return filed + timedelta(days=story.below(720, 30))
    last = add_months(filed, 36)
    return last - timedelta(days=min(330, int(story.rng.expovariate(1 / 60))))


def _design(story: Story) -> Right | None:
    first = on_or_after(story.origin.filed_on + story.spread(PRACTICES["design"].months_to_first * 30.4, 0.2))
    _side_acts(story, story.origin.filed_on, first)
    return _decided(story, first)


def _trademark(story: Story) -> Right | None:
    mean = PRACTICES["trademark"].months_to_first * 30.4
    first = on_or_after(story.origin.filed_on + timedelta(days=20) + story.spread(mean - 20, 0.2))
    _side_acts(story, story.origin.filed_on, first)
    return _decided(story, first)


def _side_acts(story: Story, start: date, end: date) -> None:
    """Now and then something rarer, or a code no published table knows."""
    day = start + (end - start) / 2
    if story.chance(0.02):
        story.receive(day, "A7422", "代理人受任届", body=False)
    if story.chance(0.02):
        story.receive(day, "A781", "上申書", body=False)
    if story.chance(0.008):
        story.dispatch(day, "A24991", "通知書（試行）")
