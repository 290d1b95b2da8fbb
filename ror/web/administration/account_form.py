"""The form of an account: who it is, what it may do, what it answers for; what was typed stays when it is refused."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import streamlit as st

from ror.model.rights import Account, Role
from ror.services.accounts import administer
from ror.services.accounts.administer import LONGEST_MAIL, LONGEST_NAME, Draft
from ror.settings import settings
from ror.web import session
from ror.web.administration import perimeter, validation
from ror.web.forms import actions, drafts

SECTION = "accounts"
_SEEN = "account-seen"
_NEW = Account("new", "", "", frozenset())


def show(admin: Account, account: Account | None, saved: Callable[[Account], None]) -> None:
    """Draw the form of an account, or of a new one; `saved` is called with what was written."""
    present = account or _NEW
    seen, key = _seen(present)
    if replace(seen, disabled=present.disabled, second_factor=present.second_factor) != present:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.warning("Ce compte a été modifié entre-temps par quelqu'un d'autre.", icon=":material/group:")
            st.button("Reprendre le compte tel qu'il est", key=f"again-{key}", on_click=_again)
    with st.container(border=True, key=f"account-form-{key}"):
        left, right = st.columns(2, gap="medium")
        with left:
            _text("Identifiant", seen.login, f"login-{key}", LONGEST_NAME)
            _text("Nom", seen.name, f"name-{key}", LONGEST_NAME)
        with right:
            _text("Courriel (facultatif)", seen.mail, f"mail-{key}", LONGEST_MAIL)
            if seen.identity or settings().oidc_discovery:
                _text("Identité de connexion unique (facultatif)", seen.identity, f"identity-{key}", LONGEST_MAIL)
        labels = [role.label for role in Role]
        roles = st.multiselect(
            "Rôles",
            labels,
            [role.label for role in Role if role in seen.roles],
            key=f"roles-{key}",
            placeholder="Choisissez un ou plusieurs rôles",
        )
        if Role.MANAGER.label in roles:
            perimeter.choose(admin, "Périmètre : ce dont ce responsable répond", seen.perimeter, key)
        if Role.ADMINISTRATOR.label in roles and account is not None and Role.ADMINISTRATOR not in seen.roles:
            st.caption(
                "Un administrateur choisit un mot de passe plus long : l'actuel ne vaudra plus, envoyez-lui ensuite un lien."
            )
        words = "Enregistrer" if account else "Créer le compte"
        st.button(words, type="primary", key=f"save-{key}", on_click=_save, args=(account and seen, key, saved))


def restart() -> None:
    """What is typed in the form is given up: the next drawing starts from the account as it is."""
    _, name = st.session_state.pop(_SEEN, (None, ""))
    drafts.discard(name)


def _again() -> None:
    restart()
    actions.forget(SECTION)


def _seen(present: Account) -> tuple[Account, str]:
    """Return the account as it was when the form was first drawn, and the key of its fields.

    In a form that outlived its session, an account that changed meanwhile is none that could be: it cannot be written over.
    """
    name = f"account-{present.id}"
    draft = drafts.hold(name, lambda: _version(present))
    seen, seen_name = st.session_state.get(_SEEN, (None, ""))
    if seen is None or seen_name != name:
        seen = replace(_NEW, id=present.id) if draft.version != _version(present) else present
        st.session_state[_SEEN] = seen, name
    return seen, f"{present.id}-{draft.id}"


def _version(account: Account) -> str:
    held = account.perimeter
    sets = (map(str, account.roles), held.legal_entities, held.structures, held.units)
    return drafts.fingerprint(
        account.login, account.name, account.mail, account.identity, *(" ".join(sorted(one)) for one in sets)
    )


def _text(label: str, value: str, key: str, longest: int) -> None:
    st.text_input(label, value, key=key, max_chars=longest, autocomplete="off")


def _save(seen: Account | None, key: str, saved: Callable[[Account], None]) -> None:
    state = st.session_state
    by_label = {role.label: role for role in Role}
    draft = Draft(
        state.get(f"login-{key}", ""),
        state.get(f"name-{key}", ""),
        frozenset(by_label[label] for label in state.get(f"roles-{key}", []) if label in by_label),
        perimeter.chosen(key),
        state.get(f"mail-{key}", ""),
        state.get(f"identity-{key}", ""),
    )
    db = session.database()

    def gesture(account: Account, now: Any) -> Account:
        if seen is None or draft.name != seen.name:
            validation.check_name(draft.name)
        if seen is None or draft.mail != seen.mail:
            validation.check_mail(draft.mail)
        if seen is None:
            return administer.create_account(db, account, draft, now)
        return administer.change_account(db, account, seen, draft, now)

    written = actions.make(SECTION, gesture, "Compte enregistré.")
    if written is not None:
        restart()
        saved(written)
