"""A listing from its draft to its result, on a timeline of its own."""

import datetime as dt
import threading
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, connections

from keqiao.core.audit import AuditEntry
from keqiao.core.errors import BadInput, KeqiaoError, NotAllowed, NotFound
from keqiao.deal.enums import Opening, Stage
from keqiao.deal.models import Case
from keqiao.deal.opening import open_case
from keqiao.hall.access import listing_for
from keqiao.hall.bids import (
    apply_to_bid,
    ask_unseal,
    decide_admission,
    place_bid,
    take_back,
    unseal,
    withdraw_admission,
)
from keqiao.hall.concluding import conclude, fail_listing, signing_refusal
from keqiao.hall.enums import NoticeKind, Phase, State, Way
from keqiao.hall.ledger import receipt_of
from keqiao.hall.listing import publish_listing, relist, reschedule, return_listing, submit_listing
from keqiao.hall.log import clock_of, digest_of, played_of
from keqiao.hall.models import HallEvent, Listing, Notice, Offer
from keqiao.hall.objecting import decide_objection, object_to
from keqiao.message.models import Message
from keqiao.people.models import User
from tests.factories.hall import a_listing, admitted, announced, at
from tests.factories.people import UserFactory
from tests.factories.registry import AchievementFactory

pytestmark = pytest.mark.django_db


def notice_of(listing: Listing) -> Notice:
    return Notice.objects.get(listing=listing, kind=NoticeKind.LISTING)


def an_objection(listing: Listing, now: dt.datetime, **facts: Any) -> Any:
    facts = {"by_whom": "person", "name": "王建国", "phone": "13812345678",
             "text": "第二完成人没有签字，成果权属有争议，附会议纪要。"} | facts  # fmt: skip
    return object_to(notice=notice_of(listing), now=now, **facts)


def decided(objection: Any, by: User, now: dt.datetime, decision: str = "rejected") -> Notice:
    return decide_objection(
        objection=objection,
        decision=decision,
        public_subject="成果权属",
        reason="权属协议齐全，各完成人均已签字。",
        by=by,
        now=now,
    )


# -- announcing -----------------------------------------------------------------------------------------------------


def test_an_officer_checks_before_anything_is_public(
    institute_user: User, county_officer: User, stranger: User
) -> None:
    listing = submit_listing(listing=a_listing(institute_user), by=institute_user)
    with pytest.raises(NotFound):
        listing_for(stranger, listing.public_id)

    return_listing(listing=listing, reason="请写明评估报告文号", by=county_officer)
    listing = submit_listing(listing=listing, by=institute_user)
    notice = publish_listing(listing=listing, by=county_officer, now=at(3, 1))

    listing.refresh_from_db()
    assert (listing.number, listing.state, notice.number) == (
        "挂牌-2099-0001",
        State.PUBLISHED,
        "挂牌公告-2099-0001",
    )
    assert notice.digest == digest_of(notice.content)
    assert dict(notice.content)["底价"] == "100,000.00 元"
    assert listing_for(stranger, listing.public_id) == listing
    assert AuditEntry.objects.filter(action="listing.published").count() == 1


def test_only_the_owner_lists_a_public_record_and_only_once(institute_user: User, stranger: User) -> None:
    target = AchievementFactory(published=True, organisation=institute_user.organisation)
    with pytest.raises(NotAllowed, match="持有单位"):
        a_listing(stranger, target=target)
    with pytest.raises(NotAllowed, match="公开方式"):
        a_listing(
            institute_user,
            target=AchievementFactory(published=True, masked=True, organisation=institute_user.organisation),
        )
    a_listing(institute_user, target=target)
    with pytest.raises(NotAllowed, match="没有结束"):
        a_listing(institute_user, target=target)


def test_a_buyer_who_is_the_inventor_is_marked_in_the_notice(
    institute_user: User, county_officer: User
) -> None:
    with pytest.raises(BadInput, match="标明"):
        a_listing(institute_user, agreed=True, buyer_relation="")
    with pytest.raises(BadInput, match="什么关系"):
        a_listing(institute_user, agreed=True, buyer_relation="inventor")

    listing = announced(
        institute_user,
        county_officer,
        agreed=True,
        buyer_relation="inventor",
        relation_note="完成人王某持股 60%",
    )

    assert dict(notice_of(listing).content)["受让方与成果的关系"] == "成果完成人：完成人王某持股 60%"


def test_offers_may_not_begin_before_the_publicity_is_over(
    institute_user: User, county_officer: User
) -> None:
    with pytest.raises(BadInput, match="2099-03-15 止"):
        announced(institute_user, county_officer, opens_at=at(3, 15), closes_at=at(3, 16))


