"""Student's t distribution, from scipy: its quantiles deserve no second implementation."""


def t_quantile(probability: float, *, degrees: float) -> float:
    """Return the t below which Student's distribution has this probability (Student 1908).

    Domain: 0 < probability < 1, degrees of freedom > 0, not necessarily whole.
    """
    from scipy.special import stdtrit  # noqa: PLC0415 - only who asks for it pays for scipy

    return float(stdtrit(degrees, probability))


def two_sided_t(level: float, *, degrees: float) -> float:
    """Return the t that encloses the level between -t and t."""
    return t_quantile((1 + level) / 2, degrees=degrees)
