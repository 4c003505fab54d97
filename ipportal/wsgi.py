import os

from django.core.wsgi import get_wsgi_application

from dossiers.docketing.rules import all_rules

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ipportal.settings")
all_rules()  # servers run no system checks: a rule file that cannot be used stops them here
application = get_wsgi_application()
