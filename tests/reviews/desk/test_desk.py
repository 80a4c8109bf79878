"""The desk: who is shown what, what is hidden, and how long it takes."""

import dataclasses
import time
import tracemalloc

import numpy as np
import pytest

from holdfast.errors import InputError, UsageError
from holdfast.reviews.decisions.decision import Decision
from holdfast.reviews.decisions.store import Decisions
from holdfast.reviews.desk.desk import HELD_SECONDS, Desk
from holdfast.reviews.desk.shown import left_of, reviewer_name
from holdfast.reviews.queues.draw import draw_queue

ACCEPT = {"verdict": "accept"}


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


class Room:
    """A queue, its store and a desk."""

    def __init__(self, folder, candidate, **options):
        self.queue = draw_queue(candidate, output=folder / "q", **options)
        self.decisions = Decisions(self.queue.decisions_file)
        self.clock = Clock()
        self.desk = Desk(self.queue, self.decisions, clock=self.clock)

    def says(self, who, item, answers=ACCEPT, **more):
        more.setdefault("uuid", f"{who}-{len(self.decisions.all())}")
        return self.desk.decide(who, item, answers, **more)


@pytest.fixture
def room(tmp_path):
    rows = [
        {"id": f"r{n}", "text": f"row {n}", "filter": "reject", "agent": "secret-model"} for n in range(40)
    ]
    made = Room(tmp_path, rows, rows=20, again=0.2, suggestion="filter")
    yield made
    made.decisions.close()


@pytest.fixture
def pairs(tmp_path):
    rows = [{"prompt": f"question {n}", "chosen": f"better {n}", "rejected": f"worse {n}"} for n in range(60)]
    made = Room(tmp_path, rows, rows=60, again=1.0)
    yield made
    made.decisions.close()


def test_one_person_goes_through_all_by_number(room):
    seen = []
    while (shown := room.desk.next("ada")) is not None:
        assert room.desk.next("ada") == shown  # asked for again, it is the same
        seen.append(shown.item)
        room.says("ada", shown.item)
    assert seen == list(range(20))
    assert room.desk.progress("ada").left == 0


def test_two_people_share_what_is_not_for_everybody(room):
    common = set(np.flatnonzero(room.queue.table(["again"]).column("again").to_pylist()).tolist())
    assert len(common) == 4
    seen = {"ada": [], "ben": []}
    going = True
    while going:
        going = False
        for who, mine in seen.items():
            shown = room.desk.next(who)
            if shown is not None:
                going = True
                mine.append(shown.item)
                room.says(who, shown.item)
    assert set(seen["ada"]) & set(seen["ben"]) == common
    assert sorted(set(seen["ada"]) | set(seen["ben"])) == list(range(20))
    assert room.desk.progress().reviewers == {"ada": len(seen["ada"]), "ben": len(seen["ben"])}
    # Whoever comes last is asked what everybody is asked.
    late = []
    while (shown := room.desk.next("eve")) is not None:
        late.append(shown.item)
        room.says("eve", shown.item)
    assert set(late) == common


def test_what_stands_before_one_is_kept_from_others_for_a_while(room):
    again = room.queue.table(["again"]).column("again").to_pylist()
    alone = again.index(False)
    for item in range(alone):
        room.says("ada", item)
        room.says("ben", item)
    assert room.desk.next("ada").item == alone
    assert room.desk.next("ben").item > alone
    room.clock.now += HELD_SECONDS - 1
    assert room.desk.next("eve", without=range(alone)).item > alone
    room.clock.now += 2
    assert room.desk.next("ben").item == alone


def test_several_people_may_be_asked_about_each(tmp_path):
    room = Room(tmp_path, [{"text": f"row {n}"} for n in range(9)], rows=9, again=0.0, people=2)
    first = [room.desk.next(who).item for who in ("ada", "ben", "eve")]
    assert first == [0, 0, 1]
    room.says("ada", 0)
    room.says("ben", 0)
    assert room.desk.next("eve").item == 1
    assert room.desk.progress().decided == 1
    room.decisions.close()


def test_what_was_taken_back_comes_again(room):
    for item in range(3):
        room.says("ada", item)
    shown = room.desk.undo("ada", uuid="back-1")
    assert (shown.item, shown.answers) == (2, {})
    assert room.desk.next("ada").item == 2
    assert room.desk.undo("ada", uuid="back-1").item == 2  # asked for again, it takes back once
    assert room.desk.progress("ada").mine == 2
    assert room.desk.undo("ada", uuid="back-2").item == 1
    assert room.desk.next("ada").item == 1
    room.says("ada", 1, {"verdict": "reject"})
    assert room.desk.next("ada").item == 2
    assert [one.answers["verdict"] for one in room.decisions.standing()] == ["accept", "reject"]
    assert room.desk.undo("ben", uuid="back-3") is None
    with pytest.raises(UsageError, match="another event"):
        room.desk.undo("ben", uuid="back-1")


def test_a_page_that_asks_again_votes_once(room):
    first = room.says("ada", 0, uuid="page-1", seconds=1.5)
    assert room.says("ada", 0, uuid="page-1", seconds=99.0) == first
    assert room.desk.progress("ada").mine == 1
    with pytest.raises(InputError, match="another decision"):
        room.says("ada", 1, uuid="page-1")


