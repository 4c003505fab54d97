"""Pages by address. Names are what templates and mails link by."""

from __future__ import annotations

from importlib.util import find_spec

from django.contrib.auth import views as auth
from django.urls import URLPattern, URLResolver, include, path

from dossiers.views import case, cases, document, limits, reviews, today

urlpatterns: list[URLPattern | URLResolver] = [
    path(
        "login/",
        auth.LoginView.as_view(redirect_authenticated_user=True),
        name="login",
    ),
    path("logout/", auth.LogoutView.as_view(), name="logout"),
    path("", today.today, name="today"),
    path("cases/", cases.cases, name="cases"),
    path("cases/<str:law>/<str:number>/", case.case, name="case"),
    path("cases/<str:law>/<str:number>/edit/", case.edit, name="case_edit"),
    path("cases/<str:law>/<str:number>/refresh/", case.refresh, name="case_refresh"),
    path("cases/<str:law>/<str:number>/refresh/status/", case.refresh_status, name="case_refresh_status"),
    path("cases/<str:law>/<str:number>/documents/<int:event_pk>/", document.document, name="document"),
    path(
        "cases/<str:law>/<str:number>/documents/<int:event_pk>/<int:paper_pk>/",
        document.download,
        name="document_download",
    ),
    path("limits/", limits.limits, name="limits"),
    path("limits/<int:pk>/", limits.limit, name="limit"),
    path("limits/<int:pk>/<str:action>/", limits.act, name="limit_act"),
    path("reviews/", reviews.reviews, name="reviews"),
    path("reviews/<int:pk>/close/", reviews.close, name="review_close"),
    path("reviews/documents/<int:event_pk>/account/", reviews.account, name="event_account"),
]

if find_spec("dossiers.urls_more"):
    urlpatterns.append(path("", include("dossiers.urls_more")))
