"""The parts that must not stop, in words: what each is for, why it is late, what to do."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

DATABASE = "database"

NAMES = {
    "worker": gettext_lazy("Background work"),
    "planning": gettext_lazy("Planning of the day"),
    "refresh": gettext_lazy("Questions to the office"),
    "alerts": gettext_lazy("Alert mails"),
    "digest": gettext_lazy("Daily digests"),
    "reminders": gettext_lazy("Reminders and escalations"),
    "docket": gettext_lazy("Docket"),
    "webhooks": gettext_lazy("Webhooks and chats"),
    "intake": gettext_lazy("Adding of cases"),
    "bulk": gettext_lazy("Changes of many cases"),
    "classification": gettext_lazy("CPC suggestions"),
    "outlook": gettext_lazy("Forecasts"),
    "queue": gettext_lazy("Queue between machines"),
    "mail": gettext_lazy("Mail server"),
    "watch": gettext_lazy("Watcher"),
    "backup": gettext_lazy("Backup"),
    DATABASE: gettext_lazy("Database"),
}
# What stands still while it does.
MEANS = {
    "worker": gettext_lazy("While it stands still, the office is not asked and no mail goes out at all."),
    "planning": gettext_lazy(
        "It decides whom to ask today. Without it new acts of the office are seen late."
    ),
    "refresh": gettext_lazy(
        "It asks the office. Without it new documents and their time limits are not seen."
    ),
    "alerts": gettext_lazy("They tell people of what the office has dispatched. Now nobody is told."),
    "digest": gettext_lazy("The mail of each morning. People take its coming for a sign that all is well."),
    "reminders": gettext_lazy(
        "Nobody is reminded of a time limit, and what nobody acknowledges is not raised."
    ),
    "docket": gettext_lazy(
        "It sees which time limits have passed and computes again what a changed rule or day moves."
    ),
    "webhooks": gettext_lazy("They tell chats and the firm's own systems. Now these hear nothing."),
    "intake": gettext_lazy("It adds pasted and imported cases. Now they wait, and nobody watches them."),
    "bulk": gettext_lazy("It changes many cases at once, as people ordered. Now the rest waits unchanged."),
    "classification": gettext_lazy("It asks for CPC symbols. Now suggestions wait."),
    "outlook": gettext_lazy("They say how late acts of the office will be seen. Now they grow old."),
    "queue": gettext_lazy(
        "It calls the workers of all machines at once. Without it each looks for work once a minute: "
        "everything is done, but later."
    ),
    "mail": gettext_lazy("It takes the mails to people. While it refuses almost everybody, nobody gets any."),
    "watch": gettext_lazy("It sends mail to administrators when a part stops. Without it nobody is told."),
    "backup": gettext_lazy("Without a backup, what people entered is lost with the disk."),
    DATABASE: gettext_lazy("Without it nothing works: no page opens, nobody is asked and nobody is told."),
}
_FAILED = gettext_lazy(
    "Look into the worker's log for the error, mend it, and start “manage.py worker” again; nothing is lost "
    "by it."
)
_MAIL = gettext_lazy(
    "See that the mail server takes mail; the page of each alert shows what it last answered. What waits is "
    "sent by itself."
)
_TO_DO = {
    "mail": gettext_lazy(
        "See what it answers on the page “Mail server and addresses”, and have its operator put it right. No "
        "address is switched off meanwhile and no mail is given up: what waits is sent by itself. Where a "
        "mailbox is really gone, correct the address or deactivate the account."
    ),
    "queue": gettext_lazy(
        "See that the Redis of IPPORTAL_QUEUE_URL runs, has room, takes the password, and that every machine "
        "reaches it. Nothing is lost meanwhile, and the workers go back to it by themselves."
    ),
    "worker": gettext_lazy(
        "See whether “manage.py worker” runs on the server, and start it. Its log says why it ended. "
        "What is due is made up for by itself."
    ),
    "watch": gettext_lazy(
        "Start “manage.py worker”, or have the server run “manage.py watch” every five minutes."
    ),
    "backup": gettext_lazy(
        "See that the backup is made, and that “manage.py beat backup” is called at the end of it."
    ),
    DATABASE: gettext_lazy(
        "See that the database runs, that the disk is not full, and that the server reaches it. "
        "Until it is back, look in J-PlatPat for what is due in these days."
    ),
}


def advice(name: str, reason: str) -> str:
    """What to do about a part that is late for that reason."""
    if reason == "ahead":
        return _("Compare the clocks of the servers and have them set by the network.")
    if reason == "behind" and name != "webhooks":
        return str(_MAIL)
    return str(_TO_DO.get(name, _FAILED))


def why(reason: str, age: timedelta | None, waiting: int = 0) -> str:
    """Why a part is late, or what is known of it."""
    match reason:
        case "":
            return _("It works.")
        case "unknown":
            return _("Nothing is known of it: it has not reported yet.")
        case "never":
            return _("It has never worked here.")
        case "silent":
            return _("No sign of life for %(time)s.") % {"time": lasting(age or timedelta())}
        case "ahead":
            return _("Its last sign of life lies in the future: a clock is wrong.")
        case "refused":
            return _("It refuses almost everybody.")
        case "behind" if not waiting:
            return _("It works, but messages that are due have not gone out.")
        case "behind":
            words = ngettext(
                "It works, but %(n)s message that is due has not gone out.",
                "It works, but %(n)s messages that are due have not gone out.",
                waiting,
            )
            return words % {"n": f"{waiting:,}"}
        case "away":
            return _("It does not answer.")
    return _("What waits there could not be read.")


def lasting(time: timedelta) -> str:
    """A length of time in its two largest units, the second left out where there is none of it."""
    minutes = max(0, int(time.total_seconds() // 60))
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return (_("%(d)s d %(h)s h") if hours else _("%(d)s d")) % {"d": days, "h": hours}
    if hours:
        return (_("%(h)s h %(m)s min") if rest else _("%(h)s h")) % {"h": hours, "m": rest}
    return _("%(m)s min") % {"m": rest}
