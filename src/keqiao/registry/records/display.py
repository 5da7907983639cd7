"""How the value of a field is written for people: code labels, money, days; personal data masked unless asked for."""

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from django.db import models

from keqiao.codes import divisions, lists
from keqiao.core.fields import EncryptedTextField
from keqiao.core.masks import mask_address, mask_email, mask_name, mask_phone
from keqiao.registry.records.models import Record

# Field -> key of the list its codes come from
CODE_LISTS: Mapping[str, str] = {
    "demand_type": "demand_kind",
    "cooperation_modes": "cooperation_way",
    "enterprise_types": "enterprise_label",
    "labels": "enterprise_label",
    "urgency": "urgency",
    "market_stage": "maturity_market",
    "level": "achievement_level",
    "ip_forms": "ip_type",
    "transfer_modes": "transfer_mode",
    "price_basis": "price_way",
    "grade": "resource_level",
}
_CATEGORY_LISTS: Mapping[str, str] = {"resource": "resource_kind", "event": "event_kind"}
TAG_LISTS: Mapping[str, str] = {
    "field11": "技术领域",
    "gbt4754": "国民经济行业",
    "hitech": "高新技术领域",
    "ipc": "IPC 分类",
}

MASKS: Mapping[str, Callable[[str], str]] = {
    "contact_name": mask_name,
    "contact_phone": mask_phone,
    "contact_email": mask_email,
    "legal_representative": mask_name,
    "address": mask_address,
}
_HIDDEN = "不显示"


def column(model: type[models.Model], name: str) -> "models.Field[Any, Any]":
    """The column of this name. AssertionError for a reverse relation: our mistake, none is ever asked for."""
    found = model._meta.get_field(name)
    assert isinstance(found, models.Field)
    return found


def list_of(model: type[Record], name: str) -> str:
    """Key of the code list behind a field, "" for a field without codes."""
    return _CATEGORY_LISTS.get(model.KIND, "") if name == "category" else CODE_LISTS.get(name, "")


def label_of(model: type[Record], name: str) -> str:
    """The Chinese name of a field."""
    return str(column(model, name).verbose_name)


def code_label(list_key: str, code: str) -> str:
    """The name behind a code; what is not a code is shown as it was written."""
    return lists.label(list_key, str(code)) if list_key else str(code)


def division_name(code: str) -> str:
    """安徽省蚌埠市固镇县 for 340323000000; a code that the table does not have is shown as it is."""
    row = divisions.division(code) if code else None
    return row.full_name if row else code


def is_personal(model: type[Record], name: str) -> bool:
    return name in MASKS or isinstance(column(model, name), EncryptedTextField)


def written(model: type[Record], name: str, value: Any, *, full: bool = False) -> str:
    """The value as people read it; "" for nothing. full: personal data unmasked."""
    if value is None or value == "" or value == []:
        return ""
    if is_personal(model, name) and not full:
        return MASKS[name](str(value)) if name in MASKS else _HIDDEN
    field = column(model, name)
    if isinstance(field, models.ForeignKey):
        found = field.related_model._default_manager.filter(pk=getattr(value, "pk", value)).first()
        return str(found or value)
    if name == "division_code":
        return division_name(str(value))
    if isinstance(value, bool):
        return "是" if value else "否"
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    return _plain(list_of(model, name), value)


def _plain(list_key: str, value: Any) -> str:
    if isinstance(value, list | tuple):
        return "、".join(_item(list_key, one) for one in value)
    if isinstance(value, Decimal):
        return f"{value.normalize():,f}"
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()[:10]
    return code_label(list_key, str(value))


def _item(list_key: str, value: Any) -> str:
    if isinstance(value, dict):
        return str(value.get("text") or " ".join(str(part) for part in value.values() if part))
    return code_label(list_key, str(value))


def tag_words(record: Record) -> list[tuple[str, str, list[dict[str, Any]]]]:
    """(list key, its name, [{code, label, by, score}]) for each list that has tags on this record."""
    found = []
    for key, name in TAG_LISTS.items():
        tags = [
            {
                "code": tag["code"],
                "label": lists.label(key, tag["code"]),
                "by": tag.get("by", ""),
                "score": tag.get("score"),
            }
            for tag in (record.tags or {}).get(key, ())
        ]
        if tags:
            found.append((key, name, tags))
    return found
