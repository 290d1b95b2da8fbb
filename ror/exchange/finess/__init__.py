"""Read the open FINESS files of structures and legal entities (Licence Ouverte): the daily JSON, and the former CSV."""

from ror.exchange.finess.fields import FINESS_NUMBER, postal
from ror.exchange.finess.finess_file import FinessFile
from ror.exchange.finess.reading import read_finess

__all__ = ["FINESS_NUMBER", "FinessFile", "postal", "read_finess"]
