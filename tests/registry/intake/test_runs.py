"""Runs of the intake: counts that reconcile, the same file twice, a changed row, and real kills."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from keqiao.core import audit
from keqiao.core.errors import NotAllowed
from keqiao.people.models import Organisation
from keqiao.registry.demand.models import Demand
from keqiao.registry.expert.models import Expert
from keqiao.registry.intake.models import IntakeRun, RunMode, RunState
from keqiao.registry.intake.runner import check, receive_path, start, unfinished_of, write
from keqiao.registry.records.enums import Status
from keqiao.registry.records.models import Change, RecordVersion
from keqiao.registry.work.models import Authorship, Work


def demand(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "需求编号": f"X{number}",
        "需求名称": f"第{number}号涂层附着力提升",
        "需求单位": f"示例{number % 7}号机械有限公司",
        "所在县区": "安徽省蚌埠市固镇县",
        "需求内容": "现有涂层在盐雾试验 240 小时后起泡，需要提高附着力。",
        "技术指标": "附着力≥10MPa；盐雾≥1000小时",
        "预算(万元)": "50",
    } | changes


def write_lines(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def load(path: Path, kind: str = "demand", mode: str = RunMode.GOOD_ROWS, batch_rows: int = 10) -> IntakeRun:
    run = start(run=receive_path(path=path, by=None, kind=kind), mode=mode, land_as=Status.PUBLISHED, by=None)
    return write(run, batch_rows=batch_rows) if run.state == RunState.WRITING else run


def counts(run: IntakeRun) -> tuple[int, int, int, int]:
    return run.new_count, run.updated_count, run.unchanged_count, run.rejected_count


@pytest.mark.django_db
def test_every_row_is_counted_once(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "需求.jsonl", [demand(n) for n in range(25)] + [demand(99, 需求名称="")])

    run = load(path)

    assert counts(run) == (25, 0, 0, 1)
    assert run.message == "读入 26 行 = 新增 25 + 更新 0 + 未变 0 + 退回 1。"
    assert Demand.objects.count() == 25
    assert Organisation.objects.filter(name__startswith="示例").count() == 7


@pytest.mark.django_db
def test_every_record_knows_its_file_row_time_and_number(tmp_path: Path) -> None:
    load(write_lines(tmp_path / "需求.jsonl", [demand(1), demand(2)]))

    second = Demand.objects.get(source_no="X2")

    assert second.origin is not None
    assert (second.origin.file_name, second.origin_row) == ("需求.jsonl", 2)
    assert second.number == f"需求-{timezone.localdate().year}-0002"
    assert second.division_code == "340323000000"
    assert second.budget_yuan == 500_000
    assert second.status == Status.PUBLISHED
    assert second.valid_until is not None


@pytest.mark.django_db
def test_the_same_file_again_changes_nothing(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "需求.jsonl", [demand(n) for n in range(15)])
    load(path)
    before = list(Demand.objects.order_by("pk").values_list("pk", "version", "updated_at"))
    Change.objects.all().delete()

    run = load(path)

    assert counts(run) == (0, 0, 15, 0)
    assert list(Demand.objects.order_by("pk").values_list("pk", "version", "updated_at")) == before
    assert not Change.objects.exists()


@pytest.mark.django_db
def test_a_changed_row_becomes_a_new_version_and_the_old_one_is_kept(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "需求.jsonl", [demand(1), demand(2)])
    load(path)

    run = load(write_lines(path, [demand(1), demand(2, **{"预算(万元)": "80"})]))

    changed = Demand.objects.get(source_no="X2")
    kept = RecordVersion.objects.get(kind="demand", record_id=changed.pk, version=1)
    assert counts(run) == (0, 1, 1, 0)
    assert (changed.version, changed.budget_yuan) == (2, 800_000)
    assert kept.snapshot["budget_yuan"] == "500000.00"
    assert Demand.objects.get(source_no="X1").version == 1


@pytest.mark.django_db
def test_a_repeated_row_counts_as_unchanged_and_a_contradicting_one_is_returned(tmp_path: Path) -> None:
    rows = [demand(1), demand(1), demand(1, **{"预算(万元)": "70"})]

    run = load(write_lines(tmp_path / "需求.jsonl", rows))

    assert counts(run) == (1, 0, 1, 1)
    assert "前面已有同一条" in run.rejected.get().problems[0]["message"]
    again = load(tmp_path / "需求.jsonl")
    assert counts(again) == (0, 0, 2, 1)


@pytest.mark.django_db
def test_all_or_none_writes_none_when_one_row_is_bad(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "需求.jsonl", [demand(1), demand(2, 需求名称="")])

    run = load(path, mode=RunMode.ALL_OR_NONE)

    assert run.state == RunState.REFUSED
    assert not Demand.objects.exists()
    assert run.rejected.count() == 1
    assert "1 行不合格" in run.message


@pytest.mark.django_db
def test_a_finished_run_cannot_be_written_again(tmp_path: Path) -> None:
    run = load(write_lines(tmp_path / "需求.jsonl", [demand(1)]))

    with pytest.raises(NotAllowed, match="已完成"):
        write(run)


@pytest.mark.django_db
def test_a_second_process_on_the_same_run_is_stopped_without_writing(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "需求.jsonl", [demand(n) for n in range(30)])
    mine = start(
        run=receive_path(path=path, by=None, kind="demand"), mode="good_rows", land_as="published", by=None
    )
    other = IntakeRun.objects.get(pk=mine.pk)

    def the_other_finishes(run: IntakeRun) -> None:
        if other.state == RunState.WRITING:
            other.refresh_from_db()
            write(other, batch_rows=10)

    with pytest.raises(NotAllowed, match="另一个进程"):
        write(mine, batch_rows=10, progress=the_other_finishes)
    assert Demand.objects.count() == 30
    other.refresh_from_db()
    assert counts(other) == (30, 0, 0, 0)


@pytest.mark.django_db
def test_works_are_linked_to_the_experts_of_the_same_name_and_unit(tmp_path: Path) -> None:
    load(
        write_lines(
            tmp_path / "专家.jsonl",
            [
                {"姓名": "王伟", "工作单位": unit, "研究方向": "纺织"}
                for unit in ("示例纺织大学", "示例机械学院")
            ],
        ),
        "expert",
    )
    work = {
        "产出类型": "论文",
        "题名": "印染废水回用",
        "作者": "王伟、李示例",
        "单位": "示例纺织大学",
        "日期": "2024-05",
    }

    load(write_lines(tmp_path / "产出.jsonl", [work]), "work")

    textile = Expert.objects.get(organisation_name="示例纺织大学")
    mechanical = Expert.objects.get(organisation_name="示例机械学院")
    assert (textile.work_count, textile.last_work_year) == (1, 2024)
    assert mechanical.work_count == 0
    assert Authorship.objects.get(expert=textile).work.title == "印染废水回用"


@pytest.mark.django_db
def test_the_audit_trail_holds_after_an_import(tmp_path: Path) -> None:
    load(write_lines(tmp_path / "需求.jsonl", [demand(1)]))

    assert audit.verify().holds
    assert set(audit.AuditEntry.objects.values_list("action", flat=True)) >= {
        "intake.received",
        "intake.finished",
    }


# One child a line of input: Django is imported once, and every kill still meets a process of its own
KILLED_LOAD = """
import os, sys, django
django.setup()
from pathlib import Path
from keqiao.registry.intake.runner import check, receive_path, start, unfinished_of, write
path = Path(sys.argv[1])
for _ in sys.stdin:
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        print("ended", flush=True)
        continue
    run = unfinished_of(path, "work")
    if run is None:
        run = start(run=receive_path(path=path, by=None, kind="work"), mode="good_rows", land_as="published", by=None)
    print("writing", os.getpid(), flush=True)
    write(run, batch_rows=50)
    print("done", flush=True)
    os._exit(0)
