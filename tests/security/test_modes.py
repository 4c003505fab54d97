"""What holds secrets or the docket and lies open to others on the machine is told, old or new."""

from __future__ import annotations

import pytest

from dossiers import checks


@pytest.fixture
def kept(settings, tmp_path, monkeypatch):
    """An installation made long ago, with everything open."""
    settings.VAR_DIR, settings.BACKUP_DIR = tmp_path / "var", tmp_path / "backups"
    outside = tmp_path / "docket.sqlite3"
    for name, value in (("ENGINE", "django.db.backends.sqlite3"), ("NAME", str(outside))):
        monkeypatch.setitem(settings.DATABASES["default"], name, value)
    settings.VAR_DIR.mkdir(mode=0o755)
    settings.BACKUP_DIR.mkdir(mode=0o750)
    for path in (settings.VAR_DIR / "secret_key", outside):
        path.touch(mode=0o644)
    return [settings.VAR_DIR, settings.VAR_DIR / "secret_key", settings.BACKUP_DIR, outside]


def test_what_others_can_open_is_told_one_by_one_until_it_is_closed(kept):
    for path in kept:
        told = [one.msg for one in checks.what_is_kept_is_for_its_owner_alone(None)]
        assert any(words.startswith(f"{path} can be opened") for words in told)
        path.chmod(0o700 if path.is_dir() else 0o600)
    assert checks.what_is_kept_is_for_its_owner_alone(None) == []
