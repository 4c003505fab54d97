"""Webhooks with their log, and private feeds."""

import django.db.models.deletion
import dossiers.clock
import dossiers.models.channels
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('dossiers', '0017_reminders'),
    ]

    operations = [
        migrations.CreateModel(
            name='Webhook',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60, verbose_name='name')),
                ('url', models.CharField(max_length=500, verbose_name='address')),
                ('kinds', models.JSONField(default=list)),
                ('scope', models.CharField(choices=[('mine', 'Cases I am in charge of or follow'), ('list', 'Cases of one watchlist'), ('all', 'All cases of the docket')], default='mine', max_length=4)),
                ('salt', models.CharField(default=dossiers.models.channels.new_salt, max_length=32)),
                ('old_salt', models.CharField(blank=True, max_length=32)),
                ('old_until', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField(default=dossiers.clock.now)),
                ('accepted_at', models.DateTimeField(blank=True, null=True)),
                ('failures', models.PositiveIntegerField(default=0)),
                ('failing_since', models.DateTimeField(blank=True, null=True)),
                ('quiet_until', models.DateTimeField(blank=True, null=True)),
                ('off', models.CharField(blank=True, choices=[('by_hand', 'Switched off by hand'), ('gone', 'The receiver said that it wants no more (410)'), ('failing', 'The receiver has failed for days')], max_length=8)),
                ('off_at', models.DateTimeField(blank=True, null=True)),
                ('told_at', models.DateTimeField(blank=True, null=True)),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='webhooks', to=settings.AUTH_USER_MODEL)),
                ('watchlist', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='dossiers.watchlist')),
            ],
            options={
                'ordering': ['name', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='WebhookDelivery',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('message_id', models.CharField(max_length=80)),
                ('body', models.TextField(blank=True)),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('sent', 'Taken by the receiver'), ('failed', 'Failed')], default='waiting', max_length=8)),
                ('not_before', models.DateTimeField(default=dossiers.clock.now)),
                ('lease_until', models.DateTimeField(blank=True, null=True)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('created_at', models.DateTimeField(default=dossiers.clock.now)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('news', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='dossiers.news')),
                ('webhook', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='deliveries', to='dossiers.webhook')),
            ],
            options={
                'verbose_name_plural': 'webhook deliveries',
                'ordering': ['-created_at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='WebhookAttempt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(default=dossiers.clock.now)),
                ('accepted', models.BooleanField()),
                ('status', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('milliseconds', models.PositiveIntegerField()),
                ('answer', models.CharField(blank=True, max_length=200)),
                ('problem', models.CharField(blank=True, max_length=40)),
                ('delivery', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='calls', to='dossiers.webhookdelivery')),
            ],
            options={
                'ordering': ['-at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='Feed',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('limits', 'Time limits, for a calendar'), ('news', 'News, for a feed reader')], max_length=6)),
                ('scope', models.CharField(choices=[('mine', 'Cases I am in charge of or follow'), ('list', 'Cases of one watchlist'), ('all', 'All cases of the docket')], default='mine', max_length=4)),
                ('token_hash', models.CharField(max_length=64, unique=True)),
                ('created_at', models.DateTimeField(default=dossiers.clock.now)),
                ('rotated_at', models.DateTimeField(blank=True, null=True)),
                ('etag', models.CharField(blank=True, max_length=64)),
                ('changed_at', models.DateTimeField(blank=True, null=True)),
                ('last_read_at', models.DateTimeField(blank=True, null=True)),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='feeds', to=settings.AUTH_USER_MODEL)),
                ('watchlist', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='dossiers.watchlist')),
            ],
            options={
                'ordering': ['created_at', 'pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('scope', 'list'), ('watchlist__isnull', False)), models.Q(models.Q(('scope', 'list'), _negated=True), ('watchlist', None)), _connector='OR'), name='feed_list_named')],
            },
        ),
        migrations.AddConstraint(
            model_name='webhook',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('scope', 'list'), ('watchlist__isnull', False)), models.Q(models.Q(('scope', 'list'), _negated=True), ('watchlist', None)), _connector='OR'), name='webhook_list_named'),
        ),
        migrations.AddIndex(
            model_name='webhookdelivery',
            index=models.Index(condition=models.Q(('state', 'waiting')), fields=['not_before'], name='webhook_due'),
        ),
        migrations.AddIndex(
            model_name='webhookdelivery',
            index=models.Index(fields=['webhook', '-created_at'], name='webhook_log'),
        ),
        migrations.AddConstraint(
            model_name='webhookdelivery',
            constraint=models.UniqueConstraint(fields=('webhook', 'message_id'), name='webhook_message_once'),
        ),
    ]
