"""How the pages are served. Each value can be changed by the environment; sizes are for two cores."""

import os
import shutil
import tempfile

bind = os.environ.get("IPPORTAL_BIND", "127.0.0.1:8000")
workers = int(os.environ.get("IPPORTAL_WEB_WORKERS", "3"))
threads = int(os.environ.get("IPPORTAL_WEB_THREADS", "4"))
worker_class = "gthread"
# A large export is sent for minutes; a thread that answers nothing for this long is stuck.
timeout = 120
graceful_timeout = 60  # below the service manager's own patience
keepalive = 5
# Signals are enough: a socket by which processes can be added or stopped is one more way in.
control_socket_disable = True
# No page of ours has a longer address or more headers.
limit_request_line = 8190
limit_request_fields = 64
limit_request_field_size = 8190
# A worker is replaced now and then, at different times, so that none grows for ever.
max_requests = 5000
max_requests_jitter = 1000
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108, PTH112
# The portal writes a line for each request itself, by the name of its view: addresses may hold tokens.
accesslog = None
errorlog = "-"
capture_output = True
# Who may say by which address and scheme a request came: the server in front.
forwarded_allow_ips = os.environ.get("IPPORTAL_PROXY", "127.0.0.1")

_figures = os.environ.get("PROMETHEUS_MULTIPROC_DIR") or tempfile.mkdtemp(prefix="ipportal-figures-")
os.environ["PROMETHEUS_MULTIPROC_DIR"] = _figures  # read when the first figure is made, in the workers


def child_exit(server, worker):
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)


def on_exit(server):
    shutil.rmtree(_figures, ignore_errors=True)
