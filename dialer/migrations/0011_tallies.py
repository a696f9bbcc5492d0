from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('dialer', '0010_change_feed_and_webhooks'),
    ]

    operations = [
        migrations.CreateModel(
            name='Tally',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('owner_id', models.UUIDField()),
                ('kind', models.CharField(max_length=8)),
                ('state', models.CharField(max_length=16)),
                ('detail', models.CharField(max_length=32)),
                ('number', models.PositiveSmallIntegerField()),
                ('day', models.DateField()),
                ('currency', models.CharField(max_length=3)),
                ('total', models.BigIntegerField()),
                ('priced', models.BigIntegerField()),
                ('cost', models.BigIntegerField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('owner_id', 'kind', 'state', 'detail', 'number', 'day', 'currency'), name='tally_once'), models.CheckConstraint(condition=models.Q(('kind__in', ['contact', 'attempt', 'event'])), name='tally_kind_word')],
            },
        ),
        migrations.CreateModel(
            name='TallyDelta',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('owner_id', models.UUIDField()),
                ('kind', models.CharField(max_length=8)),
                ('state', models.CharField(max_length=16)),
                ('detail', models.CharField(max_length=32)),
                ('number', models.PositiveSmallIntegerField()),
                ('day', models.DateField()),
                ('currency', models.CharField(max_length=3)),
                ('total', models.BigIntegerField()),
                ('priced', models.BigIntegerField()),
                ('cost', models.BigIntegerField()),
            ],
            options={
                'indexes': [models.Index(fields=['owner_id'], name='tally_delta_owner')],
            },
        ),
    ]
