"""What people see and what becomes of what they say."""

import json

import pytest

from holdfast.reviews.server.watch import Watch

SECRETS = ("secret-model", "other-secret")


def plain(reply):
    return json.loads(reply.body)


def text(reply):
    return reply.body.decode()


def test_one_decides_and_is_shown_the_next(visit, folder):
    ada = visit(folder)
    first = ada.get("/next?as=Ada")
    assert (first.status, first.headers["location"]) == (303, "/item/0?as=Ada")
    saved = plain(ada.decide("Ada", 0, "u-0", **{"q-verdict": "accept", "seconds": "0.01"}))
    assert saved == {"saved": True, "uuid": "u-0", "item": 0, "next": "/item/1?as=Ada&after=0"}
    page = text(ada.get(saved["next"]))
    assert "Item 1 is saved" in page
    assert "1 by you" in page


def test_the_same_uuid_is_one_decision_and_another_answer_is_none(visit, folder):
    ada = visit(folder)
    answer = {"q-verdict": "accept"}
    first = plain(ada.decide("Ada", 0, "u", **answer))
    assert plain(ada.decide("Ada", 0, "u", **answer))["saved"]
    assert plain(ada.decide("Ada", 0, "u", **answer))["uuid"] == first["uuid"]
    other = ada.decide("Ada", 0, "u", **{"q-verdict": "reject"})
    assert (other.status, plain(other)["saved"]) == (400, False)
    assert len(ada.site._decisions.all()) == 1


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"q-verdict": "perhaps"},
        {"q-verdict": "edit", "edited": ""},
        {"q-verdict": "accept", "uuid": ""},
        {"q-verdict": "accept", "item": "99999"},
        {"q-verdict": "accept", "item": "-1"},
        {"q-verdict": "accept", "as": ""},
        {"q-verdict": "accept", "as": "a\x1b[0m"},
    ],
)
def test_what_is_no_answer_is_not_saved(visit, folder, fields):
    ada = visit(folder)
    reply = ada.post("/decide", {"as": "Ada", "item": 0, "uuid": "u", **fields}, accept="application/json")
    assert reply.status == 400
    assert plain(reply)["saved"] is False
    assert plain(reply)["why"]
    assert ada.site._decisions.all() == []


def test_plain_forms_do_the_same(visit, folder):
    ada = visit(folder)
    sent = {"as": "Ada", "item": 0, "uuid": "u", "q-verdict": "reject", "q-faults": ["tone", "unsafe"]}
    reply = ada.post("/decide", {**sent, "free-faults": "dull, too long", "q-note": " one\r\ntwo "})
    assert (reply.status, reply.headers["location"]) == (303, "/item/1?as=Ada&after=0")
    kept = ada.site._decisions.all()[0]
    assert kept.answers["faults"] == ["tone", "unsafe", "dull", "too long"]
    assert kept.answers["note"] == "one\ntwo"
    assert kept.seconds is None
    page = text(ada.get("/item/0?as=Ada"))
    assert 'value="dull, too long"' in page
    undone = ada.post("/undo", {"as": "Ada", "uuid": "back"})
    assert undone.headers["location"] == "/item/0?as=Ada&undone=1"
    assert "Taken back" in text(ada.get(undone.headers["location"]))
    assert ada.get("/next?as=Ada").headers["location"] == "/item/0?as=Ada"


def test_two_people_review_beside_each_other(visit, folder):
    both = visit(folder, reviewers=["Ada", "Ben"])
    assert both.get("/next?as=Ada").headers["location"] == "/item/0?as=Ada"
    again = both.site._queue.table(["again"]).column("again").to_pylist()
    first = 0 if again[0] else 1
    assert both.get("/next?as=Ben").headers["location"] == f"/item/{first}?as=Ben"
    stranger = both.get("/next?as=Eve")
    assert stranger.status == 400
    assert "Choose one of the names" in text(stranger)
    assert both.decide("Eve", 0, "u", **{"q-verdict": "accept"}).status == 400


def test_until_nothing_is_left(visit, folder):
    ada = visit(folder)
    address = ada.get("/next?as=Ada").headers["location"]
    for step in range(40):
        number = int(address.split("/")[2].split("?")[0])
        address = plain(ada.decide("Ada", number, f"u{step}", **{"q-verdict": "accept"}))["next"]
    assert address == "/done?as=Ada&after=39"
    page = text(ada.get(address))
    assert "Nothing is left for you" in page
    assert "Accept" in page
    results = text(ada.get("/results"))
    assert "40 of 40 items are decided" in results
    assert "rejected" in results


