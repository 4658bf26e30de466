"""The journal as the window uses it: what is recorded is read back, once, whole, in order."""

import shutil
from datetime import timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from journal_support import GENERATED, KEY, Clock, new_reply, raw, released, work_in_progress

from repondeur.errors import JournalLocked
from repondeur.journal.store import FILE_NAME, Journal
from repondeur.reply.draft import Approval
from repondeur.reply.record import Author, Length, Recorder, Review, Tone

STRANGE = [
    "fin\0et la suite après un octet nul",
    "שלום לכולם — مرحبا \u202eomse\u202c",
    "👩🏽‍🍳 merci 🥐 e\u0301té",
    "\u2028ligne\u2029paragraphe\ttab\r\nretour\u00a0!",
    "'; DROP TABLE reply; --",
    "é\0" * 100_000,
]


@pytest.fixture
def journal(tmp_path: Path):
    opened = Journal.open(tmp_path / FILE_NAME, KEY, now=Clock())
    yield opened
    opened.close()


def test_it_is_a_recorder(journal):
    recorder: Recorder = journal
    assert recorder.entries() == []


def test_a_reply_is_read_back_whole_after_the_file_was_reopened(tmp_path):
    path = tmp_path / "Maëlys Çelik" / "données" / FILE_NAME
    new = new_reply(review=Review("Déçu.", "M. O’Neil", 2, "tripadvisor", "en"), tone=Tone.FORMAL, length=Length.SHORT)
    with_no_baseline = new_reply("b", "Autre texte.", baseline_seconds=None, review=Review("x", rating=None))
    journal = Journal.open(path, KEY)
    number = journal.record(new)
    journal.record(with_no_baseline)
    journal.close()
    journal = Journal.open(path, KEY)
    second, first = journal.entries()
    journal.close()
    assert first.id == number
    assert (first.review, first.note, first.tone, first.length) == (new.review, new.note, new.tone, new.length)
    assert (first.generated_by, first.model, first.prompt_version) == (Author.MODEL, new.model, new.prompt_version)
    assert (first.generated, first.final, first.approval) == (GENERATED, GENERATED, Approval.APPROVED)
    assert (first.active_seconds, first.baseline_seconds, first.saved_seconds) == (70.25, 300.0, 229.75)
    assert first.created == first.released
    assert first.created.utcoffset() == timedelta(0)
    assert (second.final, second.approval) == ("Autre texte.", Approval.EDITED)
    assert (second.review.rating, second.baseline_seconds, second.saved_seconds) == (None, None, None)


def test_copying_twice_counts_once(journal):
    numbers = {journal.record(new_reply(active_seconds=seconds)) for seconds in (70, 95)}
    (only,) = journal.entries()
    assert numbers == {only.id}
    assert (only.active_seconds, only.created) == (70, only.released)
    with raw(journal.path) as db:
        assert db.execute("SELECT count(*) FROM release").fetchone() == (1,)


def test_another_text_of_the_same_draft_replaces_the_first_and_counts_once(journal):
    first = journal.record(new_reply(active_seconds=70, baseline_seconds=None))
    again = new_reply(
        text="Merci Sophie.", active_seconds=95, baseline_seconds=300, generated_by=Author.TEMPLATE, note="revue"
    )
    assert journal.record(again) == first
    (only,) = journal.entries()
    assert (only.final, only.approval, only.note, only.generated_by) == (
        "Merci Sophie.",
        Approval.EDITED,
        "revue",
        Author.TEMPLATE,
    )
    assert (only.active_seconds, only.baseline_seconds) == (95, 300)
    assert only.released > only.created
    with raw(journal.path) as db:
        assert db.execute("SELECT final FROM release ORDER BY id").fetchall() == [(GENERATED,), ("Merci Sophie.",)]


def test_a_later_release_neither_shortens_the_time_nor_changes_the_baseline(journal):
    journal.record(new_reply(active_seconds=95, baseline_seconds=300))
    journal.record(new_reply(text="Merci.", active_seconds=10, baseline_seconds=900))
    (only,) = journal.entries()
    assert (only.active_seconds, only.baseline_seconds) == (95, 300)


def test_entries_come_newest_first_even_when_the_clock_is_set_back(tmp_path):
    clock = Clock()
    journal = Journal.open(tmp_path / FILE_NAME, KEY, now=clock)
    for name in ("a", "b", "c"):
        journal.record(new_reply(name))
        clock.moment -= timedelta(days=365)
    journal.record(new_reply("a", "Merci encore."))
    assert [entry.draft_id for entry in journal.entries()] == ["a", "c", "b"]
    assert [entry.draft_id for entry in journal.entries(limit=2)] == ["a", "c"]
    journal.close()


def test_times_are_kept_in_utc_whatever_the_clock_s_zone(tmp_path):
    clock = Clock()
    clock.moment = clock.moment.astimezone(timezone(timedelta(hours=-9, minutes=-30)))
    journal = Journal.open(tmp_path / FILE_NAME, KEY, now=clock)
    journal.record(new_reply())
    assert journal.entries()[0].created == clock.moment
    journal.close()


