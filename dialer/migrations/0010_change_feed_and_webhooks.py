import dialer.clock
import dialer.models.fields
import dialer.models.ids
import django.db.models.deletion
from django.db import migrations, models

#: How kinds were called before readers could see them.
RENAMED = {
    'campaign.start': 'campaign.started',
    'campaign.pause': 'campaign.pausing',
    'campaign.resume': 'campaign.resumed',
    'campaign.complete': 'campaign.completed',
    'campaign.archive': 'campaign.archived',
    'contact.finished': 'campaign_contact.finished',
    'contact.rearmed': 'campaign_contact.rearmed',
}


def rename_kinds(apps, schema_editor):
    events = apps.get_model('dialer', 'FeedEvent').objects
    for old, new in RENAMED.items():
        events.filter(kind=old).update(kind=new)


class Migration(migrations.Migration):

    dependencies = [
        ('dialer', '0009_instants_of_requests'),
    ]

    operations = [
        migrations.AddField(
            model_name='feedevent',
            name='contact_id',
            field=models.UUIDField(null=True),
        ),
        migrations.CreateModel(
            name='FeedState',
            fields=[
                ('id', models.PositiveSmallIntegerField(default=1, editable=False, primary_key=True, serialize=False)),
                ('last_number', models.BigIntegerField(default=0)),
                ('trimmed_to', models.BigIntegerField(default=0)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='feed_state_is_one'), models.CheckConstraint(condition=models.Q(('trimmed_to__gte', 0), ('trimmed_to__lte', models.F('last_number'))), name='feed_trimmed_behind')],
            },
        ),
        migrations.CreateModel(
            name='WebhookEndpoint',
            fields=[
                ('id', models.UUIDField(default=dialer.models.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=dialer.clock.now, editable=False)),
                ('updated_at', models.DateTimeField(default=dialer.clock.now, editable=False)),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('url', models.CharField(max_length=2000)),
                ('description', models.CharField(blank=True, default='', max_length=300)),
                ('event_types', models.JSONField(blank=True, default=list)),
                ('is_enabled', models.BooleanField(default=True)),
                ('secrets', dialer.models.fields.EncryptedJSONField(default=dict, editable=False)),
                ('previous_until', models.DateTimeField(editable=False, null=True)),
                ('cursor', models.BigIntegerField(default=0, editable=False)),
                ('failures_in_row', models.PositiveIntegerField(default=0, editable=False)),
                ('failing_since', models.DateTimeField(editable=False, null=True)),
                ('resume_at', models.DateTimeField(editable=False, null=True)),
                ('last_success_at', models.DateTimeField(editable=False, null=True)),
                ('disabled_reason', models.CharField(blank=True, choices=[('failing', 'failing'), ('gone', 'gone'), ('by_request', 'by request')], default='', editable=False, max_length=16)),
                ('disabled_at', models.DateTimeField(editable=False, null=True)),
                ('campaign', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='webhook_endpoints', to='dialer.campaign')),
            ],
            options={
                'ordering': ('-id',),
            },
        ),
        migrations.CreateModel(
            name='WebhookDelivery',
            fields=[
                ('id', models.UUIDField(default=dialer.models.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=dialer.clock.now, editable=False)),
                ('kind', models.CharField(max_length=64)),
                ('state', models.CharField(choices=[('pending', 'pending'), ('delivered', 'delivered'), ('failed', 'failed')], default='pending', max_length=16)),
                ('due_at', models.DateTimeField(null=True)),
                ('tries', models.PositiveIntegerField(default=0)),
                ('fence', models.PositiveIntegerField(default=0)),
                ('last_tried_at', models.DateTimeField(null=True)),
                ('last_status', models.PositiveSmallIntegerField(null=True)),
                ('last_error', models.CharField(blank=True, default='', max_length=300)),
                ('last_excerpt', models.CharField(blank=True, default='', max_length=300)),
                ('last_milliseconds', models.PositiveIntegerField(null=True)),
                ('delivered_at', models.DateTimeField(null=True)),
                ('event', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='deliveries', to='dialer.feedevent')),
                ('endpoint', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='deliveries', to='dialer.webhookendpoint')),
            ],
            options={
                'verbose_name_plural': 'webhook deliveries',
                'ordering': ('-id',),
            },
        ),
        migrations.AddConstraint(
            model_name='webhookendpoint',
            constraint=models.CheckConstraint(condition=models.Q(('disabled_reason__in', ['failing', 'gone', 'by_request', ''])), name='endpoint_reason_word'),
        ),
        migrations.AddConstraint(
            model_name='webhookendpoint',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('disabled_at__isnull', True), ('disabled_reason', ''), ('is_enabled', True)), models.Q(('disabled_at__isnull', False), ('is_enabled', False), models.Q(('disabled_reason', ''), _negated=True)), _connector='OR'), name='endpoint_disabled_has_reason'),
        ),
        migrations.AddConstraint(
            model_name='webhookendpoint',
            constraint=models.CheckConstraint(condition=models.Q(('url', ''), _negated=True), name='endpoint_has_url'),
        ),
        migrations.AddIndex(
            model_name='webhookdelivery',
            index=models.Index(fields=['endpoint', 'id'], name='delivery_of_endpoint'),
        ),
        migrations.AddIndex(
            model_name='webhookdelivery',
            index=models.Index(condition=models.Q(('due_at__isnull', False)), fields=['endpoint', 'due_at'], name='delivery_due'),
        ),
        migrations.AddConstraint(
            model_name='webhookdelivery',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['pending', 'delivered', 'failed'])), name='delivery_state_word'),
        ),
        migrations.AddConstraint(
            model_name='webhookdelivery',
            constraint=models.UniqueConstraint(condition=models.Q(('event__isnull', False)), fields=('endpoint', 'event'), name='delivery_once'),
        ),
        migrations.AddConstraint(
            model_name='webhookdelivery',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('due_at__isnull', False), ('state', 'pending')), models.Q(('due_at__isnull', True), ('state__in', ['delivered', 'failed'])), _connector='OR'), name='delivery_due_says_state'),
        ),
        migrations.RunPython(rename_kinds, migrations.RunPython.noop),
    ]
