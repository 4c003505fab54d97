"""What the description of the API says, as sentences that are translated for its page.

The sentences stand where they belong, at addresses and fields; here they are named for the catalogue
alone, and a test compares both.
"""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

SENTENCES = frozenset(
    (
        _("Cases"),
        _("Documents"),
        _("Time limits"),
        _("Events"),
        _("Watchlists"),
        _("Imports"),
        _("Following"),
        _("About the caller"),
        _(
            "Cases, documents, time limits, events, watchlists and imports of the firm's docket, by the"
            " same rights and rules as its pages. Days are days of the office (Japan), times are UTC. "
            "Words are in the language of `Accept-Language` (ja, en); codes are the same in every "
            "language."
        ),
        _("Find cases"),
        _(
            "Read on with `next`: what comes, or changes in anything but what it is ordered by, moves "
            "nothing. Of another order than by number, a case whose own day moves meanwhile may be told"
            " twice or not at all."
        ),
        _("Read a case"),
        _("What the office says, what follows from it, what people entered, and how fresh it is."),
        _("Change the firm's own fields"),
        _("The office's data cannot be changed. A new residency computes the time limits again."),
        _("The documents of a case"),
        _("Those that have vanished from the office's list stay, and say so."),
        _(
            "known: as they became known here, new ones at the end; date: the earliest first, those "
            "without a date last; newest: the other way round, those without a date first"
        ),
        _("Read a document"),
        _(
            "With what could be read in its texts: grounds, claims, cited documents, period. The file "
            "is the source: what is not here may still stand in it."
        ),
        _("Download a file as received"),
        _("The bytes as the office delivered them; their SHA-256 is in the list of files and is the ETag."),
        _("Enter a time limit by hand"),
        _(
            "A time limit that no rule gives. A second person has to check it. The same entry twice is "
            "one limit."
        ),
        _("Find time limits"),
        _("Limits without a known day belong to every range of days."),
        _("Read a time limit"),
        _("With each step of its calculation, the later ways to act, and what people did about it."),
        _("Set a date of the firm's own"),
        _("An internal date, a target date, or the day by which the client instructs; null takes it back."),
        _("Note a time limit as done"),
        _("It stays in the list until the office's data shows it, and opens again where they do not."),
        _("Close a time limit: nothing will be filed"),
        _("A decision of the token's owner, who says why. `reopen` takes it back."),
        _("Take back that a time limit is done or not needed"),
        _("The time limit is open again."),
        _("What has happened since"),
        _("Keep `next` and send it as `after` the next time. It is given also when nothing has happened."),
        _("The shared ones and the token owner's own."),
        _("Make a watchlist"),
        _("It belongs to the token's owner. Sent again without an Idempotency-Key, it is another list."),
        _("Read a watchlist"),
        _("Its cases have an address of their own."),
        _("The cases of a watchlist"),
        _("Those of them that the token shows."),
        _("made: the oldest first, new ones at the end; name: by their names"),
        _("added: as they were put on the list, new ones at the end; number: the newest application first"),
        _("Put a case on a watchlist"),
        _("Whoever follows the list is told of the case from now on. Twice changes nothing."),
        _("Take a case off a watchlist"),
        _("Only for the list's owner, for it may silence somebody. The case itself stays in the docket."),
        _("Follow a case"),
        _(
            "Its owner is told of what happens in the case from now on, whatever lists it is on. Twice "
            "changes nothing."
        ),
        _("Follow a case no longer"),
        _(
            "The case by itself: lists that it is on are followed as before. Whoever is in charge of it"
            " is still told."
        ),
        _("Follow a watchlist"),
        _("Its owner is told of what happens on the list's cases from now on. Twice changes nothing."),
        _("Follow a watchlist no longer"),
        _(
            "Nor as one of a team that follows it. Twice changes nothing; cases that are told of for "
            "another reason still are."
        ),
        _("What is followed"),
        _("The lists and cases of which the token's owner is told, by themselves or as one of a team."),
        _("Read a follow"),
        _("One list or case that is followed, and how soon its owner is told of what happens there."),
        _("Choose how soon, for one follow"),
        _(
            "For the token's owner alone, never for a team. What is left out stays; null is as for "
            "everything. Of what may cost a right whoever is in charge of the case is told in any case."
        ),
        _("How soon the owner is told"),
        _("For each kind of event, where nothing else is chosen for a follow."),
        _("Choose how soon the owner is told"),
        _("What is left out stays; null is the usual. It holds for what happens from now on."),
        _("Bring cases in"),
        _(
            "No row is dropped without a word: each has a line in the report, also what is in the "
            "docket already."
        ),
        _("Those of the token's owner, from the pages, too."),
        _("made: the oldest first, new ones at the end; newest: the other way round"),
        _("How far an import is"),
        _("Ask again while `waiting` is not 0; every few seconds is enough."),
        _("Give an import up"),
        _("Before it was saved: nothing of it is added. What was saved stays, and this is refused."),
        _("The report of an import, line by line"),
        _("What was understood, what the office says of it, and what to do."),
        _("Add the cases of an import"),
        _("Adds what can be added, many in the background; the rest stays in the report. Twice is once."),
        _("This token"),
        _("What the token may do, and which cases it shows."),
        _("People a case can be given to"),
        _("Everybody of the firm who can sign in, with the user name to be used as `owner` or `deputy`."),
        _("Words, or a number in any style, as in the search box"),
        _("mine, team, none, or a user name"),
        _("Of the next time limit"),
        _("With a document that the token's owner has not seen"),
        _(
            "number: the newest application first; due: the nearest time limit first, none last; added:"
            " the longest in the docket first, so that new ones come at the end"
        ),
        _("The first last day"),
        _("The last last day"),
        _("Limits whose day is not known: left out only if you say so"),
        _("open: everything that runs, also what is said to be done but not shown yet"),
        _(
            "docketed: a date that moves while you read hides none; due: the nearest first, those "
            "without a known or shown day last"
        ),
        _("The `next` of the last answer; empty: from the beginning; “now”: from now on"),
        _("Only of these kinds"),
        _("Cases that are there already take what the rows say of them"),
        _("Send it as `cursor` for what follows; null: this is the end"),
        _("As people write it"),
        _("Its page for people"),
        _("When the office's data last changed"),
        _("Last day of the nearest duty; see `next_due_hidden`"),
        _("The firm checks dates blind, and the token's owner has not found this one yet"),
        _("What only a person can decide and nobody has yet"),
        _("Never confirmed, too long ago, or the last question was not answered"),
        _("By when it is confirmed again; null: no day can be promised"),
        _("A user name; null for nobody"),
        _("Dispatched, received or made, in Japan"),
        _("Whether there is a text, and whether it could be read"),
        _("What became of it: a time limit, none by rule, a person's decision, or open"),
        _("The time limits that follow from it"),
        _("Whether its text could be read"),
        _("The file as the office delivered it"),
        _("The office says that its text can be had"),
        _("When the office's list was first without it"),
        _("article-paragraph-item: “29-2”"),
        _("Where office, kind and year are certain"),
        _("Files of which nothing could be made out: read them yourself"),
        _("The whole text, rejoined for reading"),
        _("What was printed and could not be understood"),
        _("The last day; null: not known, or hidden"),
        _("The last day on which anything can still be done"),
        _("The second person who checked the date"),
        _("The document that shows that it was met"),
        _("Standing instructions that concern it"),
        _("What the token's owner can do with it now"),
        _("null: taken back"),
        _("It rests on something not settled; see `calculation.notes`"),
        _("Where the date comes from"),
        _("The document it follows from"),
        _("null takes it back"),
        _("The standing instructions that were read"),
        _("Number or name of what was filed"),
        _("It was there when the case was added: no news to those who knew it"),
        _("Send it as `after` the next time: nothing is told twice, nothing left out"),
        _("There is more now: ask again at once"),
        _("The token's owner is told of what happens on its cases"),
        _("Be told of what happens on its cases"),
        _("The team whose follow it is; null: the owner's own"),
        _(
            "What the owner chose for it alone; other kinds are as the team has chosen, else as for "
            "everything"
        ),
        _("null: nothing of its own"),
        _("Its rows are still being read or added"),
        _("Lines about which the office is still to be asked"),
        _("Lines by state"),
        _("Of numbers that do not say theirs"),
        _("The list the cases are put on; by itself the owner's first list"),
        _(
            "Add at once what can be added. Without it the office is asked first, and title and "
            "applicant of each line can be compared before `save`: the guard against the wrong case. "
            "For at most 500 rows."
        ),
        _("With `save`: cases that are there already take what the rows say of them"),
        _("In any usual style"),
        _("A user name, name or address"),
        _("As you have it: compared with the office's"),
        _("What of the row could not be used, or differs from the office's data"),
        _("As the office says; compare it before saving"),
    )
)
