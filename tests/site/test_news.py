"""News of a served site: named anew each time, and told to those who wait."""

from threading import Thread

from capstone_report.site.news import Bulletin, News


def test_another_site_has_another_name_and_no_problem() -> None:
    bulletin = Bulletin()
    bulletin.tell_of_a_problem("broken")
    before = bulletin.newest

    bulletin.tell_of_a_site()

    assert bulletin.newest.site != before.site
    assert bulletin.newest.version != before.version
    assert bulletin.newest.problem == ""


def test_a_problem_leaves_the_site_what_it_was() -> None:
    bulletin = Bulletin()
    before = bulletin.newest

    bulletin.tell_of_a_problem("broken")

    assert bulletin.newest.site == before.site
    assert bulletin.newest.version != before.version
    assert bulletin.newest.problem == "broken"


def test_two_servers_never_name_a_site_alike() -> None:
    assert Bulletin().newest.site != Bulletin().newest.site


def test_who_waits_is_told_of_the_next_change() -> None:
    bulletin = Bulletin()
    told: list[News] = []
    version = bulletin.newest.version
    waiting = Thread(target=lambda: told.append(bulletin.after(version, 60)))
    waiting.start()

    bulletin.tell_of_a_site()
    waiting.join(60)

    assert told == [bulletin.newest]


def test_who_has_waited_long_enough_gets_what_is_known_already() -> None:
    bulletin = Bulletin()

    assert bulletin.after(bulletin.newest.version, 0) == bulletin.newest


def test_who_knows_something_else_is_told_at_once() -> None:
    bulletin = Bulletin()

    assert bulletin.after("of another server", 60) == bulletin.newest
