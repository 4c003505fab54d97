"""What people type and upload, checked before anything is done with it."""

from __future__ import annotations

import zoneinfo
from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from dossiers.alerts.reminders import ladder_in
from dossiers.docketing.differences import MOST_CHARACTERS, UnreadableValue, read_value
from dossiers.intake.importing import MOST_BYTES
from dossiers.intake.tables import FileRefused, as_text
from dossiers.models import FirmPolicy, Law, OwnRecord, User, Watchlist
from dossiers.views.line_words import line_message

_MOST_CHARACTERS = 1_000_000


class PasteOrFileForm(forms.Form):
    """Text that is pasted, or a file in its place: `cleaned_data["upload"]` is None for a paste."""

    text = forms.CharField(
        label=_("Text"),
        required=False,
        max_length=_MOST_CHARACTERS,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 10, "spellcheck": "false", "autocomplete": "off"}),
    )
    upload = forms.FileField(
        label=_("Or a file"),
        required=False,
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".xlsx,.xlsm,.csv,.tsv,.txt"}),
    )

    def clean_upload(self) -> UploadedFile | None:
        upload = self.cleaned_data["upload"]
        if upload is not None and upload.size > MOST_BYTES:
            raise forms.ValidationError(_("The file is larger than 20 MB. Split it and add the parts."))
        return upload

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors and cleaned.get("upload") is not None and cleaned.get("text", "").strip():
            raise forms.ValidationError(_("Paste text or choose a file, not both at once."))
        return cleaned


class AddForm(PasteOrFileForm):
    """Numbers to add, and what to take for granted about them."""

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
        fields = ["display_name", "language", "era_dates", "time_zone", "theme", "mail_on"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["time_zone"].choices = [(zone, zone.replace("_", " ")) for zone in time_zones()]


class DigestForm(forms.ModelForm):
    """Whether and when a person gets the daily digest."""

    digest_hour = forms.TypedChoiceField(
        label=_("Hour"), coerce=int, choices=[(hour, f"{hour:02}:00") for hour in range(24)]
    )

    class Meta:
        model = User
        fields = ["digest_on", "digest_hour"]


class LeaveForm(forms.ModelForm):
    """When a person is away, who stands in, and of what they are reminded."""

    class Meta:
        model = User
        fields = ["away_from", "away_until", "deputy", "reminders_of_lists"]
        widgets = {name: forms.DateInput(attrs={"type": "date"}) for name in ("away_from", "away_until")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = User.objects.filter(is_active=True).exclude(pk=self.instance.pk)
        self.fields["deputy"].queryset = others.order_by("display_name", "username")
        self.fields["deputy"].empty_label = _("Nobody")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, last = cleaned.get("away_from"), cleaned.get("away_until")
        if last and not first:
            self.add_error("away_from", _("Please give the first day, too."))
        elif first and last and last < first:
            self.add_error("away_until", _("The last day lies before the first."))
        return cleaned


class AddressForm(forms.ModelForm):
    """The address at which a person is reached again."""

    send = forms.BooleanField(
        label=_("Send now what had not arrived and was not read here"), required=False, initial=True
    )

    class Meta:
        model = User
        fields = ["email"]


class LadderField(forms.CharField):
    """Days before a last day: "30 14 7 3 1"."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}))
        super().__init__(required=False, max_length=60, **kwargs)

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        try:
            ladder = ladder_in(text)
        except ValueError as error:
            raise forms.ValidationError(
                _("Please write days from 0 to 365, with blanks between: 30 14 7 3 1")
            ) from error
        return " ".join(map(str, ladder))


class FirmPolicyForm(forms.ModelForm):
    """How the firm handles its docket."""

    internal_days = forms.IntegerField(
        label=_("Days from the internal date to the legal one"),
        min_value=0,
        max_value=365,
        help_text=_("Moved back to a day on which the office is open. With 0 there is no internal date."),
    )
    claim_office_days = forms.IntegerField(
        label=_("Office days that a note “done” waits for its proof"),
        min_value=1,
        max_value=60,
        help_text=_("Then the time limit opens again and those in charge are told."),
    )
    watch_end_days = forms.IntegerField(
        label=_("Days after which the watch on a finished case ends"),
        min_value=0,
        max_value=3650,
        help_text=_("Its followers are told 14 days before and can keep it. With 0 no watch ends by itself."),
    )
    blind_check = forms.BooleanField(
        label=_("Confirm dates blind"),
        required=False,
        help_text=_(
            "A person finds the date before seeing the computed one; only the same date confirms it."
        ),
    )

    class Meta:
        model = FirmPolicy
        fields = ["internal_days", "claim_office_days", "watch_end_days", "blind_check"]


class RemindersForm(forms.ModelForm):
    """When people of the firm are reminded, and how soon what nobody acknowledges goes further."""

    remind_limits = LadderField(label=_("Days before a time limit on which people are reminded"))
    remind_fees = LadderField(label=_("… before fees, annuities and renewals"))
    remind_chances = LadderField(label=_("… before what may be done and need not"))
    remind_own_dates = LadderField(
        label=_("… before own dates"),
        help_text=_(
            "A day on which the office is closed moves to the open day before. After a time limit people are "
            "reminded on each office day while it is open. An empty field reminds only then."
        ),
    )
    escalate_hours = forms.IntegerField(
        label=_("Office hours after which what nobody acknowledged goes one step further"),
        min_value=1,
        max_value=80,
        help_text=_("To the same people again, their deputies, the team, the administrators."),
    )
    most_single_mails = forms.IntegerField(
        label=_("Alerts that one person gets singly within an hour"),
        min_value=1,
        max_value=500,
        help_text=_(
            "The most urgent ones. What comes beyond them goes out as one mail that lists every case."
        ),
    )
    opens_at = forms.TimeField(label=_("Office hours from"), widget=forms.TimeInput(attrs={"type": "time"}))
    closes_at = forms.TimeField(label=_("Office hours until"), widget=forms.TimeInput(attrs={"type": "time"}))

    class Meta:
        model = FirmPolicy
        fields = [
            "remind_limits",
            "remind_fees",
            "remind_chances",
            "remind_own_dates",
            "escalate_hours",
            "most_single_mails",
            "opens_at",
            "closes_at",
        ]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        opens, closes = cleaned.get("opens_at"), cleaned.get("closes_at")
        if opens and closes and closes <= opens:
            self.add_error("closes_at", _("The end lies before the beginning."))
        return cleaned


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


class OwnRecordsForm(forms.Form):
    """What the firm's own records say of a case; dates as people write them, an empty field says nothing."""

    def __init__(self, data: Any = None, *, own: Mapping[str, str]) -> None:
        super().__init__(data, auto_id="own-%s", initial=own)
        for field in OwnRecord.Field:
            self.fields[field.value] = forms.CharField(
                label=field.label,
                required=False,
                max_length=MOST_CHARACTERS,
                widget=forms.TextInput(attrs={"autocomplete": "off"}),
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name, text in list(cleaned.items()):
            try:
                cleaned[name] = read_value(name, text)
            except UnreadableValue:
                self.add_error(name, _("Please write the date as 2026-11-22, 2026/11/22 or R8.11.22."))
        return cleaned


class RecordsForm(PasteOrFileForm):
    """A table of own records; a file of any kind is as good as the same rows pasted."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        upload = cleaned.get("upload")
        if upload is not None:
            try:
                cleaned["text"] = as_text(upload.read())
            except FileRefused as refused:
                raise forms.ValidationError(line_message(refused.code)) from refused
        return cleaned
