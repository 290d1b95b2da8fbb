"""The screens of the navigation."""

from typing import NamedTuple

from ror.model.rights import Action

HELP = "Aide"


class Screen(NamedTuple):
    """A screen of the navigation: its file in `pages/`, and the action that opens it (None: every account does)."""

    file: str
    title: str
    address: str
    icon: str
    action: Action | None
    section: str


SCREENS = (
    Screen("mise_a_jour", "Mise à jour", "mise-a-jour", ":material/edit_square:", Action.DECLARE, "Disponibilités"),
    Screen("departements", "Par département", "departements", ":material/map:", Action.CONSULT, "Consultation"),
    Screen("structures", "Par structure", "structures", ":material/local_hospital:", Action.CONSULT, "Consultation"),
    Screen("tendances", "Tendances", "tendances", ":material/timeline:", Action.CONSULT, "Consultation"),
    Screen("alertes", "Mes alertes", "alertes", ":material/notifications:", Action.CONSULT, "Consultation"),
    Screen(
        "coordination", "Appels, crise, rapports", "coordination", ":material/phone_in_talk:", Action.COORDINATE, "Coordination"
    ),
    Screen(
        "administration",
        "Administration",
        "administration",
        ":material/admin_panel_settings:",
        Action.MANAGE_ACCOUNTS,
        "Administration",
    ),
    Screen("aide", "Guide et légende", "aide", ":material/help:", None, HELP),
    Screen("comment_on_le_sait", "Comment on le sait", "comment-on-le-sait", ":material/query_stats:", Action.CONSULT, HELP),
    Screen("mon_compte", "Mon compte", "mon-compte", ":material/account_circle:", None, HELP),
)
