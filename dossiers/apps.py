from django.apps import AppConfig


class DossiersConfig(AppConfig):
    name = "dossiers"
    verbose_name = "IP Portal"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from dossiers import checks  # noqa: F401  (registers the system checks)
