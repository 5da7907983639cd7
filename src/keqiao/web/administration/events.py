"""What the events of the audit trail are called in Chinese. An event without a name here shows its code alone."""

from keqiao.deal.enums import StepKind
from keqiao.registry.kinds import KINDS

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
    "admission.applied": "申请参加竞价", "admission.decided": "审定竞买资格", "admission.withdrawn": "撤回竞买申请",
    "advice.read": "阅读对方意见", "answer.given": "答复匹配", "answer.undone": "撤销答复",
    "api.called": "调用接口", "token.refused": "接口令牌被拒",
    "backup.made": "备份", "backup.failed": "备份失败", "backup.restored": "恢复备份",
    "broker.filed": "技术经理人备案",
    "case.contact_revealed": "查看对接联系方式", "case.exported": "导出对接卷宗", "case.nda_written": "生成保密协议",
    "case_file.opened": "打开对接附件",
    "codes.alias_added": "代码项加别名", "codes.item_added": "增加代码项", "codes.item_closed": "关闭代码项",
    "contact.revealed": "查看完整联系方式",
    "contract.drafted": "起草合同", "contract.saved": "填写合同", "contract.judged": "合同预审",
    "contract.submitted": "合同报登记", "contract.withdrawn": "撤回合同", "contract.paper_attached": "上传合同文本",
    "contract.draft_downloaded": "下载合同草稿", "contract.accepted": "受理合同登记",
    "contract.taken_over": "接手合同登记", "contract.returned": "退回合同补正", "contract.refused": "合同不予登记",
    "contract.experts_asked": "合同送专家评审", "contract.opinion_given": "填写合同评审意见",
    "contract.second_asked": "合同送二次审核", "contract.registered": "登记技术合同",
    "contract.deregistered": "注销合同登记", "contract.revoked": "撤销合同登记",
    "contract.certificate_downloaded": "下载登记证明", "contract.form_downloaded": "下载技术合同登记表",
    "contract.changed": "变更合同登记", "contract.objected": "对合同登记提出异议", "contract.objection_taken": "接受合同登记异议",
    "contract.milestone_added": "增加合同节点", "contract.milestone_done": "合同节点完成",
    "contract.payment_planned": "增加约定付款", "contract.payment_received": "合同到账", "contract.accepted_work": "合同验收",
    "contract.amended": "约定变更或解除合同", "income.declared": "申报技术性收入", "income.approved": "核定技术性收入",
    "income.returned": "退回技术性收入核定", "income.form_downloaded": "下载技术性收入核定表",
    "ledger.imported": "导入合同台账", "ledger.exported": "导出技术合同登记表",
    "follow_up.asked": "发出成果回访", "follow_up.answered": "答复成果回访",
    "directory.published": "发布双向清单", "directory.withdrawn": "撤回双向清单", "directory.exported": "导出双向清单",
    "expert.merged": "专家合并", "expert.split": "专家拆分", "expert.merged_undone": "撤销专家合并",
    "expert.split_undone": "撤销专家拆分", "expert.namesake_decided": "判断重名专家",
    "expert.proposed": "推荐专家", "expert.proposal_withdrawn": "撤回推荐专家", "expert.shortlist_exported": "导出专家名单",
    "freshness.asked": "询问是否还在做", "freshness.answered": "答复是否还在做",
    "hall_notice.published": "发布交易公告", "hall_result.exported": "下载成交确认书",
    "intake.received": "收到导入文件", "intake.sheet_chosen": "选择工作表", "intake.mapped": "核对列对应",
    "intake.checked": "检查导入文件", "intake.started": "开始导入", "intake.resumed": "继续导入",
    "intake.finished": "完成导入", "intake.refused": "拒收导入文件", "intake.abandoned": "放弃导入",
    "intake.rejected_taken": "下载退回行",
    "judging.drawn": "抽取盲评样本", "judging.judged": "盲评", "judging.exported": "导出标注",
    "liaison.named": "指定科技创新联系人",
    "listing.drafted": "起草挂牌", "listing.changed": "修改挂牌", "listing.submitted": "提交挂牌",
    "listing.returned": "退回挂牌", "listing.published": "发布挂牌", "listing.stopped": "中止挂牌",
    "listing.failed": "流拍", "listing.relisted": "重新挂牌", "listing.concluded": "成交",
    "listing.unseal_asked": "申请开启密封报价", "listing.unsealed": "开启密封报价",
    "match.run": "运行匹配", "night.worked": "夜间作业",
    "message.queued": "待发消息", "message.failed": "消息发送失败", "message.retried": "重发消息",
    "message.stopped": "退订消息", "message.wanted": "设定接收消息", "message.kept_inside": "消息只在站内",
    "objection.received": "收到异议", "objection.read": "查看异议人", "objection.decided": "处理异议",
    "offer.placed": "报价", "offer.taken_back": "撤回报价",
    "radar.run": "归并共性需求", "radar.joined": "起草联合需求",
    "ranking.trained": "训练排序模型", "ranking.activated": "启用排序模型", "ranking.went_back": "退回上一排序模型",
    "reminder_ladder.set": "设定提醒天数", "service_team.kept": "登记服务小分队",
    "subscription.asked": "申请订阅", "subscription.confirmed": "确认订阅", "subscription.sent": "发送订阅",
    "subscription.ended": "退订",
    "visit.kept": "登记走访", "visit_task.done": "办结走访事项",
}  # fmt: skip


# Events that are made of a noun and a verb: a record's moves, the steps of a case
_RECORD_VERBS = {
    "created": "新建", "draft_saved": "存草稿", "updated": "修改", "retagged": "改分类", "submitted": "提交",
    "passed_county": "初审通过", "returned": "退回修改", "published": "发布", "withdrawn": "撤回", "restored": "重新发布",
    "expired": "到期", "renewed": "续期", "closed": "关闭", "archived": "归档", "reopened": "重新填报",
}  # fmt: skip
_CASE_VERBS = {str(value): str(label) for value, label in StepKind.choices}


def event_name(action: str) -> str:
    """The Chinese name of an event, or its code."""
    if action in NAMES:
        return NAMES[action]
    noun, _, verb = action.partition(".")
    if noun in KINDS and verb in _RECORD_VERBS:
        return f"{_RECORD_VERBS[verb]}{KINDS[noun].label}"
    if noun == "case" and verb in _CASE_VERBS:
        return f"对接事项：{_CASE_VERBS[verb]}"
    return action
