"""What monitors and logs are told: enough to see trouble, and nobody's case, name or token."""

from __future__ import annotations

import json
import logging
import re
import shutil
import subprocess
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from prometheus_client.parser import text_string_to_metric_families

from dossiers import clock, log_lines
from dossiers.alerts import heartbeats
from dossiers.models import OfficeCall, RefreshJob, ReviewTask
from tests import make
from tests.runtime.scratch import ROOT

pytestmark = pytest.mark.django_db
TOKEN = "a-token-of-the-monitor"


@pytest.fixture
def figures(client, settings):
    """The figures as Prometheus reads them: {name: {labels: value}}."""
    settings.METRICS_TOKEN = TOKEN

    def read() -> dict:
        answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
        assert answer.status_code == 200
        found: dict = {}
        for family in text_string_to_metric_families(answer.content.decode()):
            for sample in family.samples:
                found.setdefault(sample.name, {})[tuple(sorted(sample.labels.items()))] = sample.value
        return found

    return read


def test_without_a_token_there_is_nothing(client, settings):
    for given in ("", "Bearer ", "Bearer None"):
        assert client.get("/metrics", headers={"Authorization": given}).status_code == 404
    settings.METRICS_TOKEN = TOKEN
    for given in ("", "Bearer wrong", TOKEN, "Bearer \u00e9"):
        assert client.get("/metrics", headers={"Authorization": given}).status_code == 404


def test_it_tells_what_waits_which_part_is_late_and_when_the_office_last_answered(figures):
    now = clock.now()
    case = make.case("2020008423")
    late = now - timedelta(hours=2)
    RefreshJob.objects.create(case=case, key="a", purpose="daily", not_before=late)
    RefreshJob.objects.create(case=case, key="b", purpose="daily", not_before=now + timedelta(days=1))
    ReviewTask.objects.create(case=case, key="k", kind="k")
    call = {"endpoint": "patent/app_progress", "argument": "2020008423", "purpose": "daily"}
    at = {"office_day": clock.office_today(), "started_at": late, "ended_at": late}
    OfficeCall.objects.create(**call, **at, outcome="ok")
    newer = {**at, "started_at": now, "ended_at": now}
    OfficeCall.objects.create(**call, **newer, outcome="down")
    heartbeats.beat("alerts")
    found = figures()
    assert found["ipportal_queue_due"][(("queue", "refresh"),)] == 1
    assert 7200 <= found["ipportal_queue_oldest_seconds"][(("queue", "refresh"),)] < 7300
    assert 7200 <= found["ipportal_office_last_answer_seconds"][()] < 7300
    assert found["ipportal_open_tasks"][()] == 1
    assert found["ipportal_part_late"][(("part", "worker"),)] == 1
    assert found["ipportal_part_age_seconds"][(("part", "alerts"),)] < 60
    assert found["ipportal_quota_left"][(("bucket", "patent/app_progress"),)] > 0
    assert found["ipportal_database_bytes"][()] > 0


def test_requests_are_counted_by_page_and_never_by_case(client, figures, alice):
    client.force_login(alice)
    make.case("2020008423")
    client.get("/cases/patent/2020008423/")
    for n in range(3):
        client.get(f"/nothing/{n}/")
    found = figures()["ipportal_requests_total"]
    views = {dict(labels)["view"] for labels in found}
    assert "case" in views and not any(re.search(r"\d{4}", view) for view in views)


def test_asking_costs_the_same_for_any_number_of_orders(figures):
    case = make.case("2020008423")

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            figures()
        return len(queries)

    cost()
    few = cost()
    RefreshJob.objects.bulk_create(RefreshJob(case=case, key=f"k{n}", purpose="daily") for n in range(50))
    assert cost() == few


def test_each_answer_names_its_request_and_so_does_the_log(client, alice, caplog):
    client.force_login(alice)
    with caplog.at_level(logging.INFO, "dossiers.requests"):
        answer = client.get("/limits/?token=secret-in-a-query")
    (record,) = [one for one in caplog.records if one.name == "dossiers.requests"]
    assert re.fullmatch(r"[0-9a-f]{16}", answer.headers["X-Request-ID"])
    assert record.told["view"] == "limits" and record.told["user"] == alice.pk
    line = log_lines.AsJson().format(record)
    assert "secret-in-a-query" not in line and "alice" not in line


@pytest.mark.parametrize("given", ["short", "a b c d e f g h", "x" * 65, 'a"}{"level":"x'])
def test_an_identity_that_is_not_safe_to_write_is_not_taken(client, settings, given):
    settings.BEHIND_PROXY = True
    assert client.get("/readyz", headers={"X-Request-ID": given}).headers["X-Request-ID"] != given


def test_a_trusted_proxys_identity_is_kept_and_anybody_elses_is_not(client, settings):
    for trusted in (True, False):
        settings.BEHIND_PROXY = trusted
        answer = client.get("/readyz", headers={"X-Request-ID": "edge-0123456789"})
        assert (answer.headers["X-Request-ID"] == "edge-0123456789") is trusted


def test_a_line_as_json_is_one_line_without_tokens_that_says_whose_work_it_was():
    try:
        raise ValueError("at https://portal.example/feeds/top-secret/limits.ics\nsecond line")
    except ValueError:
        import sys

        record = logging.LogRecord("x", 40, "f", 1, "for %s", ("/w/top-secret/",), sys.exc_info())
    with log_lines.about(task="refresh"), log_lines.about(order=7):
        line = log_lines.AsJson().format(record)
    told = json.loads(line)
    assert "top-secret" not in line and "\n" not in line
    assert (told["task"], told["order"], told["level"]) == ("refresh", 7, "ERROR")
    assert "order" not in json.loads(log_lines.AsJson().format(record))


def test_every_alarm_that_is_delivered_is_about_a_figure_that_is_told(figures):
    now = clock.now()
    at = {"office_day": clock.office_today(), "started_at": now, "ended_at": now}
    OfficeCall.objects.create(
        endpoint="patent/app_progress", argument="1", purpose="daily", outcome="ok", **at
    )
    heartbeats.beat("worker")
    figures()  # the first answer counts requests, the second tells of them
    told = figures()
    rules = (ROOT / "deploy" / "prometheus-rules.yml").read_text()
    named = set(re.findall(r"\bipportal_\w+", rules))
    assert len(named) > 6 and named <= set(told)
    queues = {dict(labels)["queue"] for labels in told["ipportal_queue_oldest_seconds"]}
    assert {"alerts", "prompts"} <= queues


@pytest.mark.skipif(not shutil.which("promtool"), reason="needs Prometheus")
def test_prometheus_takes_the_figures_and_the_alarms(client, settings, tmp_path):
    settings.METRICS_TOKEN = TOKEN
    text = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).content
    checked = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True)
    assert checked.returncode == 0, checked.stderr
    rules = ["promtool", "check", "rules", str(ROOT / "deploy" / "prometheus-rules.yml")]
    assert subprocess.run(rules, capture_output=True).returncode == 0
