from django.apps import AppConfig


class DossiersConfig(AppConfig):
    name = "dossiers"
    verbose_name = "IP Portal"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.contrib.auth.signals import user_logged_in

        from dossiers import checks  # noqa: F401  (registers the system checks)
        from dossiers.people import sessions

        user_logged_in.connect(sessions.begin, dispatch_uid="sessions begin")
        from dossiers.audit import signing_in

        signing_in.listen()
