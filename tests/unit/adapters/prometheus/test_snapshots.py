"""What processes counted, together."""

import orjson

from routeiq.adapters.prometheus import Family, Snapshot, merged


def snapshot(hits, open=0, **errors):
    families = [Family("hits", "counter", series={(): hits}), Family("open", "gauge", series={(): open})]
    return Snapshot(
        {family.name: family for family in families}, {("p", hook): error for hook, error in errors.items()}
    )


def test_living_and_ended_processes_add_up():
    together = merged([snapshot(1, 2), snapshot(3, 4)], [snapshot(5, 6)])
    assert (together.families["hits"].series, together.families["open"].series) == ({(): 9}, {(): 6})


def test_the_first_that_knows_an_error_tells_it():
    together = merged([snapshot(1, request="mine"), snapshot(1, request="theirs", response="theirs")])
    assert together.last_errors == {("p", "request"): "mine", ("p", "response"): "theirs"}


def test_adding_changes_nothing_that_was_added():
    one = snapshot(1)
    merged([one, snapshot(2)])
    assert one == snapshot(1)


def test_it_is_the_same_after_its_way_through_json():
    one = snapshot(1, 2, request="an error")
    assert Snapshot.from_dict(orjson.loads(orjson.dumps(one.to_dict()))) == one
