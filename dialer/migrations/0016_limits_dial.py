from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('dialer', '0015_first_dispositions'),
    ]

    operations = [
        migrations.AddConstraint(
            model_name='campaign',
            constraint=models.CheckConstraint(condition=models.Q(('daily_call_limit__isnull', True), ('daily_call_limit__gt', 0), _connector='OR'), name='campaign_daily_limit_positive'),
        ),
    ]