"""


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_killed_at_random_moments_the_import_resumes_without_loss_or_repeat(tmp_path: Path) -> None:
    rows = [
        {
            "产出类型": "发明专利",
            "题名": f"第{n}种装置",
            "编号": f"P{n:06d}",
            "作者": f"发明人{n % 50}",
            "单位": "示例大学",
        }
        for n in range(6000)
    ]
    rows[1234]["题名"] = ""
    path = write_lines(tmp_path / "产出.jsonl", rows)
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "keqiao.settings",
        "PYTHONPATH": os.pathsep.join(sys.path),
        **_same_database(),
    }
    connection.close()
    chance, kills = random.Random(20261122), 0

    with subprocess.Popen(
        [sys.executable, "-c", KILLED_LOAD, str(path)], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:  # fmt: skip
        assert parent.stdin is not None
        assert parent.stdout is not None
        for _ in range(40):
            print("go", file=parent.stdin, flush=True)
            word, pid = parent.stdout.readline().split()
            assert word == "writing"
            if kills < 8:
                time.sleep(chance.uniform(0.0, 0.35))
                os.kill(int(pid), signal.SIGKILL)
            rest = list(iter(parent.stdout.readline, "ended\n"))
            run = IntakeRun.objects.get()
            assert run.read_count == sum(counts(run))
            assert run.new_count == Work.objects.count()
            if rest:
                assert rest == ["done\n"]
                break
            kills += 1

    assert kills >= 3
    assert run.state == RunState.DONE
    assert counts(run) == (5999, 0, 0, 1)
    assert Work.objects.values("source_no").distinct().count() == 5999
    assert Authorship.objects.count() == 5999
    assert unfinished_of(path, "work") is None
    assert audit.verify().holds


def _same_database() -> dict[str, str]:
    """Environment that leads a child process to the test's own database."""
    chosen = connection.settings_dict
    if connection.vendor == "sqlite":
        return {"KEQIAO_DATABASE_URL": f"sqlite://{chosen['NAME']}"}
    return {
        "KEQIAO_DATABASE_URL": (
            f"postgresql://{chosen['USER']}:{chosen['PASSWORD']}@{'' if chosen['HOST'].startswith('/') else chosen['HOST']}"
            f"/{chosen['NAME']}?host={chosen['HOST']}"
        )
    }


