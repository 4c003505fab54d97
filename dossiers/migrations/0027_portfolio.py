"""The index of search, tags, saved lists, changes of many cases and standing instructions."""

import uuid
from itertools import islice

import django.db.models.deletion
import dossiers.clock
from django.conf import settings
from django.db import migrations, models


def add_index_table(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute(
            "CREATE VIRTUAL TABLE dossiers_searchgrams USING"
            " fts5(grams, content='', columnsize=0, detail=none, tokenize='ascii')"
        )
    else:
        schema_editor.execute("ALTER TABLE dossiers_searchtext ADD COLUMN grams tsvector")


def drop_index_table(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TABLE dossiers_searchgrams")


def add_index(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("CREATE INDEX search_text_grams ON dossiers_searchtext USING gin (grams)")


def index_what_is_there(apps, schema_editor):
    """What cases and their documents were found by until now, under the new index."""
    from dossiers.refresh import search, search_index  # pure functions and SQL, no model of today

    Case, Paper, SearchText = (apps.get_model("dossiers", name) for name in ("Case", "Paper", "SearchText"))

    def add(rows):
        made = SearchText.objects.bulk_create(rows)
        search_index.index(schema_editor.connection, [(row.pk, row.text) for row in made])

    def chunks(rows):
        source = rows.order_by("pk").iterator(500)
        while some := list(islice(source, 500)):
            yield some

    for some in chunks(Case.objects.only("pk", "search_text")):
        add([SearchText(case_id=case.pk, text=search.lines(case.search_text.splitlines())) for case in some])
    for some in chunks(Paper.objects.filter(notice__isnull=False).only("pk", "case_id", "notice")):
        found = [(paper, *search.text_of_paper(paper)) for paper in some]
        add([SearchText(case_id=p.case_id, paper_id=p.pk, text=text, left_out=more) for p, text, more in found])


class Migration(migrations.Migration):

    dependencies = [
        ('dossiers', '0026_charts'),
    ]

    operations = [
        migrations.AddField(
            model_name='user',
            name='case_columns',
            field=models.JSONField(blank=True, default=list),
        ),
        migrations.CreateModel(
            name='BulkChange',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('act', models.CharField(choices=[('owner', 'Assign'), ('tag', 'Tag'), ('untag', 'Take a tag off'), ('watch', 'Put on a watchlist'), ('unwatch', 'Take off a watchlist'), ('refresh', 'Ask the office')], max_length=10)),
                ('value', models.CharField(blank=True, max_length=40)),
                ('words', models.CharField(blank=True, max_length=120)),
                ('at', models.DateTimeField(default=dossiers.clock.now)),
                ('found', models.PositiveIntegerField(default=0)),
                ('changed', models.PositiveIntegerField(default=0)),
                ('undone_at', models.DateTimeField(blank=True, null=True)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('undone_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-at', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='SavedList',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=80, verbose_name='name')),
                ('shared', models.BooleanField(default=False, verbose_name='visible to everybody')),
                ('query', models.JSONField(default=dict)),
                ('columns', models.JSONField(default=list)),
                ('created_at', models.DateTimeField(default=dossiers.clock.now)),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='saved_lists', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['name', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='Tag',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=40, verbose_name='tag')),
                ('folded', models.CharField(max_length=80, unique=True)),
                ('created_at', models.DateTimeField(default=dossiers.clock.now)),
                ('cases', models.ManyToManyField(blank=True, related_name='tags', to='dossiers.case')),
                ('created_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['folded'],
            },
        ),
        migrations.CreateModel(
            name='BulkItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('old', models.CharField(blank=True, max_length=40)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='dossiers.case')),
                ('change', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='items', to='dossiers.bulkchange')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('change', 'case'), name='bulk_item_once')],
            },
        ),
        migrations.CreateModel(
            name='SearchText',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', models.TextField(blank=True)),
                ('left_out', models.PositiveIntegerField(default=0)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='search_texts', to='dossiers.case')),
                ('paper', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='search_text', to='dossiers.paper')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('paper', None)), fields=('case',), name='search_text_once')],
            },
        ),
        migrations.CreateModel(
            name='StandingInstruction',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('about', models.CharField(choices=[('any', 'every time limit'), ('fee', 'fees, annuities and renewals'), ('other', 'every time limit but fees')], default='any', max_length=5, verbose_name='concerns')),
                ('text', models.CharField(max_length=300, verbose_name='instruction')),
                ('since', models.DateTimeField(default=dossiers.clock.now)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='instructions', to='dossiers.case')),
                ('ended_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-since', '-pk'],
                'indexes': [models.Index(condition=models.Q(('ended_at', None)), fields=['case'], name='instruction_stands')],
            },
        ),
        migrations.RunPython(add_index_table, drop_index_table),
        migrations.RunPython(index_what_is_there, migrations.RunPython.noop),
        migrations.RunPython(add_index, migrations.RunPython.noop),
        migrations.RemoveField(
            model_name='case',
            name='search_text',
        ),
    ]
