"""Search and matching of Chinese technology documents, with evidence. Plain Python: no site, no settings."""

from keqiao_match.batch import match_all
from keqiao_match.calibration import Calibration
from keqiao_match.duplicates import near_duplicates, similarity
from keqiao_match.encoder import Encoder, EndpointEncoder, OnnxEncoder
from keqiao_match.errors import (
    BadDoc,
    BadQuery,
    EncoderDown,
    IndexBusy,
    IndexExists,
    IndexMissing,
    MatchError,
)
from keqiao_match.hearing import Hearing
from keqiao_match.highlight import best_snippet, highlight
from keqiao_match.index import Index
from keqiao_match.interface import SearchIndex, Searching, Writing
from keqiao_match.people import PersonMatch, rank_people
from keqiao_match.precedents import Precedent, Precedents, Ruling
from keqiao_match.rank import TITLE_TRAITS, Matcher
from keqiao_match.rarity import Rarity
from keqiao_match.related import Relations, harvest_abbreviations
from keqiao_match.standing import Facts, Stand, Standing
from keqiao_match.types import Doc, Evidence, Hit, Match, Page, Part, Related, Snippet
from keqiao_match.writer import Writer

__all__ = [
    "TITLE_TRAITS",
    "BadDoc",
    "BadQuery",
    "Calibration",
    "Doc",
    "Encoder",
    "EncoderDown",
    "EndpointEncoder",
    "Evidence",
    "Facts",
    "Hearing",
    "Hit",
    "Index",
    "IndexBusy",
    "IndexExists",
    "IndexMissing",
    "Match",
    "MatchError",
    "Matcher",
    "OnnxEncoder",
    "Page",
    "Part",
    "PersonMatch",
    "Precedent",
    "Precedents",
    "Rarity",
    "Related",
    "Relations",
    "Ruling",
    "SearchIndex",
    "Searching",
    "Snippet",
    "Stand",
    "Standing",
    "Writer",
    "Writing",
    "best_snippet",
    "harvest_abbreviations",
    "highlight",
    "match_all",
    "near_duplicates",
    "rank_people",
    "similarity",
]
