"""The parameter server: workers pull what they need and push what they changed."""

from typing import Annotated, ClassVar

from pydantic import Field

from capstone_report.perfmodel.comm.model import CommModel
from capstone_report.units import Seconds


class ParameterServer(CommModel):
    """Push and pull by p workers at s servers: the busier side of the wire decides."""

    kind: ClassVar[str] = "parameter-server"
    title: ClassVar[str] = "parameter server"
    formula: ClassVar[str] = r"2\alpha + 2 f \beta \max\left(1, \frac{p}{s}\right)"
    source: ClassVar[str] = "Li et al. 2014, for the scheme; the cost by counting bytes per link"
    collective: ClassVar[tuple[str, ...]] = ("parameter-server",)

    servers: Annotated[int, Field(ge=1)] = 1
    """Over how many servers (s) the parameters are spread evenly."""
    touched_share: Annotated[float, Field(gt=0, le=1)] = 1.0
    """Which share (f) of the parameters one worker touches per step; 1 is a dense model."""

    def exchange(self, workers: float, *, alpha: Seconds, beta: Seconds) -> Seconds:
        """Return 2 alpha + 2 f beta max(1, p/s), in seconds."""
        return 2 * alpha + 2 * self.touched_share * beta * max(1.0, workers / self.servers)

    def per_worker_least(self, low: int, high: int, *, alpha: Seconds, beta: Seconds) -> Seconds:
        """Return the lower end's or the higher end's: T_comm(p)/p falls from two workers on."""
        return min(self.seconds(end, alpha=alpha, beta=beta) / end for end in (low, high))
