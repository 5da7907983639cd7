"""The room's line of the rail."""

from keqiao.contract.ledgermodels import LEDGER_READERS
from keqiao.people.enums import Role
from keqiao.web.desk.rail import RailItem

RAIL_TITLE = ""
RAIL: list[RailItem] = [
    RailItem(
        "技术合同", "contract:contract-list",
        roles=frozenset({Role.ENTERPRISE, Role.INSTITUTE, Role.BROKER, Role.COUNTY_OFFICER, Role.BUREAU_OFFICER, Role.REGISTRAR, Role.AUDITOR}),
    ),
    RailItem("合同统计", "contract:statistics", roles=LEDGER_READERS),
]  # fmt: skip
