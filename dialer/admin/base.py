"""Own what all admin pages share: bounded counts, read-only families, and saving only what a form changed.

Never decides a state; whatever the engine writes is shown here and saved by nobody.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import models, transaction
from django.db.models import F
from django.http import HttpRequest
from django.utils.functional import cached_property
from unfold.admin import ModelAdmin, TabularInline
from unfold.widgets import UnfoldAdminTextareaWidget

from dialer import clock

#: Counted no further than this: a page of a million rows must cost what a page of ten thousand costs.
COUNT_LIMIT = 10_000


class BoundedCount(int):
    """A count that says when it stopped counting."""

    def __str__(self) -> str:
        return f"more than {COUNT_LIMIT}" if self > COUNT_LIMIT else int.__repr__(self)

    def __format__(self, spec: str) -> str:
        return str(self) if self > COUNT_LIMIT else int(self).__format__(spec)


class BoundedPaginator(Paginator):
    """A paginator that counts at most `COUNT_LIMIT` rows and pages no further."""

    @cached_property
    def count(self) -> int:
        """Count up to one row more than the limit."""
        rows = self.object_list
        if not isinstance(rows, models.QuerySet):
            return len(rows)
        # Without its order the inner query may stop at the limit instead of sorting everything first.
        return BoundedCount(rows.order_by()[: COUNT_LIMIT + 1].count())


class DialerAdmin(ModelAdmin):
    """What every list of ours has in common."""

    show_full_result_count = False
    paginator = BoundedPaginator
    list_per_page = 50
    list_max_show_all = 200
    # The id is a time: newest first, and no sort that an index does not give.
    ordering: ClassVar[tuple[str, ...]] = ("-id",)
    list_filter_submit = True
    list_horizontal_scrollbar_top = True
    # JSON is seldom long; it can be pulled larger.
    formfield_overrides: ClassVar[dict[Any, Any]] = {
        models.JSONField: {"widget": UnfoldAdminTextareaWidget({"rows": 4})}
    }


class ReadOnlyAdmin(DialerAdmin):
    """Rows that only the engine writes: they are looked at, and nothing else."""

    list_disable_select_all = True

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse: the engine makes these rows."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: the engine changes these rows."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: what happened stays written."""
        return False


class ReadOnlyInline(TabularInline):
    """Related rows to look at."""

    extra = 0
    max_num = 0
    can_delete = False
    show_change_link = True
    hide_title = True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: these rows are made elsewhere."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: these rows are changed elsewhere."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: these rows end elsewhere."""
        return False


class EditableAdmin(DialerAdmin):
    """Rows that people edit while the engine writes other columns of them."""

    warn_unsaved_form = True

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Compare with the locked row, not with a copy that the page would carry."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None:
            field.show_hidden_initial = False
        return field

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """Give the row, locked while a form is saved: what was validated is what is changed."""
        if request.method != "POST" or from_field or not transaction.get_connection().in_atomic_block:
            return super().get_object(request, object_id, from_field)
        try:
            key = self.model._meta.pk.to_python(object_id)
        except (ValidationError, ValueError):
            return None
        return self.get_queryset(request).select_for_update(of=("self",), no_key=True).filter(pk=key).first()

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Insert a new row; of an existing one write the columns that the form changed, and no other."""
        if not change:
            obj.save(force_insert=True)
            return
        values = self.changed_columns(obj, form)
        if values:
            self.write_columns(obj, values)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Save the inlines; their change is a change of the row."""
        super().save_related(request, form, formsets, change)
        changed = any(formset.has_changed() for formset in formsets)
        if change and changed and not self.changed_columns(form.instance, form):
            self.write_columns(form.instance, {})

    def changed_columns(self, obj: Any, form: Any) -> dict[str, Any]:
        """Give column and new value of everything that the form changed."""
        columns = {field.name: field.attname for field in obj._meta.concrete_fields}
        return {columns[name]: getattr(obj, columns[name]) for name in form.changed_data if name in columns}

    def write_columns(self, obj: Any, values: dict[str, Any]) -> None:
        """Update these columns in place; `version` rises where the row has one."""
        names = {field.name for field in obj._meta.concrete_fields}
        if "version" in names:
            values = values | {"version": F("version") + 1, "updated_at": clock.now()}
        type(obj)._default_manager.filter(pk=obj.pk).update(**values)
