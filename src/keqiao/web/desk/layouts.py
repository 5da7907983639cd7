"""The forms as data: which fields in which step, in plain words. Labels stay those of the models unless said."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One field of a form. label, help, placeholder in plain words; width "half" puts two side by side."""

    name: str
    label: str = ""
    help: str = ""
    placeholder: str = ""
    required: bool = False
    width: str = ""
    counter: int = 0
    officers_only: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """One short step."""

    key: str
    title: str
    hint: str
    rows: tuple[Row, ...]


_CONTACT = Section(
    "contact",
    "联系人",
    "只给审核人员看；双方都同意对接之后，合作方才能看到。",
    (
        Row("contact_name", "联系人", width="half"),
        Row("contact_phone", "联系电话", "手机或座机。", required=True, width="half"),
        Row("contact_email", "邮箱", width="half"),
    ),
)

DEMAND = (
    Section(
        "problem",
        "要解决什么",
        "先说清楚难在哪里。像跟同行聊天那样写就行。",
        (
            Row(
                "title",
                "需求名称",
                "对象＋要解决的问题。",
                "例如：高盐印染废水中硫酸钠回收",
                required=True,
                counter=60,
            ),
            Row(
                "content",
                "需求内容",
                "写三句话就够：现在怎么做、卡在哪里、希望达到什么。",
                "现用反渗透处理印染废水，每天 600 吨，结垢快、浓水无处去；希望……",
                required=True,
                counter=2000,
            ),
            Row("demand_type", "需求类型", width="half"),
            Row("urgency", "紧迫程度", width="half"),
        ),
    ),
    Section(
        "metrics",
        "做到什么程度",
        "一条一条写：名称、大于还是小于、数值、单位。记不清格式，就在下面整段写。",
        (
            Row(
                "metrics_plain",
                "也可以整段写",
                "例如：识别率不低于 95%；单果采摘不超过 6 秒。保存后自动拆成上面的条目。",
            ),
            Row("foundation", "现有基础", "手里有什么：设备、人员、样品、做过的试验。", counter=1000),
        ),
    ),
    Section(
        "terms",
        "怎么合作",
        "不确定的可以先空着，以后再补。",
        (
            Row("cooperation_modes", "期望合作方式", "可以多选。"),
            Row(
                "budget",
                "预算",
                "写一个大致的数；定不下来就写“面议”。",
                "例如：120 万元，或 面议",
                width="half",
            ),
            Row("due", "完成时限", "写日期，或“18 个月内”。", "例如：2027 年 12 月底", width="half"),
            Row("pay_to_partner", "其中支付合作方", "", "选填，万元", width="half"),
            Row("ip_ownership", "知识产权归属", width="half"),
            Row("partner_requirements", "对合作方的要求", counter=500),
        ),
    ),
    Section(
        "who",
        "谁能看到",
        "公开得越多，来对接的越多。联系方式任何时候都不公开。",
        (Row("disclosure", "公开方式"),),
    ),
    Section(
        "sign",
        "联系人和承诺",
        "联系方式只给审核人员看；双方都同意对接之后，合作方才能看到。",
        (
            *_CONTACT.rows,
            Row("enterprise_types", "企业类型"),
            Row("organisation_name", "需求单位", officers_only=True, width="half"),
            Row("division_code", "所在县区", officers_only=True, width="half"),
            Row("promised_true", "以上内容真实，确是本单位的技术需求", required=True),
            Row("promised_no_secret", "以上内容不涉及国家秘密和他人的商业秘密", required=True),
        ),
    ),
)

