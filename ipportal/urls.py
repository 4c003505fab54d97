from django.urls import include, path

from dossiers.api.portal import urls as api

handler400 = "dossiers.views.errors.bad_request"
handler403 = "dossiers.views.errors.not_permitted"
urlpatterns = [path("api/v1/", api), path("", include("dossiers.urls"))]
