"""The figures: never better than what was measured, never apart from the log they come from."""

import csv
import io
import itertools
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta, timezone
from math import fsum

import pytest
from hypothesis import given
from hypothesis import strategies as st
from journal_support import KEY, START, entry, new_reply

from repondeur.insight.export import REPLY_HEADINGS, WEEK_HEADINGS, replies_csv, to_bytes, weeks_csv
from repondeur.insight.statistics import (
    WHITE_PAPER_HOURS_A_WEEK,
    baseline_seconds,
    compare,
    summarise,
)
from repondeur.journal.store import FILE_NAME, Journal
from repondeur.reply.draft import Approval
from repondeur.reply.record import Author, BaselineSample, Discarded, Review

MONDAY = date(2026, 3, 2)
PARIS = timezone(timedelta(hours=1))  # in March; no time zone files are needed
DAY = timedelta(days=1)


def samples(*seconds: float) -> list[BaselineSample]:
    return [BaselineSample(START, value, 200) for value in seconds]


def given_up(seconds: float, created: datetime = START) -> Discarded:
    return Discarded(f"g{seconds}", created, seconds)


# Examples ------------------------------------------------------------------------------------------------------


def test_one_reply_by_hand_is_no_baseline():
    assert baseline_seconds([]) is None
    assert baseline_seconds(samples(300)) is None
    assert baseline_seconds(samples(200, 300)) == 250
    assert baseline_seconds(samples(3000, 200, 300)) == 300


def test_an_empty_journal_has_no_figures():
    figures = summarise([], [], today=MONDAY)
    assert (figures.weeks, figures.replies, figures.measured) == ((), 0, 0)
    assert (figures.saved_minutes, figures.share_edited, figures.share_approved) == (None, None, None)
    assert (figures.median_active_seconds, figures.lost_minutes) == (None, 0)
    assert compare(figures) is None


def test_what_was_not_measured_is_no_zero():
    figures = summarise([entry(baseline_seconds=None)], [given_up(120)], today=MONDAY, zone=UTC)
    assert figures.replies == 1
    assert figures.saved_minutes is None
    assert [week.saved_minutes for week in figures.weeks] == [None]
    assert figures.lost_minutes == 2
    assert figures.median_active_seconds == 60
    assert compare(figures) is None


def test_weeks_run_without_a_gap_to_the_present_one():
    log = [
        entry(1),
        entry(2, START + 15 * DAY, active_seconds=400.0),
        entry(3, START + 15 * DAY, baseline_seconds=None),
    ]
    figures = summarise(log, [given_up(90, START + 7 * DAY)], today=MONDAY + 27 * DAY, zone=UTC)
    assert [week.monday for week in figures.weeks] == [MONDAY + n * 7 * DAY for n in range(4)]
    assert [week.number for week in figures.weeks] == [(2026, 10), (2026, 11), (2026, 12), (2026, 13)]
    assert [week.replies for week in figures.weeks] == [1, 0, 2, 0]
    assert [week.measured for week in figures.weeks] == [1, 0, 1, 0]
    assert [week.saved_minutes for week in figures.weeks] == pytest.approx([4, -1.5, -100 / 60, None], nan_ok=True)
    assert figures.saved_minutes == pytest.approx(4 - 1.5 - 100 / 60)
    assert (figures.measured, figures.lost_minutes) == (2, 1.5)


def test_time_lost_is_shown_as_lost():
    figures = summarise([entry(active_seconds=900.0)], [], today=MONDAY, zone=UTC)
    assert figures.saved_minutes == -10
    comparison = compare(figures)
    assert comparison is not None
    assert comparison.share == pytest.approx(-1 / 6 / WHITE_PAPER_HOURS_A_WEEK)


def test_a_reply_belongs_to_the_local_week_of_its_first_copy():
    sunday_night = datetime(2026, 3, 8, 23, 30, tzinfo=UTC)
    later = entry(created=sunday_night, released=sunday_night + 30 * DAY)
    in_utc = summarise([later], [], today=MONDAY, zone=UTC)
    in_paris = summarise([later], [], today=MONDAY, zone=PARIS)
    assert [week.monday for week in in_utc.weeks] == [MONDAY]
    assert [week.monday for week in in_paris.weeks] == [MONDAY + 7 * DAY]


def test_the_iso_year_turns_with_the_week():
    figures = summarise([entry(created=datetime(2027, 1, 1, 12, tzinfo=UTC))], [], today=date(2027, 1, 4), zone=UTC)
    assert [week.number for week in figures.weeks] == [(2026, 53), (2027, 1)]


