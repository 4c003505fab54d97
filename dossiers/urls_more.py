"""Adding cases, watchlists, alerts, settings, health, and the demonstration."""

from django.urls import path

from dossiers.views import add, demo, health, inbox, quota, settings, unsubscribe, watchlists

urlpatterns = [
    path("add/", add.add, name="add"),
    path("add/<uuid:pk>/", add.batch, name="batch"),
    path("add/<uuid:pk>/lines/", add.lines, name="batch_lines"),
    path("add/<uuid:pk>/lines/<int:position>/law/", add.line_law, name="batch_line_law"),
    path("add/<uuid:pk>/save/", add.save, name="batch_save"),
    path("add/<uuid:pk>/discard/", add.discard, name="batch_discard"),
    path("add/<uuid:pk>/again/", add.again, name="batch_again"),
    path("add/<uuid:pk>/result.csv", add.result, name="batch_result"),
    path("watchlists/", watchlists.watchlists, name="watchlists"),
    path("watchlists/<uuid:pk>/", watchlists.watchlist, name="watchlist"),
    path("watchlists/<uuid:pk>/change/", watchlists.change, name="watchlist_change"),
    path("watchlists/<uuid:pk>/add/", watchlists.add, name="watchlist_add"),
    path("watchlists/<uuid:pk>/remove/", watchlists.remove, name="watchlist_remove"),
    path("watchlists/<uuid:pk>/put-back/", watchlists.put_back, name="watchlist_put_back"),
    path("watchlists/<uuid:pk>/follow/", watchlists.follow_list, name="watchlist_follow"),
    path("alerts/", inbox.inbox, name="inbox"),
    path("alerts/read/", inbox.mark_all, name="alerts_mark_all"),
    path("alerts/<int:pk>/", inbox.alert, name="alert"),
    path("alerts/<int:pk>/mark/", inbox.mark, name="alert_mark"),
    path("alerts/<int:pk>/copy/<int:delivery>/", inbox.alert_copy, name="alert_copy"),
    path("quota/", quota.quota, name="quota"),
    path("settings/", settings.settings, name="settings"),
    path("settings/password/", settings.password, name="settings_password"),
    path("settings/language/", settings.language, name="language"),
    path("u/<str:token>/", unsubscribe.unsubscribe, name="unsubscribe"),
    path("demo/", demo.demo, name="demo"),
    path("demo/day/", demo.day, name="demo_day"),
    path("demo/faults/", demo.faults, name="demo_faults"),
    path("demo/mailbox/", demo.mailbox, name="mailbox"),
    path("demo/mailbox/<str:identity>/", demo.mail, name="mail"),
    path("demo/mailbox/<str:identity>/html/", demo.mail_html, name="mail_html"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]
