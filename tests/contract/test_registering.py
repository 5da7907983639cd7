"""Claiming, returning, deciding and numbering; what the public is told of a certificate."""

import io
import multiprocessing
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import docx
import pytest
from django.db import connections
from django.utils import timezone

from keqiao.contract import fromcase, queue, registering
from keqiao.contract.actions import save_contract, submit_contract
from keqiao.contract.certificate import verify, write_certificate
from keqiao.contract.enums import State
from keqiao.contract.models import Contract, ContractRegistration, LedgerEntry
from keqiao.contract.registering import Approved
from keqiao.contract.second import needs_second
from keqiao.core.errors import BadInput, NotAllowed
from keqiao.core.models import AuditEntry, NumberSeries
from keqiao.deal.models import Case
from keqiao.people.models import User
from tests.contract.factories import drafted
from tests.factories.people import UserFactory

pytestmark = pytest.mark.django_db
SAID = Approved("DEV", "DEV-ENTRUST", Decimal("1000000.00"), Decimal("1000000.00"))


@pytest.fixture
def registrar(settings: Any) -> User:
    settings.KEQIAO_HOME_DIVISION = "340300"
    return UserFactory(registrar=True)


def handed_in(by: User, **values: Any) -> Contract:
    return submit_contract(contract=drafted(by, values=values), by=by)


def claimed(by: User, registrar: User, **values: Any) -> Contract:
    return registering.claim_contract(contract=handed_in(by, **values), by=registrar)


def registered(by: User, registrar: User) -> ContractRegistration:
    return registering.register_contract(contract=claimed(by, registrar), by=registrar, approved=SAID)


def test_accepting_starts_the_clock_in_working_days(institute_user: User, registrar: User) -> None:
    contract = claimed(institute_user, registrar)
    assert contract.status == State.REVIEW
    assert contract.registration.handled_by == registrar
    left = queue.clock_of(contract.registration.due_on, timezone.localdate())
    assert left.days == 15
    assert not left.is_late


@pytest.mark.parametrize(
    ("due", "days", "words"),
    [(date(2026, 3, 13), 4, "还有 4 个工作日"), (date(2026, 3, 9), 0, "今天到期"), (date(2026, 3, 6), -1, "已过 1 个工作日"),
     (date(2026, 3, 8), -1, "已过 1 个工作日"), (None, None, "受理后计算")],
)  # fmt: skip
def test_the_clock_says_what_is_left_on_a_monday(due: date | None, days: int | None, words: str) -> None:
    left = queue.clock_of(due, date(2026, 3, 9))
    assert (left.days, left.words, left.is_late) == (days, words, days is not None and days < 0)


def test_the_queue_has_the_late_one_first_and_another_county_sees_nothing(
    institute_user: User, registrar: User
) -> None:
    early, late = claimed(institute_user, registrar), claimed(institute_user, registrar, title="乙")
    ContractRegistration.objects.filter(contract=late).update(due_on=timezone.localdate() - timedelta(days=9))
    assert list(queue.heap(registrar, "mine")) == [late, early]
    assert list(queue.waiting_for(registrar)) == [late, early]
    assert not queue.heap(UserFactory(registrar=True, division="99"), "all").exists()
    assert not queue.waiting_for(institute_user).exists()


def test_only_a_registrar_without_a_stake_accepts(institute_user: User, registrar: User) -> None:
    contract = handed_in(institute_user)
    with pytest.raises(NotAllowed, match="合同登记员"):
        registering.claim_contract(contract=contract, by=UserFactory(bureau_officer=True))
    registrar.organisation = institute_user.organisation
    with pytest.raises(NotAllowed, match="当事人"):
        registering.claim_contract(contract=contract, by=registrar)


def test_a_colleague_takes_a_contract_over_before_deciding(institute_user: User, registrar: User) -> None:
    contract, other = claimed(institute_user, registrar), UserFactory(registrar=True)
    with pytest.raises(NotAllowed, match="接手"):
        registering.register_contract(contract=contract, by=other, approved=SAID)
    registering.claim_contract(contract=contract, by=other)
    assert registering.register_contract(contract=contract, by=other, approved=SAID).decided_by == other


