from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("dossiers", "0010_digest")]

    operations = [
        migrations.AddField(
            model_name="case", name="plan_class", field=models.CharField(blank=True, max_length=8)
        )
    ]
