"""What an installation is made of agrees with the program, and gives away nothing."""

from __future__ import annotations

import configparser
import re
from pathlib import Path

import pytest
import yaml
from django.conf import settings
from django.core.management import get_commands
from prometheus_client import CollectorRegistry

from dossiers.alerts import heartbeats
from dossiers.alerts.part_words import NAMES
from dossiers.views import metrics, observing

ROOT = Path(settings.BASE_DIR)
UNITS = sorted((ROOT / "deploy").glob("*.service"))
TIMERS = sorted((ROOT / "deploy").glob("*.timer"))
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())
RUNBOOK = (ROOT / "docs" / "runbook.md").read_text()


def unit(path: Path) -> configparser.ConfigParser:
    read = configparser.ConfigParser(interpolation=None)
    read.optionxform = str
    read.read(path)
    return read


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_a_unit_runs_what_there_is_as_somebody_who_may_do_little(path):
    service = unit(path)["Service"]
    assert service["User"] == "ip-portal"
    assert (service["NoNewPrivileges"], service["ProtectSystem"]) == ("yes", "strict")
    assert service["CapabilityBoundingSet"] == ""
    told = service["ExecStart"].split()
    assert told[0].startswith("/srv/ip-portal/.venv/bin/")
    if "manage.py" in told:
        assert told[told.index("manage.py") + 1] in get_commands()
    else:
        assert (ROOT / told[told.index("--config") + 1]).is_file()


def test_each_timer_has_its_unit_and_there_is_one_for_each_that_ends():
    ends = {one.stem for one in UNITS if unit(one)["Service"].get("Type") == "oneshot"}
    assert {one.stem for one in TIMERS} == ends == {f"ip-portal-{n}" for n in ("watch", "backup", "bounces")}


def test_containers_are_pinned_watched_and_may_do_little():
    assert {"database", "web", "worker", "mail"} <= set(COMPOSE["services"])
    for name, service in COMPOSE["services"].items():
        image, _, version = service["image"].partition(":")
        assert re.match(r"\d", version) and "." not in image.split("/")[0], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        if name != "mail":  # a mail server that gives up its rights by itself
            assert service["read_only"] and service["user"].split(":")[0] not in ("0", "root"), name
            assert service["cap_drop"] == ["ALL"], name
        if name != "migrate":
            assert service["healthcheck"]["test"], name
        assert all(one in COMPOSE["volumes"] for one in mounted(service)), name
    for port in COMPOSE["services"]["web"]["ports"]:
        assert port.startswith("127.0.0.1:"), "nobody reaches the pages past the server in front"


def mounted(service) -> list[str]:
    return [one.partition(":")[0] for one in service.get("volumes", [])]


def test_no_secret_stands_in_what_everybody_may_read():
    """A value of a name that sounds like a secret is a file's, or comes from outside."""
    for service in COMPOSE["services"].values():
        for name, value in service.get("environment", {}).items():
            if re.search(r"PASSWORD|SECRET|TOKEN|KEY|DATABASE_URL", name):
                assert name.endswith("_FILE") and value.startswith("/run/secrets/"), name


# --- the runbook ------------------------------------------------------------------------------------------


def test_every_part_that_can_be_late_has_its_section():
    parts = {one.name for one in heartbeats.parts()} | set(NAMES)
    sections = set(re.findall(r"^### (\w+)$", RUNBOOK, re.MULTILINE))
    assert sections == parts


@pytest.mark.django_db
def test_every_field_of_the_health_page_has_its_row(client):
    fields = set(client.get("/healthz").json()) - {"status"}
    assert fields == set(re.findall(r"^\| `(\w+)` \|", RUNBOOK.split("## Figures")[0], re.MULTILINE))


@pytest.mark.django_db
def test_every_figure_has_its_row():
    registry = CollectorRegistry(auto_describe=False)
    registry.register(metrics._OfTheDatabase())
    told = {family.name for family in registry.collect()} | {"ipportal_office_last_answer_seconds"}
    told |= {f"{observing.REQUESTS._name}_total", observing.DURATIONS._name}
    assert told == set(re.findall(r"^\| `(ipportal_\w+)` \|", RUNBOOK, re.MULTILINE))


def test_every_setting_of_the_installation_is_explained():
    explained = (ROOT / "docs" / "configuration.md").read_text()
    told = set(re.findall(r"\b(?:IPPORTAL|JPO|EMAIL|DATABASE)_[A-Z_]+", (ROOT / "compose.yaml").read_text()))
    told |= set(re.findall(r"\bIPPORTAL_[A-Z_]+", (ROOT / "deploy" / "gunicorn.conf.py").read_text()))
    missing = {name.removesuffix("_FILE") for name in told if name.removesuffix("_FILE") not in explained}
    assert not missing
