"""Following a list, leaving it, and leaving it from a mail."""

from __future__ import annotations

import pytest
from django.test import Client

from dossiers.alerts.follow import follow, unfollow
from dossiers.alerts.outbox import fan_out
from dossiers.alerts.unsubscribe import BadToken, subscription_for, token_for, unsubscribe
from dossiers.models import Alert, AuditEntry, Follow
from tests import make
from tests.alerts.conftest import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def listed(case, alice, bob):
    return make.watchlist(alice, case, name="特許 第一担当", followers=(bob,))


@pytest.fixture
def token(listed, bob):
    return token_for(bob, Follow.objects.get(user=bob))


def is_following(user) -> bool:
    return Follow.objects.get(user=user).active


# --- on the pages ------------------------------------------------------------------------------------------


def test_following_is_written_down_and_doing_it_twice_changes_nothing(listed, alice):
    follow(listed, alice, by=alice)
    follow(listed, alice, by=alice)
    assert is_following(alice)
    entry = AuditEntry.objects.get(action="follow.started")
    assert entry.actor == alice and entry.detail == {"watchlist": str(listed.pk), "user": alice.pk}


def test_an_ended_follow_can_be_taken_up_again(listed, alice, bob):
    assert unfollow(listed, bob, by=alice)
    assert not unfollow(listed, bob, by=alice)
    follow(listed, bob, by=bob)
    assert is_following(bob)
    assert Follow.objects.count() == 1
    assert AuditEntry.objects.filter(action="follow.ended").count() == 1


def test_leaving_a_list_never_followed_is_no_trouble(listed, alice):
    assert not unfollow(listed, alice, by=alice)


def test_waiting_mails_of_the_list_are_dropped(listed, refusal, bob):
    fan_out([refusal])
    unfollow(listed, bob, by=bob)
    assert Alert.objects.get().state == "dropped"


def test_sent_mails_stay_what_they_are(listed, refusal, bob):
    fan_out([refusal])
    Alert.objects.update(state="sent")
    unfollow(listed, bob, by=bob)
    assert Alert.objects.get().state == "sent"


def test_a_waiting_mail_that_another_list_covers_still_goes_and_says_so(listed, case, refusal, alice, bob):
    other = make.watchlist(alice, case, name="第二", followers=(bob,))
    fan_out([refusal])
    reason = Alert.objects.get().watchlist
    unfollow(reason, bob, by=bob)
    alert = Alert.objects.get()
    assert alert.state == "waiting"
    assert alert.watchlist == ({listed, other} - {reason}).pop()


def test_a_waiting_mail_to_the_person_in_charge_still_goes(listed, case, refusal, bob):
    case.owner = bob
    case.save()
    fan_out([refusal])
    unfollow(listed, bob, by=bob)
    alert = Alert.objects.get()
    assert (alert.state, alert.watchlist) == ("waiting", None)


# --- from a mail -------------------------------------------------------------------------------------------


def test_opening_the_link_asks_and_changes_nothing(client: Client, listed, token, bob):
    for method in (client.get, client.head):
        response = method(f"/u/{token}/")
        assert response.status_code == 200
    asked = client.get(f"/u/{token}/").content.decode()
    assert "特許 第一担当" in asked and '<form method="post"' in asked
    assert is_following(bob)
    assert not AuditEntry.objects.exists()


def test_the_button_ends_the_follow_without_signing_in(listed, token, bob, refusal):
    fan_out([refusal])
    client = Client(enforce_csrf_checks=True)
    response = client.post(f"/u/{token}/")
    assert response.status_code == 200
    assert "<form method" not in response.content.decode()
    assert not is_following(bob)
    assert Alert.objects.get().state == "dropped"
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.detail["how"]) == (bob, "mail link")


def test_a_mail_programs_one_click_ends_it_too(listed, token, bob):
    client = Client(enforce_csrf_checks=True)
    sent = client.post(f"/u/{token}/", "List-Unsubscribe=One-Click", "application/x-www-form-urlencoded")
    assert sent.status_code == 200 and not is_following(bob)


def test_twice_is_as_good_as_once(client, listed, token, bob):
    assert client.post(f"/u/{token}/").status_code == client.post(f"/u/{token}/").status_code == 200
    assert AuditEntry.objects.count() == 1


def test_the_page_tells_no_one_where_it_was_and_is_not_kept(client, listed, token):
    response = client.get(f"/u/{token}/")
    assert response["Referrer-Policy"] == "no-referrer"
    assert "no-store" in response["Cache-Control"]


def test_it_speaks_the_readers_language(client, listed, token, bob):
    bob.language = "ja"
    bob.save()
    assert (
        '<html lang="ja">' in client.get(f"/u/{token}/", headers={"accept-language": "en"}).content.decode()
    )


@pytest.mark.parametrize(
    "spoil", [lambda t: t[:-1], lambda t: "x" + t, lambda t: "é:ü", lambda t: ":", lambda t: "a:b:c"]
)
def test_a_spoilt_link_is_refused_with_a_word_and_changes_nothing(client, listed, token, bob, spoil):
    for response in (client.get(f"/u/{spoil(token)}/"), client.post(f"/u/{spoil(token)}/")):
        assert response.status_code == 404
        assert response.content
    assert is_following(bob)
    with pytest.raises(BadToken):
        subscription_for(spoil(token))


def test_a_token_for_one_thing_cannot_be_used_for_another(listed, alice, bob):
    """Signed with another salt, or for another reader's follow, it is not a link of ours."""
    from django.core import signing

    follow_of_bob = Follow.objects.get(user=bob)
    with pytest.raises(BadToken):
        subscription_for(signing.Signer(salt="other").sign_object({"u": bob.pk, "f": follow_of_bob.pk}))
    with pytest.raises(BadToken):
        subscription_for(token_for(alice, follow_of_bob))


def test_the_link_of_a_list_that_is_gone_is_refused(listed, token):
    Follow.objects.all().delete()
    with pytest.raises(BadToken):
        unsubscribe(token, now=NOW)


def test_the_person_in_charge_is_told_that_all_mail_would_stop(client, case, refusal, alice):
    case.owner = alice
    case.save()
    fan_out([refusal])
    link = f"/u/{token_for(alice, None)}/"
    alice.language = "en"
    alice.save()
    assert "switches off ALL mails" in client.get(link).content.decode()
    alice.refresh_from_db()
    assert alice.mail_on
    client.post(link)
    alice.refresh_from_db()
    assert not alice.mail_on
    assert Alert.objects.get().state == "dropped"
    assert AuditEntry.objects.get().action == "mail.switched_off"


def test_old_mails_keep_working_links(listed, bob):
    assert token_for(bob, Follow.objects.get(user=bob)) == token_for(bob, Follow.objects.get(user=bob))
