"""V-01: who may have vouchers. The place of the programme, a title in force, or the rule book on the firm's figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from keqiao.codes import divisions
from keqiao.firm.enums import TitleKind
from keqiao.firm.facts import facts_of_some, living
from keqiao.people.models import Organisation
from keqiao.registry.enterprise.models import Enterprise
from keqiao.rules.book import Version
from keqiao.rules.facts import title_of
from keqiao.rules.judging import Outcome, judge
from keqiao.rules.shelf import current
from keqiao.voucher.terms import Terms

_MOST_SAID = 2


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether a firm may have vouchers. refusal: why not and the way on. doubt: what an officer has to look up himself.

    article: the text it rests on. firm: public id of its page in the registry, None when it has none.
    """

    refusal: str = ""
    doubt: str = ""
    article: str = ""
    firm: UUID | None = None


def standings(
    firms: Sequence[Organisation], division_code: str, terms: Terms, day: date
) -> dict[int, Standing]:
    """{unit's key: standing} on that day. Five queries whatever the number of firms."""
    pages, version = _pages(firms), current(terms.eligible_book).find(day, division_code[:6])
    facts = facts_of_some(list(pages.values()), day) if pages else {}
    return {
        one.pk: standing(
            one.division_code, division_code, facts[page.pk] if page else None, terms, version, day, page=page
        )
        for one in firms
        for page in (pages.get(one.pk),)
    }


def _pages(firms: Sequence[Organisation]) -> dict[int, Enterprise]:
    """The page of each unit in the registry, the newest when there are several."""
    rows = living().filter(organisation__in=[one.pk for one in firms]).order_by("pk")
    return {one.organisation_id: one for one in rows}


def standing(
    place: str, programme_place: str, facts: Mapping[str, Any] | None, terms: Terms, version: Version | None,
    day: date, *, page: Enterprise | None = None,
) -> Standing:  # fmt: skip
    """Judge one firm by its facts (None: it has no page in the registry). What is unknown is a doubt, never a refusal.

    version: of the rule book that holds that day, None when there is none.
    """
    public_id = page.public_id if page is not None else None
    article = terms.eligible_article + ("，待核实" if terms.verify else "")
    prefix = divisions.prefix_of(programme_place) if programme_place else ""
    if place and prefix and not place.startswith(prefix):
        return Standing(
            f"V-01：登记在{_named(place)}，本年度只发给{_named(programme_place)}的企业。"
            "请到所在地申领；确已迁来的，先在企业档案里更正所在地。",
            article=article, firm=public_id,
        )  # fmt: skip
    if facts is None:
        return Standing(doubt="V-01：企业库里没有它的档案，资格没有判断，请核对入库证书", article=article)
    if set(terms.eligible_titles) & set(facts.get("titles", ())):
        return Standing(article=article, firm=public_id)
    title = "、".join(TitleKind(one).label for one in terms.eligible_titles)
    if version is None:
        return Standing(doubt=f"V-01：没有登记{title}证书，请核对", article=article, firm=public_id)
    judged = judge(version, facts, on=day)
    if judged.outcome is Outcome.UNMET:
        why = "；".join((one.says or one.title).rstrip("。") for one in judged.unmet[:_MOST_SAID])
        return Standing(
            f"V-01：没有有效的{title}资格，按{judged.on.year - 1}年数据也不符合条件：{why or '综合评价不够'}。"
            "已取得证书的，先在企业档案里登记；数据有误的，更正后重新检查。",
            article=article, firm=public_id,
        )  # fmt: skip
    if judged.outcome is Outcome.MET:
        return Standing(
            doubt=f"V-01：数据符合{title}条件，还没有登记入库证书，请核对", article=article, firm=public_id
        )
    lacking = "、".join(title_of(name) for name in judged.missing[:3])
    more = f"（缺{lacking}{'等' if len(judged.missing) > 3 else ''}）" if lacking else ""
    return Standing(
        doubt=f"V-01：没有登记{title}证书，数据也不够判断{more}，请核对入库证书",
        article=article,
        firm=public_id,
    )


def _named(code: str) -> str:
    row = divisions.division(code)
    return row.name if row is not None else code
