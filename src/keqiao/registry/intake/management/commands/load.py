"""keqiao load FILE: millions of rows with a progress bar; run it again after a kill and it goes on."""

import resource
import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from keqiao.core.errors import KeqiaoError
from keqiao.people.models import User
from keqiao.registry.intake.kinds import KINDS
from keqiao.registry.intake.models import IntakeRun, RunMode, RunState
from keqiao.registry.intake.rejected import write_rejected_rows
from keqiao.registry.intake.runner import BATCH_ROWS, receive_path, start, unfinished_of, write
from keqiao.registry.records.enums import Status


class Command(BaseCommand):
    help = "从命令行导入 .xlsx .csv .jsonl .docx，行数不限；中断后再运行同一命令即可续传，不重不漏。"

    def add_arguments(self, parser: CommandParser) -> None:
        kinds = "、".join(f"{key}={spec.label}" for key, spec in KINDS.items())
        parser.add_argument("file", type=Path)
        parser.add_argument("--kind", choices=list(KINDS), help=f"类型：{kinds}；不写则按表头识别")
        parser.add_argument("--all-or-none", action="store_true", help="有一行不合格就一行也不写")
        parser.add_argument(
            "--land-as",
            choices=[Status.PUBLISHED.value, Status.CITY_REVIEW.value, Status.DRAFT.value],
            default=Status.PUBLISHED.value,
            help="需求和成果写入后的状态，默认直接发布",
        )
        parser.add_argument("--by", help="记在哪个用户名下")
        parser.add_argument("--batch", type=int, default=BATCH_ROWS, help="一批多少行")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self._load(options)
        except KeqiaoError as error:
            raise CommandError(error.message) from error

    def _load(self, options: dict[str, Any]) -> None:
        console = Console()
        by = self._user(options["by"])
        path: Path = options["file"]
        run = unfinished_of(path, options["kind"]) if path.is_file() else None
        if run is None:
            run = receive_path(path=path, by=by, kind=options["kind"])
            mode = RunMode.ALL_OR_NONE if options["all_or_none"] else RunMode.GOOD_ROWS
            self._say_mapping(run, console)
            run = start(run=run, mode=mode, land_as=options["land_as"], by=by)
        else:
            console.print(f"接着上次中断处继续：已处理 {run.done_row} 行。")
        began, before = time.monotonic(), run.read_count
        if run.state == RunState.WRITING:
            with Progress(
                TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed:,} 行"),
                TextColumn("{task.fields[rate]}"), TimeElapsedColumn(), TimeRemainingColumn(), console=console,
            ) as bar:  # fmt: skip
                task = bar.add_task(
                    f"导入{KINDS[run.kind].label}", total=run.row_total, completed=before, rate=""
                )

                def tell(r: IntakeRun) -> None:
                    speed = (r.read_count - before) / max(time.monotonic() - began, 1e-6)
                    bar.update(task, completed=r.read_count, rate=f"{speed:,.0f} 行/秒")

                run = write(run, progress=tell, batch_rows=options["batch"])
        self._say_end(run, path, console, time.monotonic() - began, run.read_count - before)

    def _user(self, username: str | None) -> User | None:
        if not username:
            return None
        user: User | None = User.objects.filter(username=username, is_active=True).first()
        if user is None:
            raise CommandError(f"没有启用的用户“{username}”。请核对用户名，或去掉 --by。")
        return user

    def _say_mapping(self, run: IntakeRun, console: Console) -> None:
        spec = KINDS[run.kind]
        named = {int(index): spec.field(key).label for index, key in run.mapping.items()}
        words = "，".join(
            f"{heading}→{named.get(i, '不导入')}" for i, heading in enumerate(run.headings) if heading
        )
        console.print(f"按“{spec.label}”读入。列对应：{words}")

    def _say_end(self, run: IntakeRun, path: Path, console: Console, seconds: float, rows: int) -> None:
        console.print(run.message)
        console.print(
            f"用时 {seconds:.1f} 秒，{rows / max(seconds, 1e-6):,.0f} 行/秒，"
            f"最大内存 {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB。"
        )
        if run.rejected.exists():
            target = path.with_name(f"{path.stem}-退回.xlsx")
            shown = write_rejected_rows(run, target)
            console.print(f"不合格的行已写入 {target}（{shown} 行，红格有批注）。改好后直接导入该文件即可。")
        if run.state == RunState.REFUSED:
            raise CommandError("没有写入任何一行。")