def test_a_desk_that_is_opened_anew_goes_on_where_it_stopped(room):
    for item in range(5):
        room.says("ada", item)
    room.desk.undo("ada", uuid="back")
    new = Desk(room.queue, room.decisions, clock=room.clock)
    assert new.next("ada").item == 4
    assert new.progress("ada") == room.desk.progress("ada")
    # What another program saved is seen without opening anew.
    with Decisions(room.queue.decisions_file) as other:
        other.add(Decision(uuid="elsewhere", item=4, reviewer="ada", answers=ACCEPT))
    assert new.next("ada").item == 5


def test_nothing_is_told_before_a_person_has_decided(room):
    shown = room.desk.next("ada")
    assert "secret" not in repr(shown)
    assert "reject" not in repr(shown)
    hidden = {
        "id",
        "row",
        "agent",
        "agent_b",
        "source_type",
        "suggestion",
        "known",
        "drawn_by",
        "chance",
        "again",
    }
    assert hidden.isdisjoint(field.name for field in dataclasses.fields(shown))
    assert room.desk.reveal("ada", shown.item) is None
    saved = room.says("ada", shown.item)
    assert saved.shown == {"suggestion": "hidden"}
    told = room.desk.reveal("ada", shown.item)
    assert told.suggestion == {"verdict": "reject"}
    assert room.desk.reveal("ben", shown.item) is None
    # Who takes back what they said has seen what was suggested, and that is written down.
    room.desk.undo("ada", uuid="back")
    assert room.desk.reveal("ada", shown.item) is None
    assert room.says("ada", shown.item).shown == {"suggestion": "open"}


def test_the_label_is_hidden_where_people_are_asked_for_one(tmp_path):
    rows = [{"id": f"r{n}", "text": f"row {n}", "label": "xy"[n % 2]} for n in range(20)]
    asked = Room(tmp_path, rows, rows=5, questions="label", label="label")
    assert asked.desk.next("ada").label is None
    asked.decisions.close()
    (tmp_path / "other").mkdir()
    other = Room(tmp_path / "other", rows, rows=5, label="label")
    assert other.desk.next("ada").label in ("x", "y")
    other.decisions.close()


def test_left_and_right_are_dealt_and_written_down(pairs):
    better_left = 0
    for _ in range(60):
        shown = pairs.desk.next("ada")
        left = "a" if shown.text.startswith("better") else "b"
        better_left += left == "a"
        assert left == left_of(pairs.queue.seed, shown.item, "ada")
        saved = pairs.says("ada", shown.item, {"which": "left" if left == "a" else "right"})
        assert (saved.answers, saved.shown["left"]) == ({"which": "a"}, left)
        again = pairs.desk.show("ada", shown.item)
        assert again.answers == {"which": "left" if left == "a" else "right"}
        assert pairs.desk.reveal("ada", shown.item) is None  # the queue is blind
    assert 15 < better_left < 45
    sides = {who: [left_of(0, item, who) for item in range(200)] for who in ("ada", "ben")}
    assert 60 < sum(one == two for one, two in zip(*sides.values(), strict=True)) < 140
    assert pairs.says("ben", 0, {"which": "both_bad"}).answers == {"which": "both_bad"}
    with pytest.raises(UsageError, match="left or right"):
        pairs.says("ben", 1, {"which": "a"})


def test_what_cannot_be_saved_is_refused(room):
    for answers, said in [
        ({}, "has no answer"),
        ({"verdict": "keep"}, "no answer"),
        ({"verdct": "accept"}, "verdict"),
    ]:
        with pytest.raises(InputError, match=said):
            room.says("ada", 0, answers)
    with pytest.raises(InputError, match="no item"):
        room.says("ada", 20)
    for name in ("", "  ", "a\x1b[31m", "x" * 101, "\ud800"):
        with pytest.raises(UsageError, match="name"):
            room.desk.next(name)
    for uuid in ("", "x" * 65, "a b", "é", "'; --"):
        with pytest.raises(UsageError, match="uuid"):
            room.says("ada", 0, uuid=uuid)
    assert room.decisions.all() == []
    assert reviewer_name(" Ada\u00a0 B ") == "Ada B"
    for seconds in (-1.0, float("nan"), float("inf")):
        assert room.says("ada", 0, seconds=seconds).seconds is None


def test_a_large_queue_is_quick_and_memory_stays_flat(tmp_path):
    rows = [{"id": f"r{n}", "text": f"row {n} of many"} for n in range(100_000)]
    room = Room(tmp_path, rows, rows=100_000, again=0.01)
    reviewers = [f"reviewer {n}" for n in range(5)]
    room.decisions.add_all(
        [
            Decision(uuid=f"old-{n}", item=n // 2, reviewer=reviewers[n % 2], answers=ACCEPT)
            for n in range(10_000)
        ]
    )
    desk = Desk(room.queue, room.decisions)

    def turn(number):
        who = reviewers[number % 5]
        start = time.process_time()
        shown = desk.next(who)
        spent = time.process_time() - start
        desk.decide(who, shown.item, ACCEPT, uuid=f"new-{number}")
        return spent

    for number in range(100):
        turn(number)
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    spent = [turn(number) for number in range(100, 400)]
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert np.median(spent) < 0.005  # and tracemalloc makes everything slower
    # A decision is remembered in less than 2 KB; no row is.
    assert after - before < 300 * 2_000
    room.decisions.close()
