"""What a browser that shows a served site waits for: another site, or what is in its way."""

import secrets
from dataclasses import dataclass
from threading import Condition

from capstone_report.units import Seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """How a served site stands."""

    site: str
    """Names one build of the site; another server never uses the same name."""
    version: str
    """Names one state: of the site, or of what is in the way of the next one."""
    problem: str = ""
    """What is in the way of the next build, in words; empty when nothing is."""


class Bulletin:
    """The newest news, which threads may wait for."""

    def __init__(self) -> None:
        """Begin with a site that nobody has seen."""
        self._changed = Condition()
        self._server = secrets.token_hex(4)
        self._count = 0
        self._newest = News(site=self._name(), version=self._name())

    @property
    def newest(self) -> News:
        """Return how the site stands now."""
        with self._changed:
            return self._newest

    def tell_of_a_site(self) -> None:
        """Say that another site was built."""
        with self._changed:
            name = self._name()
            self._tell(News(site=name, version=name))

    def tell_of_a_problem(self, problem: str) -> None:
        """Say what is in the way of the next site, or with no words that nothing is any more."""
        with self._changed:
            self._tell(News(site=self._newest.site, version=self._name(), problem=problem))

    def after(self, version: str, timeout: Seconds) -> News:
        """Return the news as soon as they are others than those of a version, or in the end those."""
        with self._changed:
            self._changed.wait_for(lambda: self._newest.version != version, timeout)
            return self._newest

    def _name(self) -> str:
        """Return a name that was not used before."""
        self._count += 1
        return f"{self._server}-{self._count}"

    def _tell(self, news: News) -> None:
        """Wake everybody who waits; whoever calls holds the lock."""
        self._newest = news
        self._changed.notify_all()