def test_what_strangers_wrote_is_inert(visit, folder):
    ada = visit(folder)
    number = ada.site._queue.numbers("r7")[0]
    page = text(ada.get(f"/item/{number}?as=Ada"))
    assert "<script>alert" not in page
    assert "<img" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "{{ 7 * 7 }}" in page
    assert page.count("</textarea>") == 2
    assert not set(page) & set("\x00\x1b\u202e")
    assert "\\x1b[31mred" in page


def test_a_name_is_inert(visit, folder):
    ada = visit(folder)
    name = "%22%3E%3Cscript%3Ealert%281%29%3C%2Fscript%3E"
    page = text(ada.get(f"/item/0?as={name}"))
    assert "<script>alert" not in page
    assert ada.get(f"/next?as={name}").headers["location"] == f"/item/0?as={name}"


def test_an_edit_is_one(visit, folder):
    ada = visit(folder)
    before = ada.site._queue.item(0).text
    same = ada.decide("Ada", 0, "u", **{"q-verdict": "edit", "edited": before})
    assert (same.status, "what it was" in plain(same)["why"]) == (400, True)
    assert plain(ada.decide("Ada", 0, "v", **{"q-verdict": "edit", "edited": "new\r\ntext"}))["saved"]
    assert ada.site._decisions.all()[0].answers["edited"] == "new\ntext"
    assert "new\ntext</textarea>" in text(ada.get("/item/0?as=Ada"))


def test_a_suggestion_waits_for_the_person(visit, folder):
    ada = visit(folder)
    before = text(ada.get("/item/0?as=Ada"))
    assert "Suggested" not in before
    assert "secret-model" not in before
    after = plain(ada.decide("Ada", 0, "u", **{"q-verdict": "accept"}))["next"]
    assert "Suggested" in text(ada.get(after))
    assert "secret-model" in text(ada.get(after))
    assert "Suggested" in text(ada.get("/item/0?as=Ada"))
    assert "Suggested" not in text(ada.get("/item/0?as=Ben"))
    assert ada.site._decisions.all()[0].shown == {"suggestion": "hidden"}


def test_a_blind_queue_names_no_model_ever(visit, pairs):
    ada = visit(pairs)
    assert ada.site._queue.blind
    sides = set()
    address = ada.get("/next?as=Ada").headers["location"]
    for step in range(30):
        page = text(ada.get(address))
        sides.add(page.index("better ") < page.index("worse "))
        number = int(address.split("/")[2].split("?")[0])
        address = plain(ada.decide("Ada", number, f"u{step}", **{"q-which": "left"}))["next"]
        ada.get(f"/item/{number}?as=Ada")
    for rest in (address, "/results", "/keys?as=Ada", "/", "/none"):
        ada.get(rest)
    assert sides == {True, False}, "each stands left now and then"
    said = [one.answers["which"] for one in ada.site._decisions.all()]
    assert set(said) == {"a", "b"}
    for body, headers in ada.pages:
        assert not any(secret in body + str(headers) for secret in SECRETS)
    assert not any('value="a"' in body or 'value="b"' in body for body, _ in ada.pages)


def test_time_is_believed_when_it_can_be():
    now = [100.0]
    watch = Watch(clock=lambda: now[0])
    watch.start("Ada", 1)
    now[0] = 110.0
    watch.start("Ada", 1)  # shown again, it has stood there since
    assert watch.believed("Ada", 1, "9.5") == 9.5
    for said in ("13", "-1", "0", "nan", "inf", "", "soon", "1e400"):
        assert watch.believed("Ada", 1, said) is None
    assert watch.believed("Ada", 2, "3600") == 3600.0, "after a restart nobody knows since when"
    watch.stop("Ada", 1)
    for number in range(10_000):
        watch.start("Ada", number)
    assert len(watch._since) < 5_000


def test_read_only_deals_nothing(visit, folder):
    writer = visit(folder)
    writer.decide("Ada", 0, "u", **{"q-verdict": "accept"})
    looker = visit(folder, read_only=True)
    page = text(looker.get("/item/0?as=Ada"))
    assert "nothing can be changed here" in page
    assert "<form" not in page
    assert looker.post("/decide", {"as": "Ada"}).status == 403
    assert "1 of 40 items are decided" in text(looker.get("/results"))
