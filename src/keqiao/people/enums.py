"""Kinds of organisations, roles and the acts that roles permit."""

from django.db.models import TextChoices


class OrganisationKind(TextChoices):
    ENTERPRISE = "enterprise", "企业"
    UNIVERSITY = "university", "高等院校"
    INSTITUTE = "institute", "科研机构"
    HOSPITAL = "hospital", "医疗卫生机构"
    SERVICE = "service", "服务机构"
    DEPARTMENT = "department", "政府部门"
    OTHER = "other", "其他"


class Role(TextChoices):
    """Who somebody is here. A visitor is nobody signed in, so it is no grant."""

    ENTERPRISE = "enterprise", "企业用户"
    INSTITUTE = "institute", "高校院所用户"
    BROKER = "broker", "技术经理人"
    EXPERT = "expert", "专家"
    COUNTY_OFFICER = "county_officer", "县区科技局人员"
    BUREAU_OFFICER = "bureau_officer", "市科技局人员"
    REGISTRAR = "registrar", "合同登记员"
    AUDITOR = "auditor", "业务审计员"  # reads all business, writes nothing
    SYSTEM_ADMIN = "system_admin", "系统管理员"
    SECURITY_ADMIN = "security_admin", "安全管理员"
    AUDIT_ADMIN = "audit_admin", "审计管理员"


THREE_ADMINS = frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN})
OFFICERS = frozenset({Role.COUNTY_OFFICER, Role.BUREAU_OFFICER})
STAFF = OFFICERS | THREE_ADMINS | {Role.REGISTRAR, Role.AUDITOR}  # second factor, shorter idle time
MEMBERS = frozenset({Role.ENTERPRISE, Role.INSTITUTE, Role.BROKER, Role.EXPERT})


class Act(TextChoices):
    """What somebody wants to do. Roles are mapped to acts in `access.GRANTS`; where, by scope."""

    VIEW = "view", "查看"
    VIEW_PERSONAL = "view_personal", "查看完整联系方式"
    CREATE = "create", "新建"
    EDIT = "edit", "修改"
    SUBMIT = "submit", "提交审核"
    REVIEW_COUNTY = "review_county", "县区初审"
    REVIEW = "review", "市级审核"
    WITHDRAW = "withdraw", "撤回"
    RENEW = "renew", "续期"
    CLOSE = "close", "关闭"
    RETAG = "retag", "修正分类"
    INTAKE = "intake", "批量导入"
    EXPORT = "export", "导出"
    PUBLISH_LIST = "publish_list", "发布双向清单"
    MATCH = "match", "运行匹配"
    APPROVE_ORGANISATION = "approve_organisation", "审核单位注册"
    INVITE = "invite", "邀请同事"
    CREATE_ACCOUNT = "create_account", "建立账号"
    GRANT_ROLE = "grant_role", "授予角色"
    UNLOCK = "unlock", "解锁账号"
    SET_PARAMETERS = "set_parameters", "设置参数"
    BACKUP = "backup", "备份恢复"
    KEEP_RULES = "keep_rules", "维护规则"
    READ_AUDIT = "read_audit", "查看审计"
    EXPORT_AUDIT = "export_audit", "导出审计"
