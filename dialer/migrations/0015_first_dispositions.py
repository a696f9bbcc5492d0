"""The outcomes that most desks file their calls under, and daily limits of 0, which the next migration forbids."""

from django.db import migrations

#: code, name, what it says of the contact, what may start a quiet period
FIRST = (
    ("sale", "Sale", ("is_success", "is_final"), "conversation"),
    ("promise_to_pay", "Promise to pay", ("is_success", "is_final"), "conversation"),
    ("appointment", "Appointment made", ("is_success", "is_final"), "conversation"),
    ("informed", "Informed, or survey done", ("is_success", "is_final"), "conversation"),
    ("callback", "Call back later", ("retry",), "conversation"),
    ("not_available", "Somebody else answered, the person is not there", ("retry",), ""),
    ("hung_up", "Hung up before the matter was named", ("retry",), ""),
    ("no_agent", "Answered, and no agent was free in time", ("retry",), "abandon"),
    ("answering_machine", "Answering machine", (), ""),
    ("not_interested", "Not interested", ("is_final",), "refusal"),
    ("refused", "Refused to talk", ("is_final",), "refusal"),
    ("language_barrier", "No common language", ("is_final",), "conversation"),
    ("wrong_number", "Wrong number", ("is_final",), ""),
    ("fax", "Fax or modem", ("is_final",), ""),
    ("deceased", "The person has died", ("is_final", "suppresses"), ""),
    ("do_not_call", "Asked not to be called", ("is_final", "suppresses"), "refusal"),
)


def add_first(apps, schema_editor):
    disposition = apps.get_model("dialer", "Disposition")
    for code, name, flags, event in FIRST:
        values = {"name": name, "event": event} | {flag: True for flag in flags}
        disposition.objects.get_or_create(code=code, defaults=values)


def lift_zero(apps, schema_editor):
    # 0 was taken and dialed nobody; the least that a limit can say comes nearest to it.
    apps.get_model("dialer", "Campaign").objects.filter(daily_call_limit=0).update(daily_call_limit=1)


class Migration(migrations.Migration):

    dependencies = [
        ("dialer", "0014_dispositions_and_consents"),
    ]

    operations = [
        # What people made of the outcomes meanwhile is theirs: going back deletes nothing.
        migrations.RunPython(add_first, migrations.RunPython.noop),
        migrations.RunPython(lift_zero, migrations.RunPython.noop),
    ]
