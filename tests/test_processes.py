"""Work by several processes: the same as by one, in the same order, whatever becomes of them."""

from __future__ import annotations

import multiprocessing
import os
import signal

import pytest

from pipeline.errors import InputError
from pipeline.processes import spread


def square(number):
    return number * number


def squares(numbers):
    return [square(number) for number in numbers]


def square_unless_killed(number):
    if multiprocessing.parent_process() is not None and number == 7:
        os.kill(os.getpid(), signal.SIGKILL)
    return square(number)


def square_of_the_small(number):
    if number > 6:
        raise InputError("7 is too much.", "Take less.")
    return square(number)


@pytest.mark.parametrize("processes", [1, 2, 9])
@pytest.mark.parametrize("at_once", [1, 3, 20])
def test_the_results_come_in_the_order_of_the_things(processes, at_once):
    found = spread(square, range(10), at_once=at_once, processes=processes)
    assert list(found) == squares(range(10))
    assert list(spread(square, [], at_once=at_once, processes=processes)) == []


def test_what_a_killed_process_leaves_is_done_here():
    found = spread(square_unless_killed, range(12), at_once=2, processes=2)
    assert list(found) == squares(range(12))


@pytest.mark.parametrize("processes", [1, 2])
def test_an_error_ends_it_with_all_that_it_says(processes):
    found = spread(square_of_the_small, range(40), at_once=2, processes=processes)
    assert [next(found) for _ in range(6)] == squares(range(6))
    with pytest.raises(InputError) as raised:
        list(found)
    assert (raised.value.message, raised.value.remedy) == ("7 is too much.", "Take less.")
    assert not multiprocessing.active_children()