def test_returning_needs_a_listed_ground_and_words_and_cites_the_article(
    institute_user: User, registrar: User
) -> None:
    contract = claimed(institute_user, registrar)
    with pytest.raises(BadInput, match="R01"):
        registering.return_contract(contract=contract, by=registrar, reason_code="R50", reason="缺材料")
    with pytest.raises(BadInput, match="写明"):
        registering.return_contract(contract=contract, by=registrar, reason_code="R09", reason="  ")

    back = registering.return_contract(
        contract=contract, by=registrar, reason_code="R09", reason="缺专利证书"
    )

    step = back.steps.last()
    assert step is not None
    assert step.reason.startswith("缺专利证书（R09 证明材料缺少或不合要求，")
    assert ContractRegistration.objects.get(contract=back).due_on is None
    save_contract(contract=back, by=institute_user, values={"title": "技术开发合同"}, parties={})
    submit_contract(contract=back, by=institute_user)
    again = registering.claim_contract(contract=back, by=registrar)
    assert ContractRegistration.objects.get(contract=again).accepted_on == timezone.localdate()


def test_refusing_keeps_ground_and_words(institute_user: User, registrar: User) -> None:
    contract = registering.refuse_contract(
        contract=claimed(institute_user, registrar), by=registrar, reason_code="R02", reason="是设备买卖合同"
    )
    kept = ContractRegistration.objects.get(contract=contract)
    assert (contract.status, kept.reason_code, kept.reg_no) == (State.REFUSED, "R02", None)


def test_registering_fixes_class_and_sums_and_gives_the_next_number(
    institute_user: User, registrar: User
) -> None:
    first, second = registered(institute_user, registrar), registered(institute_user, registrar)
    year = timezone.localdate().year
    assert [first.reg_no, second.reg_no] == [f"{year}340301000001", f"{year}340301000002"]
    assert (first.class_code, first.statistic_class, first.tech_amount) == (
        "DEV",
        "DEV",
        Decimal("1000000.00"),
    )
    assert AuditEntry.objects.filter(action="contract.registered").count() == 2


def test_sums_other_than_judged_need_a_reason(institute_user: User, registrar: User) -> None:
    contract = claimed(institute_user, registrar)
    less = Approved("DEV", "", Decimal("1000000.00"), Decimal("900000.00"))
    with pytest.raises(BadInput, match="理由"):
        registering.register_contract(contract=contract, by=registrar, approved=less)
    with pytest.raises(BadInput, match="之间"):
        registering.register_contract(
            contract=contract, by=registrar, approved=Approved("DEV", "", Decimal(1), Decimal(2)), reason="x"
        )
    done = registering.register_contract(
        contract=contract, by=registrar, approved=less, reason="扣除检测设备10万元"
    )
    assert done.tech_amount == Decimal("900000.00")


def test_a_refused_registration_takes_no_number(institute_user: User, registrar: User) -> None:
    contract = claimed(institute_user, registrar)
    with pytest.raises(BadInput):
        registering.register_contract(
            contract=contract, by=registrar, approved=Approved("", "", Decimal(1), Decimal(1))
        )
    assert not NumberSeries.objects.filter(series__startswith="登记号").exists()


BIG = {"total_amount": Decimal("12000000.00"), "tech_amount": Decimal("12000000.00")}


def test_a_large_contract_needs_experts_and_another_registrar(institute_user: User, registrar: User) -> None:
    contract = claimed(institute_user, registrar, **BIG)
    said = Approved("DEV", "DEV-ENTRUST", BIG["total_amount"], BIG["tech_amount"])
    with pytest.raises(NotAllowed, match="专家评审"):
        registering.register_contract(contract=contract, by=registrar, approved=said)
    registering.ask_experts(contract=contract, by=registrar, reason="是否有创新内容")
    registering.give_opinion(contract=contract, by=registrar, opinion="有创新内容")
    with pytest.raises(NotAllowed, match="二次审核"):
        registering.register_contract(contract=contract, by=registrar, approved=said)
    registering.ask_second(contract=contract, by=registrar, reason="同意登记")
    with pytest.raises(NotAllowed, match="另一位登记员"):
        registering.register_contract(contract=contract, by=registrar, approved=said)
    other = UserFactory(registrar=True)
    done = registering.register_contract(contract=contract, by=other, approved=said)
    assert (done.second_by, done.handled_by) == (other, registrar)


def test_the_limit_of_the_second_review_is_dated() -> None:
    assert needs_second(Decimal("9999999.99"), date(2026, 3, 9)) is None
    found = needs_second(Decimal(10_000_000), date(2026, 3, 9))
    assert found is not None
    assert found.verify
    assert needs_second(Decimal(10_000_000), date(2000, 1, 1)) is None