def test_a_clock_that_ran_ahead_hides_nothing():
    figures = summarise([entry(created=START + 21 * DAY)], [], today=MONDAY, zone=UTC)
    assert sum(week.replies for week in figures.weeks) == 1


def test_shares_are_of_all_replies():
    log = [entry(n, approval=Approval.EDITED if n % 4 else Approval.APPROVED) for n in range(1, 9)]
    figures = summarise(log, [], today=MONDAY)
    assert (figures.share_edited, figures.share_approved) == (0.75, 0.25)


def test_the_comparison_counts_every_week_since_the_first_measured_one():
    log = [entry(1, START - 7 * DAY, baseline_seconds=None), entry(2, baseline_seconds=60 + 3600.0)]
    comparison = compare(summarise(log, [], today=MONDAY + 7 * DAY, zone=UTC))
    assert comparison is not None
    assert (comparison.weeks, comparison.hours_a_week) == (2, pytest.approx(0.5))
    assert comparison.share == pytest.approx(0.5 / 2.1)


# Rules ---------------------------------------------------------------------------------------------------------

MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))
SECONDS = st.floats(0, 7200)
ENTRIES = st.lists(
    st.builds(
        entry,
        number=st.integers(1, 10**6),
        created=MOMENTS,
        active_seconds=SECONDS,
        baseline_seconds=st.none() | st.floats(1, 7200),
        approval=st.sampled_from(Approval),
        generated_by=st.sampled_from(Author),
    ),
    max_size=30,
)
DISCARDS = st.lists(st.builds(Discarded, st.just("g"), MOMENTS, SECONDS), max_size=10)
ZONES = st.sampled_from([UTC, PARIS, timezone(timedelta(hours=14)), timezone(timedelta(hours=-9, minutes=-30))])


@given(ENTRIES, DISCARDS, ZONES)
def test_the_totals_are_the_sum_of_the_log(log, discards, zone):
    figures = summarise(log, discards, today=MONDAY, zone=zone)
    saved = [e.baseline_seconds - e.active_seconds for e in log if e.baseline_seconds is not None]
    lost = fsum(d.active_seconds for d in discards)
    assert sum(week.replies for week in figures.weeks) == figures.replies == len(log)
    assert sum(week.measured for week in figures.weeks) == figures.measured == len(saved)
    assert fsum(week.lost_minutes for week in figures.weeks) == pytest.approx(lost / 60)
    if saved:
        assert figures.saved_minutes == pytest.approx((fsum(saved) - lost) / 60, abs=1e-6)
    else:
        assert figures.saved_minutes is None
    if log:
        assert figures.share_edited + figures.share_approved == pytest.approx(1)


@given(ENTRIES, DISCARDS, ZONES)
def test_the_weeks_follow_one_another(log, discards, zone):
    mondays = [week.monday for week in summarise(log, discards, today=MONDAY, zone=zone).weeks]
    assert all(after - before == 7 * DAY for before, after in itertools.pairwise(mondays))
    assert all(monday.weekday() == 0 for monday in mondays)
    assert not mondays or mondays[-1] >= MONDAY


@given(ENTRIES.filter(len), DISCARDS, SECONDS)
def test_a_draft_given_up_never_adds_minutes(log, discards, seconds):
    before = summarise(log, discards, today=MONDAY).saved_minutes
    after = summarise(log, [*discards, given_up(seconds)], today=MONDAY).saved_minutes
    assert (before is None) == (after is None)
    assert before is None or after <= before + 1e-9


@given(st.lists(st.floats(0.1, 7200), min_size=2))
def test_the_baseline_is_no_more_than_what_was_measured(seconds):
    assert min(seconds) <= baseline_seconds(samples(*seconds)) <= max(seconds)


# CSV -----------------------------------------------------------------------------------------------------------


def read(table: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(table, newline=""), delimiter=";"))


def number(cell: str) -> float:
    return float(cell.replace(",", ".")) if cell else 0.0


