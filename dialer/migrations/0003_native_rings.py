import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('dialer', '0002_leave_room_for_hot_updates'),
    ]

    operations = [
        migrations.AddField(
            model_name='attempt',
            name='native_of',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='dialer.attempt'),
        ),
        migrations.AddConstraint(
            model_name='attempt',
            constraint=models.UniqueConstraint(condition=models.Q(('native_of__isnull', False)), fields=('native_of', 'ring_no'), name='attempt_native_ring_once'),
        ),
        migrations.AddConstraint(
            model_name='attempt',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('native_of__isnull', True), ('origin', 'ours'), ('ring_no', 1)), models.Q(('native_of__isnull', False), ('origin', 'native'), ('ring_no__gt', 1)), _connector='OR'), name='attempt_native_has_its_order'),
        ),
    ]
