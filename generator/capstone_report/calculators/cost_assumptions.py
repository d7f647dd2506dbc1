"""What `capstone cost` assumes where nothing is declared."""

from capstone_report.calculators.assumptions import Assumption
from capstone_report.perfmodel.energy import EnergyMethod

USUAL_PUE = 1.0
USUAL_METHOD = EnergyMethod.ESTIMATED_TDP

NO_OVERHEAD = Assumption(
    name="pue", value=USUAL_PUE, words="a PUE of 1, so the building takes no power of its own"
)
NO_STAFF = Assumption(
    name="staff_per_year", value=0.0, words="staff of $0 a year, so nobody is paid to run them"
)
NO_RESIDUAL = Assumption(
    name="residual", value=0.0, words="a residual of $0, so nothing is got for them at the end"
)
NOT_MEASURED = Assumption(
    name="energy_method", value=USUAL_METHOD, words="watts that nobody measured"
)
OF_OWNING = (NO_OVERHEAD, NO_STAFF, NO_RESIDUAL)
OF_ENERGY = (NO_OVERHEAD, NOT_MEASURED)
