"""`keqiao rank`: train a ranking model from what people answered, list, switch on, take back."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from keqiao.core.errors import KeqiaoError
from keqiao.verdict.models import RankingModel
from keqiao.verdict.training import activate_model, go_back, model_of, reasons_against, train_model


class Command(BaseCommand):
    help = "排序模型：train 训练一版候选，list 列出，activate 启用一版，back 退回上一版。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("do", choices=["train", "list", "activate", "back"], help="做什么")
        parser.add_argument("version", nargs="?", type=int, help="activate 的版本号")

    def handle(self, *args: Any, **options: Any) -> None:
        console = Console(soft_wrap=True)
        try:
            self._run(console, options["do"], options["version"])
        except KeqiaoError as refusal:
            raise CommandError(refusal.message) from refusal

    def _run(self, console: Console, do: str, version: int | None) -> None:
        if do == "train":
            with Progress(transient=True) as bars:
                task = bars.add_task("训练", total=3)
                model = train_model(
                    by=None,
                    progress=lambda done, total, what: bars.update(task, completed=done, description=what),
                )
            against = reasons_against(model)
            console.print(f"{model}已训练，候选。" + (f"不能启用：{'；'.join(against)}。" if against else ""))
            if not against:
                console.print(f"启用：keqiao rank activate {model.version}")
        elif do == "activate":
            if version is None:
                raise CommandError("要启用哪一版？例如 keqiao rank activate 3；keqiao rank list 列出各版。")
            console.print(f"{activate_model(model=model_of(version), by=None)}已启用。退回：keqiao rank back")
        elif do == "back":
            earlier = go_back(by=None)
            console.print(f"已退回到{earlier or '引擎自带的排序'}。")
        console.print(_table())


def _table() -> Table:
    table = Table("版本", "状态", "对数", "需求", "对数损失 前→后", "nDCG@10 前→后", "训练时间")
    for model in RankingModel.objects.all()[:20]:
        before, after = model.figures.get("before", {}), model.figures.get("after", {})
        table.add_row(
            str(model.version), model.get_state_display(), str(model.origin.get("pairs", 0)),
            str(model.origin.get("sources", 0)),
            f"{before.get('log_loss', 0):.3f} → {after.get('log_loss', 0):.3f}",
            f"{before.get('ndcg', 0):.3f} → {after.get('ndcg', 0):.3f}",
            f"{model.trained_at:%Y-%m-%d %H:%M}",
        )  # fmt: skip
    return table
