"""The account in a SQLite file opens whatever other processes are doing with the file."""

from __future__ import annotations

import sqlite3
import threading

from apiclient.quota import Policy
from apiclient.sqlite_ledger import SqliteLedger


def test_a_new_file_that_another_process_is_just_making_is_waited_for(tmp_path):
    path = tmp_path / "quota.sqlite3"
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    other.execute("CREATE TABLE quota_elsewhere (a)")
    letting_go = threading.Timer(0.3, other.execute, ["COMMIT"])
    letting_go.start()
    ledger = SqliteLedger(path, Policy({}))
    letting_go.join()
    ledger.close()
    other.close()
    assert sqlite3.connect(path).execute("PRAGMA journal_mode").fetchone() == ("wal",)
