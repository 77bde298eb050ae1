"""Finding what was said: the same in both databases."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from store.made import make_result

from pipeline.errors import UsageError
from pipeline.store import CallFilter, open_store
from pipeline.store.search import parse_query, terms

SAID = {
    "bill": ["I don't understand my LAST bill.", "That is the last time.", "My bill, the last, is wrong."],
    "café": ["Das Café schließt um 8 Uhr.", "Refunds are on their way; a refund of 12,50 was made.", ""],
    "東京": ["東京タワーの請求書です", "сколько стоит Ёлка?", 'the bill is AND NOT or near "this*'],
}


def fill(store):
    for number, (name, texts) in enumerate(SAID.items()):
        result = make_result(number, turns=3)
        for turn, text in zip(result["turns"], texts, strict=True):
            turn["text"] = text
        store.put(result, name)


def places(hits):
    return {(hit.call_id, hit.n) for hit in hits}


@pytest.fixture(scope="module")
def filled(server, tmp_path_factory):
    name = server.new_database()
    stores = {
        "sqlite": open_store(tmp_path_factory.mktemp("search")),
        "postgresql": open_store(server.url(name)),
    }
    for store in stores.values():
        fill(store)
    yield stores
    for store in stores.values():
        store.close()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("last", {("bill", 1), ("bill", 2), ("bill", 3)}),
        ("last bill", {("bill", 1), ("bill", 3)}),
        ('"last bill"', {("bill", 1)}),
        ('"last bill" understand', {("bill", 1)}),
        ('"last bill', {("bill", 1)}),
        ("DON'T", {("bill", 1)}),
        ("dont", set()),
        ("cafe schliesst", {("café", 1)}),
        ("CAFÉ", {("café", 1)}),
        ("refund", {("café", 2)}),
        ("refu*", {("café", 2)}),
        ("refun", set()),
        ("12,50", {("café", 2)}),
        ("8", {("café", 1)}),
        ("請求", {("東京", 1)}),
        ("求請", set()),
        ("елка", {("東京", 2)}),
        ("AND", {("東京", 3)}),
        ("not OR", {("東京", 3)}),
        ("bill -wrong", {("bill", 3)}),
        ("%", None),
        ("", None),
        ('"" * -', None),
    ],
)
def test_searches(filled, kind, query, found):
    if found is None:
        with pytest.raises(UsageError, match="no word"):
            filled[kind].search(query)
    else:
        assert places(filled[kind].search(query)) == found


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_hits_come_in_order_with_their_turn_and_heed_filter_and_limit(filled, kind):
    store = filled[kind]
    hits = store.search("last")
    assert [(hit.call_id, hit.n) for hit in hits] == [("bill", 1), ("bill", 2), ("bill", 3)]
    turns = [one for one in store.turns() if one.call_id == "bill"]
    assert [(hit.start_s, hit.end_s, hit.role, hit.text) for hit in hits] == [
        (one.start_s, one.end_s, one.role, one.text) for one in turns
    ]
    assert len(store.search("last", limit=2)) == 2
    assert store.search("last", CallFilter(agent="Tom Hill")) == []
    assert len(store.search("last", CallFilter(since=date(2025, 1, 1), until=date(2025, 1, 1)))) == 3


_WORDS = st.text("abAB 12é'“-_.*\"東京ー\u0301", max_size=12)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=_WORDS, query=_WORDS)
def test_both_find_the_same(both, said, query):
    result = make_result(0, turns=1)
    result["turns"][0]["text"] = said
    for store in both:
        store.put(result, "call")
    if not terms(query.replace('"', " ")):
        return
    one, other = (places(store.search(query)) for store in both)
    assert one == other
    expected = all(_holds(terms(said), part, goes_on) for part, goes_on in parse_query(query))
    assert bool(one) is expected


def _holds(said, part, goes_on):
    """Whether the terms stand side by side in what was said, the last one perhaps going on."""
    for at in range(len(said) - len(part) + 1):
        *first, last = said[at : at + len(part)]
        if first == list(part[:-1]) and (last.startswith(part[-1]) if goes_on else last == part[-1]):
            return True
    return False


def test_a_replaced_or_removed_call_is_not_found(store):
    fill(store)
    result = make_result(0, turns=1)
    result["turns"][0]["text"] = "nothing of it"
    store.put(result, "bill")
    store.delete("café")
    assert places(store.search("last")) == set()
    assert places(store.search("refund")) == set()
    assert places(store.search("nothing")) == {("bill", 1)}


def test_what_was_taken_away_is_in_no_byte_of_the_file(tmp_path):
    rare = ("zyzzogeton", "quixotry")
    with open_store(tmp_path) as store:
        for name, word in zip(("gone", "replaced"), rare, strict=True):
            result = make_result(0, turns=2)
            result["turns"][0]["text"] = f"it was {word} that they said"
            result["turns"][0]["moves"] = []
            store.put(result, name)
    with open_store(tmp_path) as store:
        assert len(store.search("zyzz* that")) == 1
        store.delete("gone")
        store.put(make_result(1), "replaced")
    files = list(tmp_path.iterdir())
    assert [path.name for path in files] == ["hearout.sqlite"]
    content = files[0].read_bytes()
    assert not [word for word in rare if word[2:].encode() in content]
