"""The demo's data: what the five documents really name, and samples that say they are samples."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "src" / "keqiao" / "demo" / "data"
SHARED = ROOT.parent / "shared"

COMMON = "来源文件 来源说明 示例 备注"
HEADINGS = {
    "需求": "需求编号 需求名称* 需求单位* 统一社会信用代码 所在县区 企业类型 联系人 联系电话 邮箱 技术领域 行业代码 产业链 需求类型 "
    "需求内容* 技术指标 现有基础 期望合作方式 预算(万元) 支付合作方(万元) 完成时限 知识产权归属 对合作方要求 紧迫程度 公开方式 "
    "有效期至 年度",
    "成果": "成果编号 成果名称* 完成单位* 统一社会信用代码 所在县区 成果简介* 创新点 应用前景 应用案例 关键词 技术领域 行业代码 "
    "IPC分类号 成熟度 成果水平 知识产权形式 专利号 转化方式 价格方式 意向价格(万元) 研制人员 联系人 联系电话 邮箱 完成日期 "
    "公开方式 有效期至 年度",
    "企业": "企业名称* 统一社会信用代码 所在县区 成立日期 行业代码 企业标签 主营产品 企业简介 法定代表人 联系人 联系电话 地址",
    "机构": "机构名称* 统一社会信用代码 机构类型 所在县区 简介 曾用名 上级单位",
    "专家": "姓名* 工作单位* 职称 学位 研究方向* 学科代码 技术领域 简介 联系电话 邮箱",
    "科研产出": "产出类型* 题名* 摘要 作者 单位 编号 日期 关键词 IPC分类号 学科 资助金额(万元)",
    "资源": "资源名称* 资源类别* 级别 依托单位 所在县区 简介 服务内容 年份",
    "活动": "活动名称* 活动类别* 主办单位 地点 开始日期 结束日期 简介",
}
NAME = {
    "需求": "需求名称",
    "成果": "成果名称",
    "企业": "企业名称",
    "机构": "机构名称",
    "专家": "姓名",
    "科研产出": "题名",
    "资源": "资源名称",
    "活动": "活动名称",
}
FIELDS = (
    "电子信息 航空航天 先进制造 生物、医药和医疗器械 新材料及其应用 新能源与高效节能 环境保护与资源综合利用 核应用 农业 现代交通 "
    "城市建设与社会发展"
)
TIERS = "公开 名称脱敏公开 仅平台定向 不公开"
LISTS = {
    ("需求", "技术领域"): FIELDS,
    ("需求", "需求类型"): "技术攻关 成果引进 人才团队 仪器检测 平台共建 其他",
    ("需求", "期望合作方式"): "委托开发 联合开发 技术转让 技术许可 技术入股 技术咨询 技术服务 其他",
    ("需求", "公开方式"): TIERS,
    ("需求", "紧迫程度"): "高 中 低",
    ("成果", "技术领域"): FIELDS,
    ("成果", "公开方式"): TIERS,
    ("成果", "成熟度"): "正在研发 已有样品 通过小试 通过中试 可以量产 "
    + " ".join(f"TRL{n}" for n in range(1, 10)),
    ("成果", "转化方式"): "转让 许可 合作实施 作价投资 自行投资 其他",
    ("成果", "价格方式"): "协议定价 挂牌 拍卖 先用后转 面议",
    ("专家", "技术领域"): FIELDS,
    ("机构", "机构类型"): "高等院校 科研机构 医疗卫生 服务机构 政府部门",
    ("科研产出", "产出类型"): "发明专利 实用新型专利 外观设计专利 论文 项目",
    (
        "资源",
        "资源类别",
    ): "重点实验室 技术创新中心 研发中心 孵化器 众创空间 中试基地 服务机构 大型仪器 种质资源 农业科技园区 "
    "联盟 新型研发机构 科技市场 其他",
    ("活动", "活动类别"): "推介对接 培训 大赛 科技周 展会 其他",
}
MANY = {
    "期望合作方式",
    "转化方式",
}  # the one-field lists contain 、 themselves (生物、医药和医疗器械) and hold one value
MONEY = {"预算(万元)", "支付合作方(万元)", "意向价格(万元)", "资助金额(万元)"}
DAYS = {"完成时限", "有效期至", "成立日期", "完成日期", "日期", "开始日期", "结束日期"}
CITIES = {
    "内蒙古自治区巴彦淖尔市": "临河区 五原县 磴口县 乌拉特前旗 乌拉特中旗 乌拉特后旗 杭锦后旗",
    "安徽省蚌埠市": "龙子湖区 蚌山区 禹会区 淮上区 怀远县 五河县 固镇县",
    "宁夏回族自治区吴忠市": "利通区 红寺堡区 盐池县 同心县 青铜峡市",
    "辽宁省营口市": "站前区 西市区 鲅鱼圈区 老边区 盖州市 大石桥市",
}
PLACES = {"安徽省"} | {c + d for c, ds in CITIES.items() for d in ["", *ds.split()]}
PERSONAL = ("联系人", "联系电话", "邮箱", "法定代表人", "统一社会信用代码")
AT_LEAST = {"需求": 60, "成果": 90, "专家": 40, "科研产出": 120, "企业": 30, "机构": 12}


def rows(kind: str) -> list[dict[str, str]]:
    lines = (DATA / f"{kind}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def everything() -> Iterator[tuple[str, dict[str, str]]]:
    for kind in HEADINGS:
        for row in rows(kind):
            yield kind, row


def documented(row: dict[str, str]) -> bool:
    return "来源文件" in row


def bare(text: str) -> str:
    """Without white space, quotation marks and brackets: a title cut by markup is still the same title."""
    return re.sub(r"[\W_]", "", text)


def uscc_holds(code: str) -> bool:
    """GB 32100-2015: 18 characters, the last one the check character over weights 3^i mod 31."""
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    if len(code) != 18 or set(code) - set(alphabet):
        return False
    total = sum(alphabet.index(c) * pow(3, i, 31) for i, c in enumerate(code[:17]))
    return alphabet[(31 - total % 31) % 31] == code[17]


@pytest.mark.parametrize("kind", HEADINGS)
def test_every_row_has_known_headings_and_the_required_ones_filled(kind):
    known = {h.rstrip("*") for h in HEADINGS[kind].split()} | set(COMMON.split())
    required = {h.rstrip("*") for h in HEADINGS[kind].split() if h.endswith("*")}
    for row in rows(kind):
        assert set(row) <= known, f"{row[NAME[kind]]}: {set(row) - known}"
        assert all(row.get(h, "").strip() for h in required), row
        assert all(isinstance(v, str) and v == v.strip() and v for v in row.values()), row


def test_every_row_says_its_document_or_that_it_is_a_sample():
    for kind, row in everything():
        if documented(row):
            assert row.get("来源说明"), row
            assert "示例" not in row, row
        else:
            assert row.get("示例") == "是", f"{kind} {row[NAME[kind]]}"


def test_two_hundred_and_twenty_items_come_from_the_documents():
    assert sum(documented(row) for _, row in everything()) >= 220


def test_the_samples_are_enough_to_match_on():
    for kind, least in AT_LEAST.items():
        assert sum(not documented(row) for row in rows(kind)) >= least, kind


def test_every_documented_name_is_printed_in_its_document():
    if not SHARED.is_dir():
        pytest.skip("the five documents lie in ../shared, which is not here")
    texts = {p.name: bare(p.read_text(encoding="utf-8")) for p in (SHARED / "seeds").glob("*.txt")}
    for kind, row in everything():
        if documented(row):
            assert row["来源文件"] in texts, row
            assert bare(row[NAME[kind]]) in texts[row["来源文件"]], f"{kind} {row[NAME[kind]]}"


def test_all_five_documents_are_represented():
    counts = Counter(row["来源文件"] for _, row in everything() if documented(row))
    assert len(counts) == 5
    assert min(counts.values()) >= 20


@pytest.mark.parametrize("kind", HEADINGS)
def test_nothing_is_listed_twice(kind):
    keys = Counter((bare(row[NAME[kind]]), row.get("工作单位", "")) for row in rows(kind))
    assert [key for key, n in keys.items() if n > 1] == []


@pytest.mark.parametrize(("kind", "heading"), LISTS)
def test_coded_columns_hold_only_values_of_their_list(kind, heading):
    # field names contain 、 themselves, so only 期望合作方式 and 转化方式 are split
    allowed = set(LISTS[kind, heading].split())
    for row in rows(kind):
        cell = row.get(heading, "")
        values = [v for v in (cell.split("、") if heading in MANY else [cell]) if v]
        assert set(values) <= allowed, f"{row[NAME[kind]]}: {cell}"


def test_money_is_a_number_and_dates_can_be_read():
    for _, row in everything():
        for heading in MONEY & set(row):
            assert float(row[heading]) > 0, row
        for heading in DAYS & set(row):
            assert re.fullmatch(r"(19|20)\d\d-[01]\d-[0-3]\d|20\d\d年\d{1,2}月", row[heading]), row


def test_places_are_real_counties_of_the_four_cities():
    for _, row in everything():
        assert row.get("所在县区", "安徽省") in PLACES, row


def test_no_contact_or_number_is_given_for_a_real_organisation():
    for _, row in everything():
        if documented(row):
            assert not set(PERSONAL) & set(row), row


def test_a_sample_can_be_told_from_a_real_one_by_its_name_alone():
    for kind, row in everything():
        if documented(row):
            continue
        for heading in ("需求单位", "完成单位", "企业名称", "机构名称", "工作单位"):
            for name in filter(None, row.get(heading, "").split("、")):
                assert name.startswith("示例·"), f"{kind}: {name}"
        assert re.fullmatch(r"1380000\d{4}", row.get("联系电话", "13800000000")), row
        assert row.get("邮箱", "a@example.com").endswith("@example.com"), row
        assert "示" in row.get("联系人", "示"), row


def test_sample_credit_codes_pass_the_check_and_belong_to_one_organisation():
    owners: dict[str, set[str]] = {}
    for kind, row in everything():
        if code := row.get("统一社会信用代码"):
            assert uscc_holds(code), code
            assert code[8:13] == "DEM00", code  # nobody is ever issued this stretch by accident
            holder = {"需求": "需求单位", "成果": "完成单位", "企业": "企业名称", "机构": "机构名称"}[kind]
            owners.setdefault(code, set()).add(row[holder].split("、")[0])
    assert owners
    assert {c: o for c, o in owners.items() if len(o) > 1} == {}


def test_sample_texts_are_long_enough_for_matching_except_the_vague_ones():
    for row in rows("需求"):
        if not documented(row) and "表述笼统" not in row.get("备注", ""):
            assert 120 <= len(row["需求内容"]) <= 400, f"{row['需求名称']}: {len(row['需求内容'])}"
    for row in rows("成果"):
        if not documented(row):
            assert 150 <= len(row["成果简介"]) <= 400, f"{row['成果名称']}: {len(row['成果简介'])}"


def test_all_disclosure_tiers_occur_among_the_sample_demands():
    assert {row["公开方式"] for row in rows("需求") if not documented(row)} == set(TIERS.split())


def test_samples_name_only_organisations_that_are_in_the_data():
    known = {row["企业名称"] for row in rows("企业")} | {row["机构名称"] for row in rows("机构")}
    for kind, row in everything():
        if documented(row):
            continue
        for heading in ("需求单位", "完成单位", "工作单位", "单位"):
            missing = set(filter(None, row.get(heading, "").split("、"))) - known
            assert not missing, f"{kind} {row[NAME[kind]]}: {missing}"


def test_every_author_of_a_sample_work_is_a_sample_expert_of_that_unit():
    experts = {(row["姓名"], row["工作单位"]) for row in rows("专家")}
    for row in rows("科研产出"):
        if documented(row):
            continue
        units = row["单位"].split("、")
        for author in row["作者"].split("、"):
            assert any((author, unit) in experts for unit in units), f"{row['题名']}: {author}"


def test_every_team_member_of_a_sample_achievement_is_an_expert_of_its_holders():
    experts = {(row["姓名"], row["工作单位"]) for row in rows("专家")}
    for row in rows("成果"):
        units = row["完成单位"].split("、")
        for member in filter(None, row.get("研制人员", "").split("、")):
            assert any((member, unit) in experts for unit in units), f"{row['成果名称']}: {member}"


def test_every_sample_expert_has_works_and_two_of_them_share_a_name():
    experts = [(row["姓名"], row["工作单位"]) for row in rows("专家")]
    works = [
        (set(r["作者"].split("、")), set(r["单位"].split("、")))
        for r in rows("科研产出")
        if not documented(r)
    ]
    for name, unit in experts:
        assert any(name in authors and unit in units for authors, units in works), f"{name} {unit}"
    assert max(Counter(name for name, _ in experts).values()) == 2


def test_every_type_of_demand_occurs_among_the_samples():
    kinds = {row["需求类型"] for row in rows("需求") if not documented(row)}
    assert kinds == set(LISTS["需求", "需求类型"].split())
