"""An office day's plan, in its parts, beside the floor of reading the same rows by hand."""

from __future__ import annotations

from datetime import datetime, timedelta

from bench.pages import Figures, milliseconds


def noon() -> datetime:
    """12:00 in Japan, tomorrow."""
    from dossiers import clock

    return clock.now().replace(hour=3) + timedelta(days=1)


def measure() -> Figures:
    """Milliseconds: the choice alone (`pure_ms`), reading the docket (`reading_ms`), everything with writing
    the orders (`with_database_ms`), the next sweep when the plan stands (`again_ms`), the forecast of a year
    (`forecast_ms`), and the floor (`floor_ms`): the same rows read by the database driver alone."""
    from dossiers.docketing.store import calendar
    from dossiers.models import Case, RefreshJob
    from dossiers.refresh import outlook, planner
    from dossiers.refresh.case_views import POLICY, budgets, case_views
    from dossiers.refresh.plan import plan_day

    day = noon() + timedelta(days=1)
    floor = milliseconds(_read_by_hand)
    reading = milliseconds(lambda: list(case_views()))
    views, given, closed = list(case_views()), budgets(day), calendar()

    def choose() -> None:
        planner.plan(
            views,
            given,
            day.date(),
            open_day=lambda one: closed.why_closed(one) is None,
            hazards=planner.Hazards.learned(views),
            policy=POLICY,
        )

    pure = milliseconds(choose)
    views.clear()
    whole = milliseconds(lambda: plan_day(day))
    floor = (floor + milliseconds(_read_by_hand)) / 2
    return {
        "cases": Case.objects.count(),
        "pure_ms": round(pure),
        "reading_ms": round(reading),
        "with_database_ms": round(whole),
        "again_ms": round(milliseconds(lambda: plan_day(day))),
        "orders": RefreshJob.objects.count(),
        "floor_ms": round(floor),
        "ratio_to_floor": round(whole / floor, 2),
        "forecast_ms": round(milliseconds(lambda: outlook.play(day, 0))),
    }


def _read_by_hand() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, law, application_number, filing_date, registration_date, expire_date, stage,"
            " next_due, confirmed_at, asked_at, last_outcome, added_at, residency FROM dossiers_case"
            " ORDER BY id"
        )
        while cursor.fetchmany(2000):
            pass
        cursor.execute(
            "SELECT case_id, code, legal_date FROM dossiers_event WHERE vanished_at IS NULL ORDER BY case_id"
        )
        while cursor.fetchmany(2000):
            pass