@given(ENTRIES, DISCARDS, ZONES)
def test_the_tables_read_again_give_the_same_sums(log, discards, zone):
    figures = summarise(log, discards, today=MONDAY, zone=zone)
    replies, weeks = read(replies_csv(log, zone)), read(weeks_csv(figures))
    rounding = 0.0001 * (len(replies) + len(weeks) + 1)
    assert len(replies) == sum(int(row["Réponses"]) for row in weeks) == figures.replies
    assert sum(int(row["Réponses mesurées"]) for row in weeks) == figures.measured
    total = fsum(number(row["Temps gagné (min)"]) for row in weeks)
    lost = fsum(number(row["Dont brouillons abandonnés (min)"]) for row in weeks)
    assert total == pytest.approx(figures.saved_minutes or 0, abs=rounding)
    assert lost == pytest.approx(figures.lost_minutes, abs=rounding)
    if figures.measured:
        kept = fsum(number(row["Temps gagné (min)"]) for row in replies)
        assert kept - lost == pytest.approx(figures.saved_minutes, abs=rounding)
    by_week: defaultdict[str, int] = defaultdict(int)
    for row in replies:
        by_week[row["Semaine"]] += 1
    assert {row["Semaine"]: int(row["Réponses"]) for row in weeks if row["Réponses"] != "0"} == dict(by_week)


def test_a_line_as_a_french_spreadsheet_reads_it():
    review = Review("mot-de-l’avis", "Sophie", 4, "google")
    log = [
        entry(2, START + DAY, review=Review("x", rating=None), baseline_seconds=None, generated_by=Author.TEMPLATE),
        entry(7, review=review, active_seconds=450.0, final="mot-de-la-réponse", approval=Approval.EDITED),
    ]
    table = replies_csv(log, PARIS)
    assert table.split("\r\n")[1:] == [
        "7;2026-03-02 09:30;2026-S10;4;google;chaleureux;normal;modèle;Répondeur starter;modifiée;"
        "7,5000;5,0000;-2,5000",
        "2;2026-03-03 09:30;2026-S10;;google;chaleureux;normal;réponse type;Répondeur starter;approuvée telle quelle;"
        "1,0000;;",
        "",
    ]
    assert tuple(table.split("\r\n")[0].split(";")) == REPLY_HEADINGS
    assert "mot-de" not in table
    assert "Sophie" not in table
    assert to_bytes(table).startswith(b"\xef\xbb\xbfNum\xc3\xa9ro;")


def test_weeks_without_a_measure_stay_empty():
    figures = summarise([entry(baseline_seconds=None)], [], today=MONDAY, zone=UTC)
    assert weeks_csv(figures).split("\r\n") == [";".join(WEEK_HEADINGS), "2026-S10;2026-03-02;1;0;;0,0000", ""]


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("=CMD|' /C calc'!A0", "'=CMD|' /C calc'!A0"),
        ("+33 6", "'+33 6"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'=1"),
        (" \r\n=1", "'=1"),
        ("\u200b=1", "'=1"),
        ("＝1+1", "'＝1+1"),
        ("modèle;deux", "modèle;deux"),
        ('dit "non"', 'dit "non"'),
        ("\ud83d=", "\\ud83d="),
    ],
    ids=ascii,
)
def test_free_text_is_one_cell_and_no_formula(name, cell):
    table = replies_csv([entry(model=name, review=Review("x", site=name))], UTC)
    (row,) = read(to_bytes(table).decode("utf-8-sig"))
    assert (row["Rédacteur"], row["Site"]) == (cell, cell)
    assert row["Temps gagné (min)"] == "4,0000"


# From the journal ----------------------------------------------------------------------------------------------


def test_figures_of_a_real_journal(tmp_path):
    moments = iter(START + n * DAY for n in range(20))
    journal = Journal.open(tmp_path / FILE_NAME, KEY, now=lambda: next(moments))
    journal.replace_baselines([(280, 250), (320, 250)])
    by_hand = baseline_seconds(journal.baselines())
    for name, active in (("a", 60), ("b", 120), ("c", 600)):
        journal.record(new_reply(name, active_seconds=active, baseline_seconds=by_hand))
    journal.record(new_reply("a", active_seconds=61, baseline_seconds=by_hand))
    journal.record(new_reply("b", "Merci Luc.", active_seconds=180, baseline_seconds=by_hand))
    journal.discard("d", 30)
    figures = summarise(journal.entries(), journal.discarded(), today=MONDAY + 8 * DAY, zone=UTC)
    journal.close()
    assert (figures.replies, figures.measured) == (3, 3)
    assert figures.saved_minutes == pytest.approx((240 + 120 - 300 - 30) / 60)
    assert figures.median_active_seconds == 180
    assert figures.share_edited == pytest.approx(1 / 3)
