"""The application's settings with no pages and a queue that redelivers soon, for tests of a real cluster."""

from ipportal.settings import *  # noqa: F403
from ipportal.settings import Q_CLUSTER

Q_CLUSTER = {**Q_CLUSTER, "timeout": 2, "retry": 7, "poll": 0.1}
ROOT_URLCONF = "tests.runtime.cluster_settings"
TEMPLATES: list[object] = []
urlpatterns: list[object] = []
