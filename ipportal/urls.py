from django.urls import include, path

handler400 = "dossiers.views.errors.bad_request"
urlpatterns = [path("", include("dossiers.urls"))]