def test_an_officer_of_another_county_or_of_the_owner_may_not_announce(
    institute_user: User, other_county_officer: User, county_officer: User
) -> None:
    listing = submit_listing(listing=a_listing(institute_user), by=institute_user)
    county_officer.organisation = institute_user.organisation
    for officer, word in ((other_county_officer, "所在地"), (county_officer, "回避")):
        with pytest.raises(NotAllowed, match=word):
            publish_listing(listing=listing, by=officer)


# -- agreed price and the clock ---------------------------------------------------------------------------------------


def test_an_agreed_price_is_confirmed_only_after_the_fifteenth_day(
    institute_user: User, county_officer: User
) -> None:
    listing = announced(institute_user, county_officer, agreed=True)

    with pytest.raises(NotAllowed, match="公示期还没有满"):
        conclude(listing=listing, by=county_officer, now=at(3, 15, 18))
    assert signing_refusal(listing, at(3, 15)) is not None
    result = conclude(listing=listing, by=county_officer, now=at(3, 16))

    assert (result.price_yuan, result.buyer_name, result.way) == (
        Decimal(800_000),
        "固镇某膜技术公司",
        Way.AGREED,
    )
    assert result.notice.kind == NoticeKind.RESULT
    listing.refresh_from_db()
    assert signing_refusal(listing, at(3, 16)) is None
    assert played_of(listing).holds


def test_a_working_day_clock_crosses_a_holiday(
    institute_user: User, county_officer: User, settings: Any, tmp_path: Any
) -> None:
    own = tmp_path / "terms.yaml"
    own.write_text(
        "publicity:\n  - {since: 2026-01-01, prefix: '', length: 5, unit: working, basis: 本市办法, verify: false}\n",
        "utf-8",
    )
    settings.KEQIAO_HALL_TERMS = str(own)
    eve = dt.datetime(2026, 9, 29, 9, tzinfo=at(1, 1).tzinfo)  # two days before the National Day holiday

    listing = announced(institute_user, county_officer, agreed=True, now=eve)

    clock = clock_of(listing, eve)
    assert clock.reading is not None
    assert clock.reading.ends_on is not None
    assert clock.reading.ends_on >= dt.date(2026, 10, 9)
    with pytest.raises(NotAllowed, match="公示期还没有满"):
        conclude(listing=listing, by=county_officer, now=eve + dt.timedelta(days=7))


# -- objections -------------------------------------------------------------------------------------------------------


def test_an_objection_on_the_last_day_stops_the_clock_and_leaves_that_day_to_run_again(
    institute_user: User, county_officer: User
) -> None:
    listing = announced(institute_user, county_officer, agreed=True)
    objection = an_objection(listing, at(3, 15, 23, 59))
    with pytest.raises(NotAllowed, match="异议没有处理"):
        conclude(listing=listing, by=county_officer, now=at(3, 20))
    assert "异议" in (signing_refusal(listing, at(3, 20)) or "")

    decided(objection, county_officer, at(3, 20))

    with pytest.raises(NotAllowed, match="03-21 止"):
        conclude(listing=listing, by=county_officer, now=at(3, 21))
    assert conclude(listing=listing, by=county_officer, now=at(3, 22)).number


def test_an_objection_after_the_last_day_is_refused(institute_user: User, county_officer: User) -> None:
    listing = announced(institute_user, county_officer, agreed=True)
    with pytest.raises(NotAllowed, match="2099-03-15 结束"):
        an_objection(listing, at(3, 16, 0, 1))


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"name": ""}, "name"), ({"name": "匿名"}, "name"), ({"name": "王先生"}, "name"), ({"phone": ""}, "phone"),
        ({"phone": "微信"}, "phone"), ({"by_whom": "unit", "name": "固镇某厂"}, "contact_name"), ({"text": "不行"}, "text"),
    ],
)  # fmt: skip
def test_an_anonymous_or_empty_objection_is_refused_with_the_reason(
    institute_user: User, county_officer: User, facts: dict[str, str], field: str
) -> None:
    listing = announced(institute_user, county_officer, agreed=True)
    with pytest.raises(BadInput) as refused:
        an_objection(listing, at(3, 5), **facts)
    assert refused.value.field == field


