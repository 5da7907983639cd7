"""The `keqiao` command. `keqiao match` needs neither site nor database; everything else is a Django command."""

import os
import sys

COMMANDS = {
    "serve": ("serve", "启动网站（建库、载入代码表、后台索引一并完成）"),
    "demo": ("demo", "填充演示数据并启动网站"),
    "load": ("load", "从命令行批量导入一个文件，显示进度，可断点续传"),
    "match": ("match", "两张清单进，带依据的匹配结果出（不需要网站和数据库）"),
    "contracts": ("contracts", "技术合同认定登记预检：contracts check 文件.json（不需要网站和数据库）"),
    "ledger": ("contractledger", "把全国系统的年度技术合同台账导入统计，逐行核对，退回标红"),
    "rules": ("rules", "企业规则：rules check --book 名称 文件.json（不需要数据库），rules batch 全库判断"),
    "distances": ("distances", "计算每家企业离各级称号的差距；--warn 提醒快到期的称号"),
    "hall": ("hall", "交易大厅：hall replay 文件.json 重放公开的交易日志（不需要网站和数据库）"),
    "rank": ("rank", "排序模型：train 训练，list 列出，activate 启用，back 退回上一版"),
    "index": ("index", "重建或补齐检索索引"),
    "check": ("selfcheck", "自检：数据库、索引、密钥、审计链、磁盘"),
    "nightly": ("nightly", "夜间作业：匹配变化的内容、通知、询问时效、发信，可断点续跑"),
    "freshness": ("freshness", "时效：refresh 记下单位的动静，ask 再问一次“还在做吗”"),
    "radar": ("radar", "找出各县区、各年度相近的技术需求（共性需求）"),
    "reminders": ("reminders", "对接：提醒没有答复的一方，到期如实告知，征求评价"),
    "messages": ("messages", "消息：deliver 发送，status 查看，gateway 在本机模拟短信网关"),
    "backup": ("backup", "备份为一个带校验的文件"),
    "restore": ("restore", "从备份恢复并核对"),
    "audit": ("audit", "审计：verify 核对摘要链，export 导出"),
    "account": ("account", "建立账号并授予角色（首个账号由此建立）"),
    "manage": ("", "其他管理命令（Django）"),
}


def usage() -> str:
    """The list of commands, one a line."""
    width = max(map(len, COMMANDS))
    lines = ["用法：keqiao 命令 [选项]；keqiao 命令 --help 查看选项", ""]
    return "\n".join(lines + [f"  {name:<{width}}  {text}" for name, (_, text) in COMMANDS.items()]) + "\n"


def main(argv: list[str] | None = None) -> int:
    """Run one command. Returns the exit status: 0 done, 1 refused, 2 wrong use."""
    arguments = sys.argv[1:] if argv is None else argv
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        sys.stdout.write(usage())
        return 0
    name, rest = arguments[0], arguments[1:]
    if name not in COMMANDS:
        sys.stderr.write(f"没有“{name}”这个命令。\n\n{usage()}")
        return 2
    if name == "match":
        from keqiao.registry.intake.filematch import main as match_files  # without Django's start-up

        return match_files(rest)
    if name == "contracts":
        from keqiao.contract.command import main as check_contracts  # without Django's start-up

        return check_contracts(rest)
    if name == "rules" and rest[:1] != ["batch"]:
        from keqiao.rules.command import main as check_rules  # without Django's start-up

        return check_rules(rest)
    if name == "hall":
        from keqiao.hall.command import main as replay_log  # without Django's start-up

        return replay_log(rest)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "keqiao.settings")
    if name == "demo":
        os.environ.setdefault("KEQIAO_DEMO", "true")  # the banner that says so
    from django.core.management import execute_from_command_line  # reads settings

    target = COMMANDS[name][0]
    execute_from_command_line(["keqiao", *([target] if target else []), *rest])
    return 0


if __name__ == "__main__":
    sys.exit(main())