ACHIEVEMENT = (
    Section(
        "what",
        "是什么",
        "写给企业看：解决什么问题、怎么做到、做到什么程度。",
        (
            Row("title", "成果名称", "与计划、合同或评价文件上的名称一致。", required=True, counter=80),
            Row(
                "summary",
                "成果简介",
                "写出关键参数和做过的试验，有数字才好判断。",
                required=True,
                counter=2000,
            ),
            Row("innovation", "创新点", "与通行做法比，哪一点不同。", counter=1000),
            Row("keywords", "关键词", "用顿号分开，一般不超过 3 个。"),
        ),
    ),
    Section(
        "stage",
        "做到哪一步",
        "企业先看这一项。",
        (
            Row("market_stage", "成熟度", "按做到的最后一步选。", width="half"),
            Row("trl", "技术就绪度（1–9）", width="half"),
            Row("level", "成果水平", "以评价文件为准；没有评价选“未评价”。", width="half"),
            Row("completed_on", "完成日期", width="half"),
            Row("prospects", "应用前景", counter=1000),
            Row("cases", "应用案例", "写单位、时间和结果。", counter=1000),
        ),
    ),
    Section(
        "rights",
        "权属和团队",
        "",
        (
            Row("ip_forms", "知识产权形式", "可以多选。"),
            Row("patent_numbers", "专利号", "多个用顿号分开。"),
            Row("team", "研制人员", "按贡献排序，用顿号分开。"),
            Row("organisation_name", "完成单位", officers_only=True, width="half"),
            Row("division_code", "所在县区", officers_only=True, width="half"),
        ),
    ),
    Section(
        "terms",
        "怎么转化",
        "",
        (
            Row("transfer_modes", "转化方式", "可以多选。"),
            Row("price_basis", "价格方式", width="half"),
            Row("price", "意向价格", "写一个大致的数，或“面议”。", "例如：300 万元", width="half"),
        ),
    ),
    Section(
        "who",
        "谁能看到",
        "公开得越多，来对接的越多。联系方式任何时候都不公开。",
        (Row("disclosure", "公开方式"), *_CONTACT.rows),
    ),
)


def _plain(title: str, *rows: Row) -> tuple[Section, ...]:
    return (Section("main", title, "", rows),)


_PLACE = (Row("organisation_name", "单位", width="half"), Row("division_code", "所在县区", width="half"))
_END = (Row("remark", "备注"), Row("year", "年度", width="half"))

LAYOUTS: Mapping[str, tuple[Section, ...]] = {
    "demand": DEMAND,
    "achievement": ACHIEVEMENT,
    "enterprise": _plain(
        "企业",
        Row("title", "企业名称", required=True),
        Row("uscc", width="half"),
        Row("division_code", "所在县区", width="half"),
        Row("founded_on", width="half"),
        Row("labels", "企业标签"),
        Row("products"),
        Row("intro", counter=2000),
        Row("legal_representative", width="half"),
        Row("address", width="half"),
        *_CONTACT.rows[:2],
        Row("remark", "备注"),
    ),
    "expert": _plain(
        "专家",
        Row("title", "姓名", required=True, width="half"),
        Row("organisation_name", "工作单位", width="half"),
        Row("position", width="half"),
        Row("degree", width="half"),
        Row("research", "研究方向", "用分号分开。", required=True),
        Row("discipline", width="half"),
        Row("division_code", "所在县区", width="half"),
        Row("intro", counter=2000),
        Row("contact_phone", "联系电话", width="half"),
        Row("contact_email", "邮箱", width="half"),
    ),
    "work": _plain(
        "科研产出",
        Row("title", "题名", required=True),
        Row("work_type", width="half"),
        Row("source_no", "编号", "专利号、DOI 或项目编号。", width="half"),
        Row("abstract", counter=4000),
        Row("people", "作者", "按署名顺序，用顿号分开。"),
        Row("ipc", "IPC 分类号", "用顿号分开。", width="half"),
        Row("done_on", width="half"),
        Row("discipline", width="half"),
        Row("funding", "资助金额", width="half"),
        *_PLACE,
    ),
    "resource": _plain(
        "资源",
        Row("title", "资源名称", required=True),
        Row("category", width="half"),
        Row("grade", "级别", width="half"),
        Row("intro", counter=2000),
        Row("services", counter=2000),
        *_PLACE,
        *_END,
    ),
    "event": _plain(
        "活动",
        Row("title", "活动名称", required=True),
        Row("category", width="half"),
        Row("place", width="half"),
        Row("starts_on", width="half"),
        Row("ends_on", width="half"),
        Row("organisation_name", "主办单位", width="half"),
        Row("division_code", "所在县区", width="half"),
        Row("intro", counter=2000),
    ),
}

# What a stranger is told about each tier
TIERS: Mapping[str, str] = {
    "public": "单位名称和内容都公开，来对接的最多。",
    "masked": "内容公开，单位显示为“某纺织企业”这样的称呼，文中出现的单位名称一并隐去。",
    "directed": "只有登录的高校院所、技术经理人、专家和企业能看到，游客看不到。",
    "closed": "只有本单位和科技局能看到，由科技局代为寻找合作方。",
}
