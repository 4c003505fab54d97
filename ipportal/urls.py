from django.urls import include, path

from dossiers.api.portal import urls as api

handler400 = "dossiers.views.errors.bad_request"
urlpatterns = [path("api/v1/", api), path("", include("dossiers.urls"))]
