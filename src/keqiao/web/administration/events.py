"""What the events of the audit trail are called in Chinese. An event without a name here shows its code alone."""

NAMES = {
    "account.created": "建立账号", "account.disabled": "停用账号", "account.enabled": "启用账号",
    "account.closed": "注销账号", "account.corrected": "更正本人信息", "account.exported": "导出本人信息",
    "account.locked": "账号锁定", "account.unlocked": "解锁账号",
    "admin_change.requested": "申请管理员变更", "admin_change.confirmed": "复核同意管理员变更",
    "admin_change.refused": "复核不同意管理员变更",
    "application.submitted": "提交单位注册", "application.approved": "通过单位注册",
    "application.returned": "退回单位注册", "application.contact_seen": "查看申请联系方式",
    "audit.read": "查看审计", "audit.exported": "导出审计", "audit.verified": "核对摘要链",
    "consent.given": "同意告知书", "consent.withdrawn": "撤回同意",
    "factor.enrolled": "启用第二因素", "factor.removed": "取消第二因素", "factor.reset": "重置第二因素",
    "factor.failed": "第二因素未通过", "factor.recovery_used": "使用恢复码",
    "invitation.sent": "邀请同事", "invitation.accepted": "接受邀请", "invitation.revoked": "撤销邀请",
    "organisation.created": "建立单位", "organisation.corrected": "更正单位", "organisation.coded": "补信用代码",
    "organisation.renamed": "单位更名", "organisation.merged": "单位合并", "organisation.parent_set": "设定上级单位",
    "pair.decided": "判断相近记录",
    "password.changed": "修改密码", "password.reset_issued": "开具重置链接",
    "permission.refused": "越权被拒",
    "person.created": "建立人员", "person.merged": "人员合并", "person.split": "人员拆分",
    "role.granted": "授予角色", "role.revoked": "收回角色",
    "session.ended": "退出别处登录", "session.expired": "超时退出",
    "token.created": "建立接口令牌", "token.revoked": "撤销接口令牌",
    "signin.succeeded": "登录成功", "signin.failed": "登录失败", "signin.ended": "退出登录",
}  # fmt: skip


def event_name(action: str) -> str:
    """The Chinese name of an event, or its code."""
    return NAMES.get(action, action)
