"""Who is told of cases that stay with a leaver behind a wall."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('dossiers', '0058_faults'),
    ]

    operations = [
        migrations.AddField(
            model_name='prompt',
            name='about',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name='prompt',
            name='kind',
            field=models.CharField(choices=[('reminder', 'Reminder'), ('escalation', 'Not acknowledged'), ('watch_end', 'End of a watch'), ('alerts', 'Several alerts'), ('channel', 'Channel switched off'), ('calendar', 'Holidays to confirm'), ('wall', 'Nobody inside a wall can be reached'), ('left', 'Cases to be taken over behind a wall')], max_length=10),
        ),
    ]
