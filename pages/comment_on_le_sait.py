"""The page « Comment on le sait »: what was predicted of numbers over past weeks, what was observed, and what may mislead."""

from datetime import UTC, datetime

import streamlit as st

from ror.model.rights import Action
from ror.model.trust.checks import Claim
from ror.web import session, trust_explained

reader = session.require(Action.CONSULT)
st.title("Comment on le sait")
st.write(
    "« Encore vrai à 86 % » : sur 100 nombres de cet âge, dans des unités comme celle-ci, 86 étaient encore vrais quand on "
    "les a vérifiés, par la déclaration suivante ou au téléphone."
)
report = trust_explained.read(reader, datetime.now(UTC))
if report is None:
    st.info(trust_explained.NOTHING)
    st.stop()
trust_explained.render_summary(report)
trust_explained.render_pictures(report)
st.header("Comment c'est calculé")
st.write(
    "Chaque déclaration vérifie le nombre d'avant : il tenait encore, ou il avait changé. On en tire, par type d'unité, la "
    "part des nombres qui tiennent selon leur âge et leur taille ; puis, pour chaque unité, si elle change plus ou moins vite "
    "que ses semblables. Une unité qui a peu d'histoire est jugée comme ses semblables, avec plus "
    "d'incertitude. Un appel compte trois fois plus qu'une déclaration ; ce qui a huit semaines compte moitié moins."
)
st.header("Ce qui peut tromper")
st.write(
    "On ne voit un nombre vérifié que lorsqu'une unité déclare. Celles qui déclarent surtout quand quelque chose change font "
    "paraître les nombres moins sûrs qu'ils ne sont ; celles qui répètent le même nombre sans regarder, plus sûrs. Les appels "
    "n'ont pas ce défaut :"
)
trust_explained.render_calls(report)
st.header("Quand rien n'est affiché")
st.write("Aucune probabilité n'est montrée quand :")
st.markdown(trust_explained.SILENCES)
st.header("Les totaux attendus")
trust_explained.render_totals()
st.header("Qui appeler d'abord")
trust_explained.render_order(report)
st.header("« Encore vrai », en détail")
trust_explained.render_groups(report.outcomes[Claim.SAME])
