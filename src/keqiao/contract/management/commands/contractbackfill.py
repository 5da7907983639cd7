"""keqiao manage contractbackfill: registrations without a line in the ledger get one; may be stopped and run again."""

from typing import Any

from django.core.management.base import BaseCommand

from keqiao.contract.ledger import backfill


class Command(BaseCommand):
    help = "把还没有进统计台账的登记补记进去（台账启用以前登记的）。可中断，可重复运行。"

    def handle(self, *args: Any, **options: Any) -> None:
        done = 0
        while count := backfill():
            done += count
            self.stdout.write(f"已补记 {done} 项")
        self.stdout.write(f"完成：本次补记 {done} 项，已登记的合同都在统计台账里。")
