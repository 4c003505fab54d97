"""What is spelt in two ways is found by either, and a case by the numbers and titles of its family abroad."""

from django.db import migrations

_AT_ONCE = 500


def spell(apps, schema_editor):
    """Bring the texts that are there to the one spelling, and put the families beside them."""
    from dossiers.refresh import search, search_index  # pure functions and SQL, no model of today

    SearchText, FamilyMember = (apps.get_model("dossiers", name) for name in ("SearchText", "FamilyMember"))
    rows, last = SearchText.objects.order_by("pk").only("pk", "case_id", "paper_id", "text"), 0
    while some := list(rows.filter(pk__gt=last)[:_AT_ONCE]):
        last = some[-1].pk
        families = _families(FamilyMember, {row.case_id for row in some if row.paper_id is None})
        changed = []
        for row in some:
            was, row.text = row.text, search.spelt(row.text)
            if row.paper_id is None and row.case_id in families:
                row.text = "\n".join(filter(None, (row.text, search.lines(families[row.case_id]))))
            if row.text != was:
                changed.append((row, was))
        if schema_editor.connection.vendor == "sqlite":  # it forgets a text only when told what that was
            gone = [(row.pk, search_index.grams(was)) for row, was in changed]
            search_index.unindex(schema_editor.connection, gone)
        SearchText.objects.bulk_update([row for row, _ in changed], ["text"], batch_size=100)
        search_index.index(schema_editor.connection, [(row.pk, row.text) for row, _ in changed])


def _families(FamilyMember, cases):
    found = {}
    members = FamilyMember.objects.filter(case__in=cases, vanished_at=None).exclude(office="JP")
    told = members.order_by("case", "pk").values_list(
        "case", "application_number", "publications", "registrations", "title", "title_translated"
    )
    for case, application, published, registered, *titles in told:
        said = found.setdefault(case, {})
        if len(said) < 400:
            numbered = [one.get("number") for one in (*published, *registered) if isinstance(one, dict)]
            said.update(dict.fromkeys(filter(None, [application, *numbered, *titles])))
    return found


class Migration(migrations.Migration):
    dependencies = [("dossiers", "0044_walls_at_work")]

    operations = [migrations.RunPython(spell, migrations.RunPython.noop, elidable=True)]
