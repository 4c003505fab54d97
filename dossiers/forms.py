"""What people type and upload, checked before anything is done with it."""

from __future__ import annotations

import csv
import io
import zoneinfo
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from dossiers.models import Law, User, Watchlist

MOST_BYTES = 5 * 1024 * 1024
_MOST_CHARACTERS = 1_000_000
_ENCODINGS = ("utf-8-sig", "cp932")


class AddForm(forms.Form):
    """Numbers to add, pasted or uploaded, and what to take for granted about them."""

    text = forms.CharField(
        label=_("Numbers"),
        required=False,
        max_length=_MOST_CHARACTERS,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 10, "spellcheck": "false", "autocomplete": "off"}),
    )
    upload = forms.FileField(
        label=_("Or a file"),
        required=False,
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".txt,.csv,text/plain,text/csv"}),
    )
    law = forms.ChoiceField(
        label=_("Numbers that do not say their law are"),
        required=False,
        choices=[("", _("Ask me line by line")), *Law.choices],
    )
    watchlist = forms.ModelChoiceField(
        label=_("Add to watchlist"), required=False, queryset=Watchlist.objects.none()
    )

    def __init__(self, *args: Any, watchlists: Any, own_name: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["watchlist"].queryset = watchlists
        self.fields["watchlist"].empty_label = own_name

    def clean_upload(self) -> UploadedFile | None:
        upload = self.cleaned_data["upload"]
        if upload is None:
            return None
        if upload.size > MOST_BYTES:
            raise forms.ValidationError(_("The file is larger than 5 MB. Split it and add the parts."))
        if not upload.name.lower().endswith((".txt", ".csv")):
            raise forms.ValidationError(
                _("Only .txt and .csv files can be read. In a spreadsheet, choose “Save as” and CSV.")
            )
        return upload

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.errors:
            return cleaned
        upload = cleaned.get("upload")
        if upload is not None and cleaned.get("text", "").strip():
            raise forms.ValidationError(_("Paste numbers or choose a file, not both at once."))
        cleaned["lines"] = _lines_of(upload) if upload is not None else cleaned.get("text", "")
        cleaned["source"] = upload.name[:200] if upload is not None else "paste"
        return cleaned


def _lines_of(upload: UploadedFile) -> str:
    text = decode(upload.read())
    return _table_as_lines(text) if upload.name.lower().endswith(".csv") else text


def decode(body: bytes) -> str:
    """The text of a file in UTF-8 or Shift_JIS; ValidationError if it is neither."""
    if b"\0" not in body:
        for encoding in _ENCODINGS:
            try:
                return body.decode(encoding)
            except UnicodeDecodeError:
                continue
    raise forms.ValidationError(
        _("The file is not text in UTF-8 or Shift_JIS. In a spreadsheet, choose “Save as” and CSV.")
    )


def _table_as_lines(text: str) -> str:
    """Rows of a CSV as lines with tabs between the cells, so that quoted cells read like pasted ones."""
    lines = []
    try:
        for row in csv.reader(io.StringIO(text, newline="")):
            cells = [" ".join(cell.split()) for cell in row]
            lines.append("\t".join(cells).rstrip("\t"))
    except csv.Error as error:
        raise forms.ValidationError(_("The CSV file is damaged near line %d.") % (len(lines) + 1)) from error
    return "\n".join(lines)


class WatchlistForm(forms.ModelForm):
    """Name and visibility of a list."""

    class Meta:
        model = Watchlist
        fields = ["name", "shared"]
        widgets = {"name": forms.TextInput(attrs={"autocomplete": "off"})}


class CasesForm(forms.Form):
    """Numbers or own references of cases that the docket has already."""

    text = forms.CharField(
        label=_("Numbers or own references"),
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
    )


class SettingsForm(forms.ModelForm):
    """How a person is addressed and told."""

    time_zone = forms.ChoiceField(label=_("Time zone"))

    class Meta:
        model = User
        fields = ["display_name", "language", "time_zone", "mail_on"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["time_zone"].choices = [(zone, zone.replace("_", " ")) for zone in time_zones()]


def time_zones() -> list[str]:
    """The zones people live in, Japan's first."""
    named = {zone for zone in zoneinfo.available_timezones() if "/" in zone and not zone.startswith("Etc/")}
    return ["Asia/Tokyo", "UTC", *sorted(named - {"Asia/Tokyo"})]


class DaysForm(forms.Form):
    """How many days shall pass at the demo's office at once."""

    days = forms.IntegerField(required=False, min_value=1, max_value=7)


class FaultForm(forms.Form):
    """A trouble that the demo's office shall have."""

    kind = forms.ChoiceField(
        label=_("Trouble at the office"),
        choices=[
            ("none", _("None")),
            ("slow", _("Slow answers")),
            ("302", _("Timeouts (code 302)")),
            ("999", _("Errors (code 999)")),
        ],
    )
