"""Carrying out orders: fetch the text if it has to be fetched, have it classified, keep what came."""

from __future__ import annotations

import logging
import time
from datetime import timedelta

from apiclient.ipaustralia import Prediction, Trouble
from apiclient.outcomes import Outcome
from apiclient.quota import DailyLimitReached, MinuteLimitReached
from dossiers import clock
from dossiers.models import CpcSuggestion
from dossiers.refresh import circuit, office

from . import dossier, orders, predictor
from .texts import TextRefused

log = logging.getLogger(__name__)

_BACKOFF = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=20), timedelta(hours=1))


def pump(*, budget_seconds: float) -> bool:
    """Carry out orders until none is due or the time is used up; whether more are due now."""
    end = time.monotonic() + budget_seconds
    while time.monotonic() < end:
        order = orders.claim()
        if order is None:
            return False
        try:
            carry_out(order)
        except Exception as error:
            log.exception("order %s for a suggestion failed", order.pk)
            orders.put_off(order, clock.now() + _pause(order), "failed", type(error).__name__, counts=True)
    return True


def carry_out(order: CpcSuggestion) -> None:
    """Work on a claimed order to its end, or put it off."""
    try:
        asked = predictor.predictor()  # before anything is spent on fetching the text
        text = orders.text_of(order) or dossier.fetch(order)
    except predictor.NotConfigured as lacking:
        orders.fail(order, "not_configured", str(lacking))
    except (TextRefused, dossier.NoSpecification) as refused:
        orders.fail(order, refused.code)
    except dossier.NoAnswer as silence:
        _without_answer(order, silence.answer.outcome, silence.answer.message)
    except DailyLimitReached as limit:
        orders.put_off(order, limit.until, "daily_limit")
    except MinuteLimitReached as limit:
        orders.put_off(order, limit.retry_at, "minute_limit")
    except circuit.Paused as pause:
        orders.put_off(order, pause.until, pause.outcome)
    except office.NoCredentials:
        orders.fail(order, "no_credentials")
    else:
        _conclude(order, asked.predict(text))


def _without_answer(order: CpcSuggestion, outcome: Outcome, detail: str) -> None:
    """The office could not be asked about the specification: later again, if that may help."""
    if outcome is Outcome.DAILY_LIMIT:  # the ledger knows it now, and names the hour at the next try
        orders.put_off(order, clock.now(), outcome)
    elif outcome.retry_today:
        orders.put_off(order, clock.now() + _pause(order), outcome, detail, counts=True)
    else:
        orders.fail(order, outcome, detail)


def _conclude(order: CpcSuggestion, prediction: Prediction) -> None:
    if prediction.outcome is Outcome.OK:
        orders.succeed(
            order,
            symbols=[{"symbol": one.symbol, "score": one.score} for one in prediction.suggestions],
            predictor=prediction.label or predictor.name(),
            stand_in=predictor.is_stand_in(),
            problems=list(prediction.problems),
        )
    elif prediction.outcome.retry_today:
        until = max(prediction.retry_at or clock.now(), clock.now() + _pause(order))
        outcome = f"predictor_{prediction.outcome}"
        orders.put_off(order, until, outcome, _said(prediction), counts=True)
    else:
        orders.fail(order, _code(prediction), _said(prediction))


def _code(prediction: Prediction) -> str:
    if prediction.trouble is Trouble.TOO_LONG:
        return "too_long"
    return f"predictor_{prediction.trouble or prediction.outcome}"


def _said(prediction: Prediction) -> str:
    """What is known beyond the code, for whoever administers the installation."""
    setting = f"IPAU_{prediction.field.upper()}_FIELD: " if prediction.field else ""
    return setting + "; ".join(prediction.problems)


def _pause(order: CpcSuggestion) -> timedelta:
    return _BACKOFF[min(max(order.attempts, 1), len(_BACKOFF)) - 1]