@pytest.mark.django_db
@pytest.mark.parametrize("written", ["0", "面议"])
def test_a_budget_of_nothing_means_that_it_is_open(tmp_path: Path, written: str) -> None:
    load(write_lines(tmp_path / "需求.jsonl", [demand(1, **{"预算(万元)": written})]))

    loaded = Demand.objects.get()

    assert loaded.budget_yuan is None
    assert loaded.is_budget_open


@pytest.mark.django_db
def test_of_several_namesakes_the_place_decides_and_the_row_says_so(tmp_path: Path) -> None:
    near = Organisation.objects.create(
        name="某镇农技站", kind="service", division_code="340323000000", uscc="A1"
    )
    far = Organisation.objects.create(
        name="某镇农技站", kind="service", division_code="340321000000", uscc="A2"
    )
    rows = [
        demand(1, 需求单位="某镇农技站"),
        demand(2, 需求单位="某镇农技站", 所在县区="江苏省南京市"),
        demand(3, 需求单位="某镇农技站", 所在县区="江苏省南京市"),
    ]
    path = write_lines(tmp_path / "需求.jsonl", rows)
    run = receive_path(path=path, by=None, kind="demand")

    told = [
        problem.message
        for _, problems in check(run).problem_rows
        for problem in problems
        if problem.code == "organisation.namesakes"
    ]
    load(path)

    assert "2 家同名单位" in told[0]
    assert "固镇县 A1" in told[0]
    assert "另立一家待核实" in told[1]
    units = [Demand.objects.get(source_no=f"X{n}").organisation for n in (1, 2, 3)]
    assert units[0] == near
    assert units[1] == units[2]
    assert units[1] not in (near, far)
