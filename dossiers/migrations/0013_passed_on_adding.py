from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("dossiers", "0012_family")]

    operations = [
        # Which limits had passed before their case was added is found when the cases are looked at next.
        migrations.AddField("timelimit", "passed_on_adding", models.BooleanField(default=False)),
        migrations.AddField("officeclosure", "opens", models.BooleanField(default=False)),
    ]
