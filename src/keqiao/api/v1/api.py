"""The whole of version 1."""

from ninja import NinjaAPI
from ninja.renderers import JSONRenderer

from keqiao.api.errors import set_handlers
from keqiao.api.v1 import (
    cases,
    codes,
    contract_writing,
    directories,
    experts,
    intake,
    matches,
    organisations,
    records,
)


class Readable(JSONRenderer):
    """Chinese as it is, not as escapes."""

    json_dumps_params = {"ensure_ascii": False}


api = NinjaAPI(
    title="科桥数据接口",
    version="1",
    description=(
        "公开记录的只读接口，与网站访客所见相同：未公开的不出现，脱敏的已脱敏，联系方式不提供。"
        "批量写入需要令牌，由系统管理员用 keqiao manage apitoken 建立。"
        "限额：每个用户每分钟 60 次，每个网络地址每小时 600 次，超过回答 429 和 Retry-After。"
        '错误一律是 {"error": {"code", "message", "field"}}。'
    ),
    urls_namespace="api-v1",
    docs_url=None,  # our own page, without inline scripts
    renderer=Readable(),
)
set_handlers(api)
for room in (records, matches, experts, directories, organisations, codes, contract_writing, cases, intake):
    api.add_router("", room.router)
