import dialer.clock
import dialer.models.ids
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('dialer', '0003_native_rings'),
    ]

    operations = [
        migrations.CreateModel(
            name='HookMessage',
            fields=[
                ('id', models.UUIDField(default=dialer.models.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=dialer.clock.now, editable=False)),
                ('dedupe_key', models.CharField(max_length=64)),
                ('state', models.CharField(choices=[('received', 'received'), ('waiting', 'waiting'), ('done', 'done'), ('rejected', 'rejected'), ('parked', 'parked')], default='received', max_length=8)),
                ('body', models.TextField(blank=True, default='')),
                ('query', models.JSONField(default=dict)),
                ('content_type', models.CharField(blank=True, default='', max_length=100)),
                ('tries', models.PositiveSmallIntegerField(default=0)),
                ('read_after', models.DateTimeField(null=True)),
                ('reason', models.CharField(blank=True, default='', max_length=300)),
            ],
            options={
                'ordering': ('-id',),
            },
        ),
        migrations.AddField(
            model_name='hookmessage',
            name='provider_account',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='hook_messages', to='dialer.provideraccount'),
        ),
        migrations.AddIndex(
            model_name='hookmessage',
            index=models.Index(condition=models.Q(('read_after__isnull', False)), fields=['read_after'], name='hook_due'),
        ),
        migrations.AddConstraint(
            model_name='hookmessage',
            constraint=models.UniqueConstraint(fields=('provider_account', 'dedupe_key'), name='hook_once'),
        ),
        migrations.AddConstraint(
            model_name='hookmessage',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['received', 'waiting', 'done', 'rejected', 'parked'])), name='hook_state_word'),
        ),
        migrations.AddConstraint(
            model_name='hookmessage',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('read_after__isnull', False), ('state__in', ['received', 'waiting'])), models.Q(('read_after__isnull', True), ('state__in', ['done', 'rejected', 'parked'])), _connector='OR'), name='hook_due_says_state'),
        ),
    ]