def test_who_objects_is_stored_encrypted_and_published_nowhere(
    institute_user: User, county_officer: User
) -> None:
    listing = announced(institute_user, county_officer, agreed=True)
    objection = an_objection(listing, at(3, 5))
    with pytest.raises(BadInput, match="王建国"):
        decide_objection(
            objection=objection,
            decision="rejected",
            public_subject="权属",
            reason="已向王建国说明",
            by=county_officer,
            now=at(3, 6),
        )
    with pytest.raises(BadInput, match="理由"):
        decide_objection(
            objection=objection,
            decision="rejected",
            public_subject="权属",
            reason=" ",
            by=county_officer,
            now=at(3, 6),
        )

    decided(objection, county_officer, at(3, 6))

    with connection.cursor() as cursor:
        cursor.execute("SELECT name, phone, text FROM hall_objection")
        stored = "".join(cursor.fetchone())
    published = str(
        [*Notice.objects.values_list("content", flat=True), *HallEvent.objects.values_list("data", flat=True)]
    )
    trail = str(list(AuditEntry.objects.values_list("object_title", "reason", "changes")))
    mail = str(list(Message.objects.values_list("subject", "text")))
    for secret in ("王建国", "13812345678", "会议纪要"):
        assert secret not in stored + published + trail + mail
    assert "成果权属" in published


def test_an_objection_that_is_upheld_ends_the_listing(institute_user: User, county_officer: User) -> None:
    listing = announced(institute_user, county_officer, agreed=True)

    decided(an_objection(listing, at(3, 5)), county_officer, at(3, 8), "upheld")

    listing.refresh_from_db()
    assert listing.state == State.STOPPED
    assert listing.notices.filter(kind=NoticeKind.STOPPED).exists()


def test_an_objection_that_moves_the_clock_past_the_window_needs_a_notice_of_the_new_one(
    institute_user: User, county_officer: User, enterprise_user: User
) -> None:
    listing = announced(institute_user, county_officer)
    admitted(listing, enterprise_user, county_officer)
    decided(an_objection(listing, at(3, 10)), county_officer, at(3, 19))
    with pytest.raises(NotAllowed, match="公示期还没有满"):
        place_bid(listing=listing, amount=Decimal(100_000), by=enterprise_user, now=at(3, 17, 10))

    reschedule(
        listing=listing,
        opens_at=at(3, 29),
        closes_at=at(3, 29, 11),
        reason="异议处理顺延",
        by=county_officer,
        now=at(3, 20),
    )

    assert (
        place_bid(listing=listing, amount=Decimal(100_000), by=enterprise_user, now=at(3, 29, 10)).alias
        == "竞买人1"
    )
    assert played_of(listing).holds


# -- bids -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def other_bidder(db: None) -> User:
    return UserFactory(enterprise=True, name="企业小钱")


def test_of_two_bidders_in_the_same_second_one_is_first_and_the_other_is_told_what_to_bid(
    institute_user: User, county_officer: User, enterprise_user: User, other_bidder: User
) -> None:
    listing = announced(institute_user, county_officer)
    admitted(listing, enterprise_user, county_officer)
    admitted(listing, other_bidder, county_officer)

    first = place_bid(listing=listing, amount=Decimal(100_000), by=enterprise_user, now=at(3, 17, 10))
    with pytest.raises(BadInput, match="105,000"):
        place_bid(listing=listing, amount=Decimal(100_000), by=other_bidder, now=at(3, 17, 10))
    second = place_bid(listing=listing, amount=Decimal(105_000), by=other_bidder, now=at(3, 17, 10))

    assert first.at <= second.at
    assert first.receipt == receipt_of("竞买人1", Decimal(100_000), first.nonce, first.at)
    assert list(Offer.objects.values_list("amount_yuan", flat=True)) == [100_000, 105_000]
    result = conclude(listing=listing, by=county_officer, now=at(3, 17, 12))
    assert (result.buyer, result.price_yuan, result.bidder_count) == (other_bidder.organisation, 105_000, 2)


