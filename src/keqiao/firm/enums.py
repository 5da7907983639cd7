"""Kinds of titles and rights, and where a figure comes from."""

from collections.abc import Mapping

from django.db.models import TextChoices


class FigureSource(TextChoices):
    """Who says so. A figure without a source is no figure."""

    FIRM = "firm", "企业填报"
    OFFICER = "officer", "科技局录入"
    FILE = "file", "表格导入"
    STATISTICS = "statistics", "统计年报"
    TAX = "tax", "汇算清缴"
    AUDIT = "audit", "审计报告"
    SAMPLE = "sample", "示例生成"


class TitleKind(TextChoices):
    """Recognitions that a firm holds for a time. The keys are those of the fact `titles`."""

    TECH_SME = "tech_sme", "科技型中小企业"
    INNOVATIVE_SME = "innovative_sme", "创新型中小企业"
    HNTE_NURSERY = "hnte_nursery", "高新技术企业培育入库"
    HNTE = "hnte", "高新技术企业"
    SRDI = "srdi", "专精特新中小企业"
    GIANT = "giant", "专精特新“小巨人”企业"
    EAGLE = "eagle", "雏鹰企业"
    GAZELLE = "gazelle", "瞪羚企业"
    UNICORN = "unicorn", "独角兽企业"
    LEADING = "leading", "科技领军企业"
    LISTED = "listed", "上市高新技术企业"
    TECHNOLOGY_DEMONSTRATION = "technology_demonstration", "技术创新示范企业"
    IP_ADVANTAGE = "ip_advantage", "知识产权优势或示范企业"


# Years of validity; None: the calendar year of entry. Those of 1b, S and local titles are unseen (待核实): domain §1
VALIDITY: Mapping[str, int | None] = {
    TitleKind.TECH_SME: None,
    TitleKind.INNOVATIVE_SME: 3,
    TitleKind.HNTE_NURSERY: 3,
    TitleKind.HNTE: 3,
    TitleKind.SRDI: 3,
    TitleKind.GIANT: 3,
    TitleKind.EAGLE: 3,
    TitleKind.GAZELLE: 3,
    TitleKind.UNICORN: 3,
    TitleKind.LEADING: 3,
}
VALIDITY_UNSEEN = frozenset(VALIDITY) - {TitleKind.TECH_SME, TitleKind.HNTE}


class RightClass(TextChoices):
    ONE = "1", "Ⅰ类"
    TWO = "2", "Ⅱ类"


class RightKind(TextChoices):
    """Kinds of rights that the evaluations count. Trademarks never count: domain §2.2."""

    INVENTION = "invention", "发明专利"
    DEFENCE = "defence", "国防专利"
    PLANT = "plant", "植物新品种"
    CROP = "crop", "国家级农作物品种"
    DRUG = "drug", "国家新药"
    TCM = "tcm", "国家一级中药保护品种"
    LAYOUT = "layout", "集成电路布图设计专有权"
    UTILITY = "utility", "实用新型专利"
    DESIGN = "design", "外观设计专利"
    SOFTWARE = "software", "软件著作权"


CLASS_OF: Mapping[str, RightClass] = {
    **dict.fromkeys(
        (
            RightKind.INVENTION,
            RightKind.DEFENCE,
            RightKind.PLANT,
            RightKind.CROP,
            RightKind.DRUG,
            RightKind.TCM,
            RightKind.LAYOUT,
        ),
        RightClass.ONE,
    ),
    **dict.fromkeys((RightKind.UTILITY, RightKind.DESIGN, RightKind.SOFTWARE), RightClass.TWO),
}


class AcquiredBy(TextChoices):
    OWN = "own", "自主研发"
    TRANSFER = "transfer", "受让"
    GIFT = "gift", "受赠"
    MERGER = "merger", "并购"
