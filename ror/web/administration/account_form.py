"""The form of an account: names, roles, perimeter; after a refusal its fields keep what was typed."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import streamlit as st

from ror.model.rights import EVERYWHERE, Account, Role
from ror.model.territory import department_name, territories
from ror.services.accounts import administer
from ror.services.accounts.account_rules import AccountDraft
from ror.settings import settings
from ror.web import session
from ror.web.administration import perimeter, validation
from ror.web.forms import actions, drafts

SECTION = "accounts"
_ORIGINAL = "account-original"
_NEW = Account("new", "", "", frozenset())


def render_account_form(
    account: Account, target: Account | None, on_saved: Callable[[Account], None], like: Account | None = None
) -> None:
    """Render the form of an account, None for a new one; `on_saved` is called with the account as it was written.

    A new account begins with the roles and the perimeter of `like`, if there is one.
    """
    present = target or (_new_like(like) if like else _NEW)
    original, key = _original(present)
    if target and replace(original, disabled=present.disabled, second_factor=present.second_factor) != present:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.warning("Ce compte a été modifié entre-temps par quelqu'un d'autre.", icon=":material/group:")
            st.button("Reprendre le compte tel qu'il est", key=f"again-{key}", on_click=_reload)
    with st.container(border=True, key=f"account-form-{key}"):
        left, right = st.columns(2, gap="medium")
        with left:
            _render_text("Identifiant", original.login, f"login-{key}")
            _render_text("Nom", original.name, f"name-{key}")
        with right:
            _render_text("Courriel (facultatif)", original.mail, f"mail-{key}")
            if original.identity or settings().oidc_discovery:
                _render_text("Identité de connexion unique (facultatif)", original.identity, f"identity-{key}")
        labels = [role.label for role in Role]
        roles = st.multiselect(
            "Rôles",
            labels,
            [role.label for role in Role if role in original.roles],
            key=f"roles-{key}",
            placeholder="Choisissez un ou plusieurs rôles",
        )
        if Role.MANAGER.label in roles:
            perimeter.render_field(account, "Périmètre : ce dont ce responsable répond", original.perimeter, key)
        if Role.COORDINATOR.label in roles:
            _render_grant(original, key)
        if Role.ADMINISTRATOR.label in roles and target is not None and Role.ADMINISTRATOR not in original.roles:
            st.caption(
                "Un administrateur choisit un mot de passe plus long : l'actuel ne vaudra plus, envoyez-lui ensuite un lien."
            )
        label = "Enregistrer" if target else "Créer le compte"
        st.button(label, type="primary", key=f"save-{key}", on_click=_save, args=(target and original, key, on_saved))


def _render_grant(original: Account, key: str) -> None:
    """Render the départements for whose units a coordinator may write a number learnt by telephone: none by default."""
    options = [*EVERYWHERE, *territories()]
    st.multiselect(
        "Écrit un nombre appris par téléphone, pour",
        options,
        [code for code in options if code in original.declares_for_others],
        key=f"for-others-{key}",
        format_func=grant_words,
        placeholder="Aucun département : ce droit n'est pas donné",
    )


def grant_words(code: str) -> str:
    """Return the words of one of the départements of a grant: « 75 Paris », « tous les départements »."""
    return "tous les départements" if code in EVERYWHERE else f"{code} {department_name(code)}"


def _new_like(source: Account) -> Account:
    """Return an empty new account with the roles and the perimeter of another, without the units that it received."""
    return replace(_NEW, id=f"new-{source.id}", roles=source.roles, perimeter=replace(source.perimeter, received=frozenset()))


def restart() -> None:
    """Discard what is typed in the form: the next rendering starts from the present account."""
    _, name = st.session_state.pop(_ORIGINAL, (None, ""))
    drafts.discard(name)


def _reload() -> None:
    restart()
    actions.clear_messages(SECTION)


def _original(present: Account) -> tuple[Account, str]:
    """Return the account as it was when the form was first rendered, and the suffix of the keys of its fields.

    In a form that survived its session, these values are lost: when the account has changed since, an empty account stands in
    for them, so that the save fails as outdated.
    """
    name = f"account-{present.id}"
    draft = drafts.load(name, lambda: _version(present))
    original, original_name = st.session_state.get(_ORIGINAL, (None, ""))
    if original is None or original_name != name:
        original = replace(_NEW, id=present.id) if draft.version != _version(present) else present
        st.session_state[_ORIGINAL] = original, name
    return original, f"{present.id}-{draft.id}"


def _version(account: Account) -> str:
    keys = account.perimeter
    sets = (map(str, account.roles), keys.legal_entities, keys.structures, keys.units, account.declares_for_others)
    return drafts.fingerprint(
        account.login, account.name, account.mail, account.identity, *(" ".join(sorted(values)) for values in sets)
    )


def _render_text(label: str, value: str, key: str) -> None:
    st.text_input(label, value, key=key, autocomplete="off")


def _save(original: Account | None, key: str, on_saved: Callable[[Account], None]) -> None:
    state = st.session_state
    by_label = {role.label: role for role in Role}
    draft = AccountDraft(
        state.get(f"login-{key}", ""),
        state.get(f"name-{key}", ""),
        frozenset(by_label[label] for label in state.get(f"roles-{key}", []) if label in by_label),
        perimeter.typed(key),
        state.get(f"mail-{key}", ""),
        state.get(f"identity-{key}", ""),
        frozenset(state.get(f"for-others-{key}", [])),
    )
    db = session.database()

    def save(account: Account, now: datetime) -> Account:
        if original is None or draft.name != original.name:
            validation.check_name(draft.name)
        if original is None or draft.mail != original.mail:
            validation.check_mail(draft.mail)
        if original is None:
            return administer.create_account(db, account, draft, now)
        return administer.change_account(db, account, original, draft, now)

    written = actions.run_in_section(SECTION, save, "Compte enregistré.")
    if written is not None:
        restart()
        on_saved(written)
