"""Whose rows somebody may import."""

import json
from pathlib import Path
from typing import Any

import pytest

from keqiao.core.errors import BadInput, NotAllowed, NotFound
from keqiao.people.models import User
from keqiao.registry.achievement.models import Achievement
from keqiao.registry.demand.models import Demand
from keqiao.registry.intake.models import IntakeRun
from keqiao.registry.intake.permits import kinds_for, landings_for, run_for
from keqiao.registry.intake.runner import check, receive_upload, start, write
from keqiao.registry.records.enums import Status

pytestmark = pytest.mark.django_db


def demand(title: str, place: str = "", **more: str) -> dict[str, str]:
    return {
        "需求名称": title,
        "需求单位": f"{title}有限公司",
        "所在县区": place,
        "需求内容": "解决涂层起泡",
    } | more


def achievement(title: str, unit: str, **more: str) -> dict[str, str]:
    return {"成果名称": title, "完成单位": unit, "成果简介": "双极膜电渗析处理高盐废水。"} | more


def upload(tmp_path: Path, by: User, rows: list[dict[str, Any]], kind: str) -> IntakeRun:
    path = tmp_path / "表.jsonl"
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    with path.open("rb") as file:
        return receive_upload(file=file, name=path.name, by=by, kind=kind)


def imported(run: IntakeRun, by: User, land_as: str = Status.CITY_REVIEW) -> IntakeRun:
    return write(start(run=run, mode="good_rows", land_as=land_as, by=by))


def test_a_county_officer_imports_rows_of_his_county_and_gets_the_others_back(
    tmp_path: Path, county_officer: User
) -> None:
    rows = [demand("甲厂", "安徽省蚌埠市固镇县"), demand("乙厂", "安徽省蚌埠市怀远县"), demand("丙厂")]

    run = imported(upload(tmp_path, county_officer, rows, "demand"), county_officer)

    assert (run.new_count, run.rejected_count) == (2, 1)
    problem = run.rejected.get().problems[0]
    assert problem["message"].startswith("这条需求在安徽省蚌埠市怀远县，不属于您的辖区安徽省蚌埠市固镇县")
    assert Demand.objects.get(title="丙厂").division_code == "340323000000"
    assert set(Demand.objects.values_list("status", flat=True)) == {Status.CITY_REVIEW}


def test_a_county_officer_cannot_overwrite_a_record_of_another_county(
    tmp_path: Path, county_officer: User, bureau_officer: User
) -> None:
    imported(
        upload(tmp_path, bureau_officer, [demand("乙厂", "安徽省蚌埠市怀远县")], "demand"), bureau_officer
    )

    again = demand("乙厂", "安徽省蚌埠市固镇县")
    run = imported(upload(tmp_path, county_officer, [again], "demand"), county_officer)

    assert (run.updated_count, run.rejected_count) == (0, 1)
    assert "没有覆盖" in run.rejected.get().problems[0]["message"]
    assert Demand.objects.get().division_code == "340321000000"


def test_an_institute_imports_only_achievements_of_its_own(tmp_path: Path, institute_user: User) -> None:
    assert institute_user.organisation is not None
    own = institute_user.organisation.name
    rows = [achievement("电渗析", own), achievement("选矿", "别家研究院")]

    run = imported(upload(tmp_path, institute_user, rows, "achievement"), institute_user)

    assert (run.new_count, run.rejected_count) == (1, 1)
    assert "别家研究院" in run.rejected.get().problems[0]["message"]
    made = Achievement.objects.get()
    assert made.organisation == institute_user.organisation
    assert made.status == Status.CITY_REVIEW


def test_an_institute_cannot_change_a_published_achievement_by_importing_it_again(
    tmp_path: Path, institute_user: User
) -> None:
    assert institute_user.organisation is not None
    own = institute_user.organisation.name
    imported(upload(tmp_path, institute_user, [achievement("电渗析", own)], "achievement"), institute_user)
    Achievement.objects.update(status=Status.PUBLISHED)

    changed = achievement("电渗析", own, 创新点="膜堆寿命翻倍")
    run = upload(tmp_path, institute_user, [changed], "achievement")

    report = check(run)
    assert report.bad == 1
    assert "已发布，不能直接修改" in report.problem_rows[0][1][0].message


def test_kinds_follow_the_role(
    bureau_officer: User, county_officer: User, institute_user: User, stranger: User
) -> None:
    assert "institution" in kinds_for(bureau_officer)
    assert "institution" not in kinds_for(county_officer)
    assert kinds_for(institute_user) == ("achievement", "work", "expert")
    assert kinds_for(stranger) == ()


def test_an_institute_that_brings_demands_is_told_who_imports_them(
    tmp_path: Path, institute_user: User
) -> None:
    with pytest.raises(NotAllowed, match="您可以导入的是：成果、科研产出、专家"):
        upload(tmp_path, institute_user, [demand("甲厂")], "demand")


def test_only_the_bureau_publishes_an_import_at_once(
    tmp_path: Path, bureau_officer: User, county_officer: User
) -> None:
    assert landings_for(bureau_officer, "demand")[0] == Status.PUBLISHED
    run = upload(tmp_path, county_officer, [demand("甲厂")], "demand")

    with pytest.raises(BadInput, match="只能选：进入审核"):
        start(run=run, mode="good_rows", land_as=Status.PUBLISHED, by=county_officer)


def test_a_run_of_somebody_else_is_as_good_as_absent(
    tmp_path: Path, county_officer: User, other_county_officer: User, bureau_officer: User
) -> None:
    run = upload(tmp_path, county_officer, [demand("甲厂")], "demand")

    assert run_for(bureau_officer, run.public_id) == run
    with pytest.raises(NotFound):
        run_for(other_county_officer, run.public_id)
    with pytest.raises(NotFound):
        run_for(other_county_officer, "00000000-0000-0000-0000-000000000001")
