"""Hypothesis strategies for hostile texts, cheap to generate by the ten thousand."""

from hypothesis import strategies as st

TRICKY = (
    "\0\x1b\x7f\x85\u2028\u202e\u2066\u200b\ufeff\u3164\ud800\udfff\u0301\u0336\u0660²½Ⅷ０９éß-+.,e_ \n\r\t=@'\"\\;%$<>*[]`:#w1"
)
WILD = st.one_of(st.text(max_size=30), st.text(TRICKY, max_size=30), st.text("0123456789 -+.:\u0663²", max_size=12))
LONG = st.builds(lambda text, times: text * times, WILD, st.integers(1, 60))