def test_a_registered_contract_is_written_back_to_its_case(
    institute_user: User, registrar: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[dict[str, Any]] = []
    case = Case(number="对接-2026-0001")
    monkeypatch.setattr(fromcase, "case_of", lambda contract: case)
    monkeypatch.setattr(fromcase, "record_contract", lambda **given: told.append(given) or case)
    done = registered(institute_user, registrar)
    assert (told[0]["number"], told[0]["is_registered"]) == (done.reg_no, True)


def test_whoever_holds_the_code_learns_what_became_of_the_certificate(
    institute_user: User, registrar: User
) -> None:
    done = registered(institute_user, registrar)
    code = done.certificate_no
    assert verify(code).key == "genuine"
    assert ("登记编号", done.reg_no) in verify(code).lines
    wrong = code[:-1] + ("0" if code[-1] != "0" else "1")
    assert {verify(one).key for one in (wrong, done.reg_no, "", "x' or 1=1")} == {"unknown"}

    registering.end_registration(
        contract=done.contract, by=registrar, move="revoke", reason="虚假合同，法院判决确认"
    )
    assert verify(code).key == "ended"


@pytest.mark.parametrize("where", ["snapshot", "register"])
def test_a_value_changed_behind_the_registrars_back_is_noticed(
    where: str, institute_user: User, registrar: User
) -> None:
    done = registered(institute_user, registrar)
    if where == "register":
        ContractRegistration.objects.filter(pk=done.pk).update(tech_amount=Decimal("900000.00"))
    else:
        version = done.versions.get()
        version.snapshot["lines"][1][1] = "另一个项目"
        version.save()
    assert verify(done.certificate_no).key == "changed"


def test_the_certificate_is_one_word_file_with_number_sums_and_a_code(
    institute_user: User, registrar: User
) -> None:
    done, out = registered(institute_user, registrar), io.BytesIO()
    write_certificate(done.versions.get(), "https://example.org/verify/x/", out)
    document = docx.Document(out)
    text = "\n".join(cell.text for table in document.tables for row in table.rows for cell in row.cells)
    assert done.reg_no in text
    assert "壹佰万元整" in text
    assert done.certificate_no in text
    assert len(document.inline_shapes) == 1


def _register_in_a_process(contract: int, registrar: int, result: Any) -> None:
    """One registrar at another worker of the site: a process with a connection of its own."""
    try:
        registering.register_contract(
            contract=Contract.objects.get(pk=contract), by=User.objects.get(pk=registrar), approved=SAID
        )
        result.put("")
    except Exception as error:  # noqa: BLE001  whatever it was, the parent must hear of it
        result.put(repr(error))
    finally:
        connections.close_all()
        os._exit(0)  # a fork of a test run must not run its ends


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("way", ["threads", "processes"])
def test_eight_registrars_at_once_leave_no_gap_and_no_double(
    way: str, institute_user: User, registrar: User
) -> None:
    """SQLite lets one write at a time and the others wait (BEGIN IMMEDIATE); PostgreSQL locks the row of the series."""
    contracts = [claimed(institute_user, registrar) for _ in range(8)]
    registrars = [UserFactory(registrar=True) for _ in contracts]
    for contract, one in zip(contracts, registrars, strict=True):
        registering.claim_contract(contract=contract, by=one)

    if way == "threads":
        together = threading.Barrier(8)

        def register(given: tuple[Contract, User]) -> None:
            together.wait()
            try:
                registering.register_contract(contract=given[0], by=given[1], approved=SAID)
            finally:
                connections.close_all()

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(register, zip(contracts, registrars, strict=True)))
    else:
        forks = multiprocessing.get_context("fork")
        results = forks.SimpleQueue()
        pairs = [(one.pk, by.pk) for one, by in zip(contracts, registrars, strict=True)]
        connections.close_all()
        children = [forks.Process(target=_register_in_a_process, args=(*pair, results)) for pair in pairs]
        for child in children:
            child.start()
        assert [results.get() for _ in children] == [""] * 8
        for child in children:
            child.join(30)

    numbers = sorted(ContractRegistration.objects.values_list("reg_no", flat=True))
    assert [int(one[-6:]) for one in numbers] == list(range(1, 9))
    assert LedgerEntry.objects.count() == 8
