"""A small pool of achievements, written for the purpose."""

import pytest

from keqiao_match import Doc, Index


@pytest.fixture(scope="session")
def achievements() -> list[Doc]:
    """Eight achievements of different fields."""
    return [
        Doc(
            "A1",
            "印染废水膜法深度处理与回用技术",
            (
                (
                    "成果简介",
                    "针对印染废水色度高、盐分高的问题，采用超滤与反渗透双膜组合。处理后出水回用率达到70%。",
                ),
                ("应用案例", "已在三家印染企业运行两年，待处理水量每日5000吨。"),
            ),
            names=("王建国", "巴彦淖尔市水务研究所"),
            codes=("ZL202010123456.7", "C02F1/44"),
            facets={"field": ("07",), "ipc": ("C02F",), "division": ("150802",)},
            numbers={"amount": 120.0, "price": 120.0, "year": 2024.0, "trl": 8.0},
        ),
        Doc(
            "A2",
            "聚乳酸(PLA)与PBAT-X共混可降解地膜",
            (("成果简介", "以PLA和PBAT-X为原料，吹塑成膜，覆盖期120天后可降解。"),),
            names=("李雪",),
            facets={"field": ("04", "10"), "ipc": ("C08L",), "division": ("150821",)},
            numbers={"amount": 80.0, "year": 2023.0, "trl": 6.0},
        ),
        Doc(
            "A3",
            "6N高純氧化鋁粉體製備方法",
            (("成果简介", "純度達到６Ｎ，用於藍寶石長晶。"),),
            facets={"field": ("04",), "ipc": ("C01F",)},
            numbers={"amount": 300.0, "price": 300.0, "year": 2022.0, "trl": 4.0},
        ),
        Doc(
            "A4",
            "葵花盘机械化收获装置",
            (("成果简介", "葵花盘低损失切割与输送，损失率低于3%。"),),
            facets={"field": ("10",), "ipc": ("A01D",), "division": ("150824",)},
            numbers={"amount": 50.0, "year": 2021.0},
        ),
        Doc(
            "A5",
            "桌面系统C盘空间自动清理软件",
            (("成果简介", "定时清理C盘临时文件，释放磁盘空间。"),),
            facets={"field": ("01",)},
            numbers={"year": 2020.0},
        ),
        Doc(
            "A6",
            "番茄酱加工废水厌氧处理装置",
            (("成果简介", "高浓度有机废水经厌氧反应器处理，沼气回收发电。"),),
            facets={"field": ("07",), "ipc": ("C02F",), "division": ("150826",)},
            numbers={"amount": 200.0, "year": 2025.0, "trl": 5.0},
        ),
        Doc(
            "A7",
            "锂离子电池防爆阀及其装配工艺",
            (("成果简介", "电池内压超过阈值时阀片开启泄压，防止爆炸。"),),
        ),
        Doc(
            "A8",
            "肉羊短期育肥饲料配方",
            (("成果简介", "以玉米秸秆和苜蓿为主，日增重300克。"),),
            facets={"field": ("10",)},
        ),
    ]


@pytest.fixture(scope="session")
def index(achievements: list[Doc]) -> Index:
    """The pool in memory, with its texts."""
    return Index.build(achievements)


@pytest.fixture
def dyeing_demand() -> Doc:
    """A dyeing works asks for reuse of its waste water."""
    return Doc(
        "需求-2026-0001",
        "印染废水处理回用",
        (("需求内容", "我厂每日产生印染废水3000吨，色度高、盐分高。希望采用膜法处理，回用率不低于60%。"),),
        facets={"field": ("07",), "division": ("150802",)},
        numbers={"budget": 100.0, "trl_wanted": 7.0},
    )
