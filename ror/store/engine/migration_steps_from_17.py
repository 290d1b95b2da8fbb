"""The numbered steps from 17 on, after those of `migration_steps`: a new step is added at the end."""

from ror.store.engine import alert_tables, call_tables, crisis_tables, daily_report_tables, display_tables, feedback_tables
from ror.store.engine.migration import Migration

STEPS = (
    Migration(
        17,
        "calls of coordinators, corrections of past numbers, and who may declare for others",
        call_tables.TABLES,
        on_postgresql=call_tables.INDEXES,
    ),
    Migration(
        18,
        "reports of the region: hours, subscribers, archive, mails",
        daily_report_tables.TABLES,
        on_postgresql=daily_report_tables.INDEXES,
    ),
    Migration(
        19,
        "alerts: questions saved with a name, their ringings, how their owners are notified, and how far they are evaluated",
        alert_tables.TABLES,
        on_postgresql=alert_tables.INDEXES,
    ),
    Migration(20, "what readers report of numbers", feedback_tables.TABLES, on_postgresql=feedback_tables.INDEXES),
    Migration(21, "events of a crisis, and the tension of structures", crisis_tables.TABLES),
    Migration(22, "displays: the wall screens of crisis rooms", display_tables.TABLES),
)
