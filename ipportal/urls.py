from django.urls import include, path

urlpatterns = [path("", include("dossiers.urls"))]