@pytest.mark.parametrize("text", STRANGE, ids=range(len(STRANGE)))
def test_no_character_is_lost(journal, text):
    journal.record(new_reply(text=text, review=Review(text, author=text), note=text))
    journal.save_working(work_in_progress(text))
    (only,) = journal.entries()
    assert only.final == text
    assert only.note == text
    assert (only.review.text, only.review.author) == (text, text)
    assert journal.load_working() == work_in_progress(text)


def test_half_a_surrogate_pair_does_not_stop_a_reply(journal):
    journal.record(new_reply(text="Merci \ud83d", review=Review("\udc00"), note="\ud800"))
    journal.save_working(work_in_progress("Merci \ud83d"))
    (only,) = journal.entries()
    assert (only.final, only.review.text, only.note) == ("Merci \\ud83d", "\\udc00", "\\ud800")
    assert journal.load_working() == work_in_progress("Merci \ud83d")


def test_a_discarded_draft_counts_once_and_not_when_it_left(journal):
    journal.discard("a", 20)
    journal.discard("b", 30)
    journal.discard("b", 45)
    journal.discard("b", 5)
    assert [(d.draft_id, d.active_seconds) for d in journal.discarded()] == [("b", 45), ("a", 20)]
    journal.record(new_reply("b"))
    journal.discard("b", 60)
    assert [d.draft_id for d in journal.discarded()] == ["a"]


def test_the_work_in_progress_is_one_and_can_be_cleared(journal):
    assert journal.load_working() is None
    journal.save_working(work_in_progress("un"))
    journal.save_working(work_in_progress("deux"))
    assert journal.load_working() == work_in_progress("deux")
    journal.save_working(None)
    journal.save_working(None)
    assert journal.load_working() is None


def test_baselines_are_set_aside_and_kept(journal):
    journal.replace_baselines([(240, 280), (300, 280)])
    assert [(s.seconds, s.characters) for s in journal.baselines()] == [(300, 280), (240, 280)]
    journal.replace_baselines([(180, 100)])
    assert [s.seconds for s in journal.baselines()] == [180]
    with raw(journal.path) as db:
        assert db.execute("SELECT count(*) FROM baseline WHERE retired IS NOT NULL").fetchone() == (2,)


def test_a_closed_journal_says_so_and_closes_twice(journal):
    journal.close()
    journal.close()
    for call in (journal.entries, journal.load_working, lambda: journal.record(new_reply())):
        with pytest.raises(JournalLocked):
            call()


def test_nothing_is_half_written_when_a_row_is_refused(journal):
    journal.discard("a", 20)
    with pytest.raises(Exception, match="CHECK") as caught:
        journal.record(new_reply(active_seconds=-1.0))
    assert GENERATED not in str(caught.value)
    assert journal.entries() == []
    assert len(journal.discarded()) == 1
    journal.record(new_reply("b"))


def test_no_text_lies_readable_on_the_disk(tmp_path):
    journal = Journal.open(tmp_path / FILE_NAME, KEY)
    journal.record(new_reply())
    journal.save_working(work_in_progress("Merci Sop"))
    readable = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    journal.close()
    readable += (tmp_path / FILE_NAME).read_bytes()
    for word in (b"Sophie", b"Merci", b"SQLite format", b"CREATE TABLE"):
        assert word not in readable


def test_a_closed_journal_is_one_file(tmp_path):
    journal = Journal.open(tmp_path / FILE_NAME, KEY)
    journal.record(new_reply())
    journal.close()
    assert [file.name for file in tmp_path.iterdir()] == [FILE_NAME]


def test_the_settings_that_durability_and_erasure_rest_on(journal):
    db = journal._connection()
    asked = ("journal_mode", "synchronous", "secure_delete", "foreign_keys", "temp_store", "trusted_schema")
    assert [db.execute(f"PRAGMA {name}").fetchone()[0] for name in asked] == ["wal", 2, 1, 1, 2, 0]
    assert db.execute("PRAGMA cipher_version").fetchone() is not None


def test_a_key_of_another_length_is_a_bug(tmp_path):
    with pytest.raises(ValueError, match="32 bytes"):
        Journal.open(tmp_path / FILE_NAME, KEY[:16])
    assert not (tmp_path / FILE_NAME).exists()


TEXTS = st.sampled_from([GENERATED, "Merci.", "Merci Luc.", "Désolé."])


@settings(max_examples=40)
@given(st.lists(st.tuples(st.sampled_from("abc"), TEXTS, st.floats(0, 1000), st.booleans()), max_size=12))
def test_whatever_the_order_a_draft_counts_once_with_its_last_text(tmp_path_factory, actions):
    folder = tmp_path_factory.mktemp("walk")
    journal = Journal.open(folder / FILE_NAME, KEY, now=Clock())
    left: dict[str, tuple[str, float]] = {}
    given_up: dict[str, float] = {}
    for name, text, seconds, copied in actions:
        if not copied:
            journal.discard(name, seconds)
            if name not in left:
                given_up[name] = max(seconds, given_up.get(name, 0))
            continue
        journal.record(new_reply(name, reply=released(text), active_seconds=seconds))
        given_up.pop(name, None)
        if name not in left:
            left[name] = (text, seconds)
        elif left[name][0] != text:
            left[name] = (text, max(seconds, left[name][1]))
    assert {e.draft_id: (e.final, e.active_seconds) for e in journal.entries()} == left
    assert {d.draft_id: d.active_seconds for d in journal.discarded()} == given_up
    journal.close()
    shutil.rmtree(folder)