@pytest.mark.django_db(transaction=True)
def test_eight_bids_of_the_same_amount_at_once_and_one_is_taken(
    institute_user: User, county_officer: User, enterprise_user: User, other_bidder: User
) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite writes one after the other anyway; the sequential test above covers it")
    listing = announced(institute_user, county_officer)
    admitted(listing, enterprise_user, county_officer)
    admitted(listing, other_bidder, county_officer)
    taken: list[str] = []
    together = threading.Barrier(8)

    def bid(by: User) -> None:
        together.wait()
        try:
            taken.append(
                place_bid(listing=listing, amount=Decimal(100_000), by=by, now=at(3, 17, 10)).receipt
            )
        except KeqiaoError:
            pass
        finally:
            connections.close_all()

    threads = [threading.Thread(target=bid, args=((enterprise_user, other_bidder)[n % 2],)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(taken) == 1
    assert played_of(listing).holds


def test_a_withdrawn_admission_takes_its_bids_along(
    institute_user: User, county_officer: User, enterprise_user: User, other_bidder: User
) -> None:
    listing = announced(institute_user, county_officer)
    admitted(listing, enterprise_user, county_officer)
    admission = admitted(listing, other_bidder, county_officer)
    place_bid(listing=listing, amount=Decimal(100_000), by=enterprise_user, now=at(3, 17, 10))
    place_bid(listing=listing, amount=Decimal(105_000), by=other_bidder, now=at(3, 17, 10, 1))

    withdraw_admission(admission=admission, reason="保证金没有到账", by=county_officer, now=at(3, 17, 10, 2))

    with pytest.raises(NotAllowed, match="保证金没有到账"):
        place_bid(listing=listing, amount=Decimal(110_000), by=other_bidder, now=at(3, 17, 10, 3))
    result = conclude(listing=listing, by=county_officer, now=at(3, 17, 12))
    assert (result.buyer, result.price_yuan) == (enterprise_user.organisation, 100_000)
    assert played_of(listing).holds


def test_the_owner_may_not_bid_for_its_own_result_and_an_inventor_is_marked(
    institute_user: User, county_officer: User, enterprise_user: User
) -> None:
    listing = announced(institute_user, county_officer)
    with pytest.raises(NotAllowed, match="本单位"):
        apply_to_bid(listing=listing, by=institute_user, now=at(3, 5))
    with pytest.raises(BadInput, match="什么关系"):
        apply_to_bid(listing=listing, by=enterprise_user, relation="inventor", now=at(3, 5))
    admitted(listing, enterprise_user, county_officer, relation="inventor", relation_note="完成人参股")
    place_bid(listing=listing, amount=Decimal(100_000), by=enterprise_user, now=at(3, 17, 10))

    result = conclude(listing=listing, by=county_officer, now=at(3, 17, 12))

    assert dict(result.notice.content)["受让方与成果的关系"] == "成果完成人：完成人参股"


def test_a_bid_before_admission_or_after_the_end_is_refused(
    institute_user: User, county_officer: User, enterprise_user: User
) -> None:
    listing = announced(institute_user, county_officer)
    with pytest.raises(NotAllowed, match="竞买登记"):
        place_bid(listing=listing, amount=Decimal(100_000), by=enterprise_user, now=at(3, 17, 10))
    admitted(listing, enterprise_user, county_officer)
    with pytest.raises(BadInput, match="开始"):
        place_bid(listing=listing, amount=Decimal(100_000), by=enterprise_user, now=at(3, 16, 10))
    with pytest.raises(BadInput, match="截止"):
        place_bid(listing=listing, amount=Decimal(100_000), by=enterprise_user, now=at(3, 17, 11))


def test_sealed_amounts_stay_closed_until_two_persons_open_them(
    institute_user: User,
    county_officer: User,
    bureau_officer: User,
    enterprise_user: User,
    other_bidder: User,
) -> None:
    listing = announced(institute_user, county_officer, sealed=True, way=Way.AUCTION)
    admitted(listing, enterprise_user, county_officer)
    admitted(listing, other_bidder, county_officer)
    place_bid(listing=listing, amount=Decimal(190_000), by=enterprise_user, now=at(3, 17, 9, 30))
    take_back(listing=listing, by=enterprise_user, now=at(3, 17, 9, 40))
    place_bid(listing=listing, amount=Decimal(123_456), by=enterprise_user, now=at(3, 17, 9, 50))
    receipt = place_bid(listing=listing, amount=Decimal(150_000), by=other_bidder, now=at(3, 17, 10))

    with connection.cursor() as cursor:
        cursor.execute("SELECT secret, amount_yuan FROM hall_offer")
        assert not any(word in str(cursor.fetchall()) for word in ("123456", "150000", "190000"))
    assert "123456" not in str(list(HallEvent.objects.values_list("data", flat=True)))
    assert "123456" not in str(list(AuditEntry.objects.values_list("changes", flat=True)))
    with pytest.raises(NotAllowed, match="截止前"):
        ask_unseal(listing=listing, by=county_officer, now=at(3, 17, 10, 30))
    with pytest.raises(NotAllowed, match="还没有开标"):
        conclude(listing=listing, by=county_officer, now=at(3, 17, 12))
    ask_unseal(listing=listing, by=county_officer, now=at(3, 17, 12))
    with pytest.raises(NotAllowed, match="两个人"):
        unseal(listing=listing, by=county_officer, now=at(3, 17, 12))

    played = unseal(listing=listing, by=bureau_officer, now=at(3, 17, 12))

    assert played.holds
    opened = HallEvent.objects.get(kind="opened").data["bids"]
    assert {"seq": receipt.seq, "amount": "150000.00", "nonce": receipt.nonce} in opened
    assert "190000" not in str(opened)
    result = conclude(listing=listing, by=county_officer, now=at(3, 17, 12, 5))
    assert (result.buyer, result.price_yuan) == (other_bidder.organisation, 150_000)
    assert played_of(listing).holds


def test_nobody_bids_and_the_owner_lists_again(institute_user: User, county_officer: User) -> None:
    listing = announced(institute_user, county_officer)
    with pytest.raises(NotAllowed, match="没有有效报价"):
        conclude(listing=listing, by=county_officer, now=at(3, 18))

    notice = fail_listing(listing=listing, by=county_officer, now=at(3, 18))
    again = relist(listing=listing, by=institute_user)

    assert dict(notice.content)["未成交原因"] == "报价截止时没有有效报价"
    assert (again.state, again.relisted_from, again.opens_at) == (State.DRAFT, listing, None)
    with pytest.raises(BadInput, match="报价开始时间"):
        submit_listing(listing=again, by=institute_user)


def test_an_auction_with_one_bidder_has_no_result_a_listing_has(
    institute_user: User, county_officer: User, enterprise_user: User
) -> None:
    for way, has_result in ((Way.AUCTION, False), (Way.LISTED, True)):
        listing = announced(institute_user, county_officer, way=way)
        admitted(listing, enterprise_user, county_officer)
        place_bid(listing=listing, amount=Decimal(100_000), by=enterprise_user, now=at(3, 17, 10))
        if has_result:
            assert conclude(listing=listing, by=county_officer, now=at(3, 18)).price_yuan == 100_000
        else:
            with pytest.raises(NotAllowed, match="不足 2 家"):
                conclude(listing=listing, by=county_officer, now=at(3, 18))


def test_a_bid_in_the_last_minutes_moves_the_end(
    institute_user: User, county_officer: User, enterprise_user: User, other_bidder: User
) -> None:
    listing = announced(institute_user, county_officer)
    admitted(listing, enterprise_user, county_officer)
    admitted(listing, other_bidder, county_officer)
    place_bid(listing=listing, amount=Decimal(100_000), by=enterprise_user, now=at(3, 17, 10, 58))

    assert clock_of(listing, at(3, 17, 11, 1)).phase is Phase.BIDDING
    place_bid(listing=listing, amount=Decimal(105_000), by=other_bidder, now=at(3, 17, 11, 2))
    with pytest.raises(NotAllowed, match="还没有截止"):
        conclude(listing=listing, by=county_officer, now=at(3, 17, 11, 6))


def test_a_refused_admission_names_the_reason_and_gets_no_alias(
    institute_user: User, county_officer: User, enterprise_user: User
) -> None:
    listing = announced(institute_user, county_officer, conditions="须有环保工程资质")
    with pytest.raises(BadInput, match="受让条件"):
        apply_to_bid(listing=listing, by=enterprise_user, now=at(3, 5))
    admission = apply_to_bid(listing=listing, by=enterprise_user, statement="有资质", now=at(3, 5))
    with pytest.raises(BadInput, match="理由"):
        decide_admission(admission=admission, is_admitted=False, by=county_officer, now=at(3, 6))

    admission = decide_admission(
        admission=admission, is_admitted=False, reason="资质已过期", by=county_officer, now=at(3, 6)
    )

    assert (admission.alias, admission.reason) == ("", "资质已过期")
    assert any("资质已过期" in one.text for one in Message.objects.filter(user=enterprise_user))


# -- the deal desk ----------------------------------------------------------------------------------------------------


def test_a_deal_opens_a_case_at_the_deal_desk(institute_user: User, county_officer: User) -> None:
    listing = announced(institute_user, county_officer, agreed=True)

    result = conclude(listing=listing, by=county_officer, now=at(3, 16))

    assert result.case is not None
    assert result.case.owner == county_officer
    assert result.number in result.case.steps.filter(kind="noted").get().text


def test_a_deal_that_came_from_a_case_brings_it_to_signing(
    institute_user: User, county_officer: User
) -> None:
    target = AchievementFactory(published=True, organisation=institute_user.organisation)
    case = open_case(opening=Opening.OFFICER, by=county_officer, other=target)
    Case.objects.filter(pk=case.pk).update(stage=Stage.TALK, reached=3)
    listing = announced(institute_user, county_officer, agreed=True, target=target, case=case)

    conclude(listing=listing, by=county_officer, now=at(3, 16))

    case.refresh_from_db()
    assert case.stage == Stage.SIGN
