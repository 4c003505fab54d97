"""The figures of the charts page: counts in the reader's words, as a drawing and as a table."""

from .model import Figure as Figure
from .office import actions, grounds
from .payments import annuities
from .standing import limits, stages
from .times import answers, pendency

FIGURES = {
    "stages": stages,
    "limits": limits,
    "actions": actions,
    "pendency": pendency,
    "answers": answers,
    "grounds": grounds,
    "annuities": annuities,
}
