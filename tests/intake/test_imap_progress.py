"""Which mails of a folder wait, and how far it was read."""

from __future__ import annotations

from connector.intake.imap_progress import Progress


def progress(start: int, *uids: int, from_anew: bool = False) -> Progress:
    made = Progress(1)
    made.begin(start, from_anew=from_anew)
    made.add(uids)
    return made


def test_progress__a_mail_that_fails_comes_behind_the_others_and_is_not_passed_over() -> None:
    """B2: it is tried again, holds up none, and a restart finds it again."""
    made = progress(10, 11, 12, 13)
    assert made.read_up_to == 10
    assert [made.attempt(11), made.attempt(11)] == [True, False]
    assert made.waiting() == [12, 13, 11]
    made.done(12)
    assert made.read_up_to == 10
    made.done(11)
    assert (made.waiting(), made.read_up_to) == ([13], 12)
    made.done(13)
    assert made.read_up_to == 13


def test_progress__unread_mail_from_before_does_not_move_the_beginning_back() -> None:
    """B5: what waits below the beginning is found unread again; what was read there is not to be taken."""
    made = progress(10, 3, 12)
    assert made.read_up_to == 11
    made.done(12)
    assert (made.waiting(), made.read_up_to) == ([3], 12)


def test_progress__from_anew_nothing_is_remembered_until_the_mails_before_are_done() -> None:
    """B5: after a crash in between they are compared once more."""
    made = progress(10, 3, 12, from_anew=True)
    assert made.read_up_to is None
    made.done(3)
    assert made.read_up_to == 11


def test_progress__what_is_left_does_not_wait() -> None:
    """B6: a mail that is too large stays where it is, and is not found again while the service runs."""
    made = progress(10, 11, 12)
    made.leave(11)
    made.add([11])
    assert (made.waiting(), made.read_up_to) == ([12], 11)


def test_progress__before_it_is_known_how_far_it_was_read() -> None:
    """B3: what is taken while the store is away is not taken again when it is back."""
    made = Progress(1)
    made.add([4, 5])
    made.done(4)
    assert made.read_up_to is None
    made.begin(3)
    made.add([4, 5, 6])
    assert made.waiting() == [5, 6]
