"""Two officers edit one record: the second sees the first's change and loses nothing."""

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from keqiao.people.models import User
from keqiao.registry.demand.models import Demand
from keqiao.registry.records.history import versions
from tests.factories.registry import DemandFactory

pytestmark = pytest.mark.django_db
SignedIn = Callable[[User], Client]


def form_of(page: str) -> dict[str, str]:
    """Every text field and hidden input of the page as a browser would send it."""
    form: dict[str, str] = {}
    for tag in re.findall(r"<input[^>]+>", page):
        found = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if found.get("type") in ("checkbox", "radio") and " checked" not in tag:
            continue
        if "name" in found:
            blank = "on" if found.get("type") in ("checkbox", "radio") else ""
            form[found["name"]] = found.get("value", blank).replace("&quot;", '"')
    for name, text in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>\n?([^<]*)</textarea>', page):
        form[name] = text
    for name, body in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', page, re.S):
        chosen = re.search(r'<option value="([^"]*)" selected', body)
        form[name] = chosen[1] if chosen else ""
    return form


def test_the_second_editor_sees_the_first_ones_change_and_keeps_his_own(
    signed_in: SignedIn, bureau_officer: User, county_officer: User
) -> None:
    demand = DemandFactory(published=True, foundation="一条反渗透线", partner_requirements="有工程业绩")
    url = reverse("desk:demand-edit", args=[demand.public_id])
    first, second = signed_in(bureau_officer), signed_in(county_officer)
    his, mine = form_of(first.get(url).content.decode()), form_of(second.get(url).content.decode())

    # the first changes the foundation and the title and saves
    assert (
        first.post(
            url, his | {"foundation": "两条反渗透线", "title": "高盐废水盐分回收（市局改）"}
        ).status_code
        == 302
    )

    # the second changed the foundation too, and the requirements
    mine |= {"foundation": "三条反渗透线", "partner_requirements": "有膜法工程业绩"}
    refused = second.post(url, mine)
    html = refused.content.decode()
    assert refused.status_code == 409
    assert str(bureau_officer) in html
    assert "三条反渗透线" in html  # his own input is still in the form
    assert "有膜法工程业绩" in html
    assert 'name="keep-foundation"' in html
    assert 'name="keep-partner_requirements"' not in html  # only he changed that: nothing to decide
    assert re.search(r'name="keep-title" value="theirs" checked', html)  # only the other one changed that
    assert Demand.objects.get().foundation == "两条反渗透线"

    # he decides: his foundation, the other one's title
    again = form_of(html) | {"keep-foundation": "mine", "keep-title": "theirs"}
    assert second.post(url, again).status_code == 302
    saved = Demand.objects.get()
    assert saved.foundation == "三条反渗透线"
    assert saved.title == "高盐废水盐分回收（市局改）"
    assert saved.partner_requirements == "有膜法工程业绩"
    assert saved.version == 3
    assert [one.content["foundation"] for one in versions(saved)] == [
        "三条反渗透线",
        "两条反渗透线",
        "一条反渗透线",
    ]


def test_the_second_editor_may_also_take_the_first_ones_words(
    signed_in: SignedIn, bureau_officer: User, county_officer: User
) -> None:
    demand = DemandFactory(published=True, foundation="甲")
    url = reverse("desk:demand-edit", args=[demand.public_id])
    mine = form_of(signed_in(county_officer).get(url).content.decode()) | {"foundation": "丙"}
    his = form_of(signed_in(bureau_officer).get(url).content.decode()) | {"foundation": "乙"}
    signed_in(bureau_officer).post(url, his)
    conflict = signed_in(county_officer).post(url, mine).content.decode()
    signed_in(county_officer).post(url, form_of(conflict) | {"keep-foundation": "theirs"})
    assert Demand.objects.get().foundation == "乙"


def test_saving_the_form_unchanged_makes_no_version(signed_in: SignedIn, bureau_officer: User) -> None:
    demand = DemandFactory(published=True)
    url = reverse("desk:demand-edit", args=[demand.public_id])
    browser = signed_in(bureau_officer)
    page = browser.get(url).content.decode()
    modes = {"cooperation_modes": demand.cooperation_modes}
    browser.post(url, form_of(page) | modes)
    changed = Demand.objects.get()
    assert changed.version == 1
