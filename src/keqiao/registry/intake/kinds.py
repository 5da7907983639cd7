"""The eight kinds of record and the headings under which tables carry them.

Labels are the one spelling of our own templates; variants are what bureaus, universities and platforms
write. Sources: the form fields of 技术需求征集 and 科技成果登记 (achievements-and-demands §2.3, §2.5, §5.1).
"""

from keqiao.registry.intake.fields import FieldSpec, KindSpec, Parse, kinds_by_key, words

_PROVENANCE = (
    FieldSpec("source_document", "来源文件", max_length=120, variants=words("来源 文件名 出处 资料来源")),
    FieldSpec(
        "source_note", "来源说明", Parse.PROSE, max_length=200, variants=words("来源章节 出处说明 来源句")
    ),
    FieldSpec("is_sample", "示例", Parse.FLAG, variants=words("是否示例 示例数据")),
    FieldSpec("remark", "备注", Parse.PROSE, max_length=2000, variants=words("备注说明 说明 其他说明 备 注")),
)

_USCC = FieldSpec(
    "uscc",
    "统一社会信用代码",
    Parse.USCC,
    max_length=18,
    variants=words(
        "社会信用代码 信用代码 统一信用代码 统一社会信用代码/组织机构代码 机构代码 税号 纳税人识别号 credit_code"
    ),
)
_DIVISION = FieldSpec(
    "division",
    "所在县区",
    Parse.CODE,
    code_list="division",
    variants=words(
        "所属县区 所属区县 所在区县 县区 区县 所在县(市、区) 所属县(市、区) 县(市、区) 所在地 所属地区 所在地区 "
        "地区 属地 所属区域 行政区划 行政区域 所在旗县区 旗县区 旗县 辖区 注册地 区域 推荐县区 county"
    ),
)
_FIELDS = FieldSpec(
    "fields",
    "技术领域",
    Parse.CODES,
    code_list="field11",
    variants=words(
        "所属领域 所属技术领域 领域 需求领域 行业领域 产业领域 所属行业领域 高新技术领域 技术领域分类 应用领域 "
        "成果领域 专业领域 服务领域 技术类别 所属产业领域"
    ),
)
_INDUSTRY = FieldSpec(
    "industry",
    "行业代码",
    Parse.CODE,
    code_list="gbt4754",
    variants=words(
        "所属行业 国民经济行业 国民经济行业代码 行业 行业分类 行业类别 行业门类 应用行业 所属国民经济行业"
    ),
)
_IPC = FieldSpec(
    "ipc",
    "IPC分类号",
    Parse.LIST,
    max_length=300,
    variants=words("IPC 主分类号 分类号 IPC分类 IPC号 国际专利分类号 专利分类号 IPC主分类号"),
)
_KEYWORDS = FieldSpec(
    "keywords", "关键词", Parse.LIST, max_length=500, variants=words("关键字 主题词 标签 关键词组")
)
_DISCLOSURE = FieldSpec(
    "disclosure",
    "公开方式",
    Parse.CODE,
    code_list="disclosure",
    variants=words("公开范围 是否公开 公开程度 信息公开方式 保密要求 公开级别 发布方式"),
)
_VALID_UNTIL = FieldSpec(
    "valid_until",
    "有效期至",
    Parse.DEADLINE,
    variants=words("有效期 有效期限 需求有效期 截止日期 有效日期 发布有效期"),
)
_YEAR = FieldSpec("year", "年度", Parse.YEAR, variants=words("年份 征集年度 年 申报年度 登记年度 所属年度"))

_CONTACT = (
    FieldSpec(
        "contact_name",
        "联系人",
        max_length=60,
        personal=True,
        variants=words(
            "联系人姓名 需求联系人 项目联系人 技术联系人 企业联系人 单位联系人 联系人员 联络人 对接人 成果联系人"
        ),
    ),
    FieldSpec(
        "contact_phone",
        "联系电话",
        Parse.PHONE,
        max_length=60,
        personal=True,
        variants=words(
            "电话 手机 手机号 手机号码 联系方式 联系人电话 联系手机 电话号码 联系人手机 联系人联系方式 联系人联系电话 "
            "移动电话 办公电话 固定电话 联系人手机号 联系人手机号码 座机"
        ),
    ),
    FieldSpec(
        "contact_email",
        "邮箱",
        Parse.EMAIL,
        max_length=254,
        personal=True,
        variants=words(
            "电子邮箱 电子邮件 联系邮箱 E-mail Email 邮件 联系人邮箱 电子信箱 邮箱地址 联系人电子邮箱"
        ),
    ),
)

DEMAND = KindSpec(
    "demand",
    "需求",
    (
        FieldSpec(
            "source_no",
            "需求编号",
            max_length=60,
            variants=words("编号 需求序号 技术需求编号 rid demand_id id 榜单编号"),
        ),
        FieldSpec(
            "title",
            "需求名称",
            required=True,
            variants=words(
                "技术需求名称 需求题目 需求标题 难题名称 技术难题名称 项目名称 需求项目名称 技术需求 课题名称 榜单名称 "
                "题目 标题 名称 技术难题 技术需求题目 揭榜项目名称 企业技术需求名称 需求项目 技术创新需求名称 需求主题 项目题目"
            ),
        ),
        FieldSpec(
            "organisation",
            "需求单位",
            required=True,
            variants=words(
                "单位名称 企业名称 需求企业 需求方 发榜单位 需求单位名称 需求企业名称 提出单位 单位 企业 公司名称 申报单位 "
                "填报单位 技术需求单位 需求方名称 单位全称 企业全称 企业(单位)名称 发布单位 填报企业 申报企业"
            ),
        ),
        _USCC,
        _DIVISION,
        FieldSpec(
            "enterprise_types",
            "企业类型",
            Parse.CODES,
            code_list="enterprise_label",
            variants=words("企业性质 单位类型 单位性质 企业资质 企业类别 资质类型"),
        ),
        *_CONTACT,
        _FIELDS,
        _INDUSTRY,
        FieldSpec(
            "chain",
            "产业链",
            Parse.LIST,
            max_length=120,
            variants=words("所属产业链 重点产业链 产业链名称 所属产业 产业 产业集群 产业方向"),
        ),
        FieldSpec(
            "demand_type",
            "需求类型",
            Parse.CODE,
            code_list="demand_kind",
            variants=words("需求类别 技术需求类型 技术需求类别 需求种类 需求分类 类型 需求性质"),
        ),
        FieldSpec(
            "content",
            "需求内容",
            Parse.PROSE,
            required=True,
            max_length=20000,
            variants=words(
                "技术需求内容 需求描述 需求简介 需求说明 主要内容 技术需求描述 需求详情 需求具体内容 拟解决的主要技术问题 "
                "拟解决的关键技术问题 技术难题描述 主要技术内容 内容 需解决的技术问题 拟解决的技术难题 具体需求 需求概述 "
                "技术需求简介 需求背景及内容 拟解决的问题 主要技术问题 难题描述 项目内容 需要解决的主要技术难题 问题描述 "
                "研究内容 技术需求说明 主要研究内容 需求内容简介 需求内容描述 内容简介 技术需求情况说明 详细描述"
            ),
        ),
        FieldSpec(
            "metrics",
            "技术指标",
            Parse.METRICS,
            max_length=8000,
            variants=words(
                "考核指标 主要技术指标 技术参数 预期指标 关键指标 主要考核指标 技术经济指标 预期目标 达到的技术指标 "
                "主要指标 性能指标 拟达到的技术指标 预期技术指标 目标要求 主要技术经济指标"
            ),
        ),
        FieldSpec(
            "foundation",
            "现有基础",
            Parse.PROSE,
            max_length=8000,
            variants=words(
                "现有工作基础 已有基础 技术基础 现有条件 工作基础 研究基础 前期基础 现有研发基础 现有基础条件"
            ),
        ),
        FieldSpec(
            "cooperation_modes",
            "期望合作方式",
            Parse.CODES,
            code_list="cooperation_way",
            variants=words(
                "合作方式 拟合作方式 期望解决方式 解决方式 合作形式 意向合作方式 合作模式 拟采取的合作方式 对接方式 "
                "需求合作方式 拟解决方式"
            ),
        ),
        FieldSpec(
            "budget",
            "预算",
            Parse.MONEY,
            variants=words(
                "投入预算 预算投入 资金预算 拟投入资金 拟投入 投资预算 经费预算 预算金额 项目预算 拟投入经费 意向金额 "
                "悬赏金额 榜单金额 资金投入 拟投资额 计划投入 拟提供资金 预算经费 总投入 拟投入金额 计划总投资 计划投资 投资额 预算总额"
            ),
        ),
        FieldSpec(
            "pay_to_partner",
            "支付合作方",
            Parse.MONEY,
            variants=words(
                "其中支付揭榜方 支付揭榜方 支付揭榜方金额 支付合作方金额 揭榜金额 拟支付金额 其中支付合作方 榜额"
            ),
        ),
        FieldSpec(
            "due",
            "完成时限",
            Parse.DEADLINE,
            variants=words(
                "期望完成时限 完成时间 期望完成时间 时限要求 需求时限 完成期限 期限 实施期限 拟完成时间 解决期限 要求完成时间 "
                "攻关期限 实施周期 完成日期 研发周期 预期完成时间 需求期限"
            ),
        ),
        FieldSpec(
            "ip_ownership",
            "知识产权归属",
            Parse.PROSE,
            max_length=1000,
            variants=words("产权归属 知识产权约定 知识产权归属要求 成果归属 知识产权"),
        ),
        FieldSpec(
            "partner_requirements",
            "对合作方要求",
            Parse.PROSE,
            max_length=4000,
            variants=words(
                "对合作方的要求 对揭榜方要求 揭榜方要求 合作方要求 合作对象要求 对揭榜方的要求 意向合作单位 拟合作单位"
            ),
        ),
        FieldSpec(
            "urgency",
            "紧迫程度",
            Parse.CODE,
            code_list="urgency",
            variants=words("紧急程度 需求紧迫程度 紧迫性 紧急性"),
        ),
        _DISCLOSURE,
        _VALID_UNTIL,
        _YEAR,
        *_PROVENANCE,
    ),
)

ACHIEVEMENT = KindSpec(
    "achievement",
    "成果",
    (
        FieldSpec(
            "source_no",
            "成果编号",
            max_length=60,
            variants=words(
                "编号 登记号 成果登记号 批准登记号 成果登记编号 pid achievement_id id 公开号 申请号 公开(公告)号"
            ),
        ),
        FieldSpec(
            "title",
            "成果名称",
            required=True,
            variants=words(
                "科技成果名称 项目名称 技术名称 成果题目 成果项目名称 专利名称 名称 题目 标题 题名 技术成果名称 成果标题 发明名称"
            ),
        ),
        FieldSpec(
            "organisation",
            "完成单位",
            required=True,
            variants=words(
                "单位名称 第一完成单位 成果单位 所属单位 持有单位 成果所属单位 成果持有单位 权利人 专利权人 申请人 "
                "主要完成单位 单位 所有人 成果完成单位 技术持有方 高校名称 供给方 成果方 依托单位 研发单位 申请(专利权)人 技术提供方 assignee"
            ),
        ),
        _USCC,
        _DIVISION,
        FieldSpec(
            "summary",
            "成果简介",
            Parse.PROSE,
            required=True,
            max_length=20000,
            variants=words(
                "简介 成果介绍 成果描述 技术简介 项目简介 内容简介 摘要 成果概述 主要内容 技术内容 成果内容 成果摘要 技术介绍 "
                "项目介绍 成果说明 技术说明 成果主要内容 成果情况简介 成果简要介绍"
            ),
        ),
        FieldSpec(
            "innovation",
            "创新点",
            Parse.PROSE,
            max_length=8000,
            variants=words(
                "技术创新点 主要创新点 创新内容 技术特点 技术优势 关键技术 成果创新点 先进性 技术亮点 创新性"
            ),
        ),
        FieldSpec(
            "prospects",
            "应用前景",
            Parse.PROSE,
            max_length=8000,
            variants=words(
                "市场前景 发展前景 推广前景 预期效益 应用范围 效益分析 经济效益 市场分析 推广应用前景 应用前景分析"
            ),
        ),
        FieldSpec(
            "cases",
            "应用案例",
            Parse.PROSE,
            max_length=8000,
            variants=words("案例 应用情况 推广应用情况 典型案例 转化案例 应用状态 转化情况"),
        ),
        _KEYWORDS,
        _FIELDS,
        _INDUSTRY,
        _IPC,
        FieldSpec(
            "maturity",
            "成熟度",
            Parse.CODE,
            code_list="maturity_market|maturity_trl9|maturity_stage",
            variants=words(
                "技术成熟度 成果成熟度 成果阶段 成果所处阶段 研发阶段 所处阶段 成熟程度 技术成熟度等级 TRL 技术就绪度 成果状态"
            ),
        ),
        FieldSpec(
            "level",
            "成果水平",
            Parse.CODE,
            code_list="achievement_level",
            variants=words("技术水平 水平 评价水平 成果水平等级 鉴定水平"),
        ),
        FieldSpec(
            "ip_forms",
            "知识产权形式",
            Parse.CODES,
            code_list="ip_type",
            variants=words("知识产权 知识产权类型 知识产权情况 专利类型 是否专利 知识产权状况 知识产权类别"),
        ),
        FieldSpec(
            "patent_numbers",
            "专利号",
            Parse.LIST,
            max_length=1000,
            variants=words(
                "专利申请号 授权号 专利编号 关联专利 知识产权编号 授权公告号 专利号/申请号 专利申请号/专利号"
            ),
        ),
        FieldSpec(
            "transfer_modes",
            "转化方式",
            Parse.CODES,
            code_list="transfer_mode",
            variants=words(
                "拟转化方式 合作方式 转让方式 交易方式 转化意向 意向转化方式 合作形式 成果转化方式 拟合作方式 期望合作方式"
            ),
        ),
        FieldSpec(
            "price_basis",
            "价格方式",
            Parse.CODE,
            code_list="price_way",
            variants=words("定价方式 交易定价方式 价格形式 定价形式 计价方式"),
        ),
        FieldSpec(
            "price",
            "意向价格",
            Parse.MONEY,
            variants=words(
                "价格 意向金额 转让价格 参考价格 报价 拟转让价格 预期价格 交易价格 转让费 意向转让价格 转化价格"
            ),
        ),
        FieldSpec(
            "team",
            "研制人员",
            Parse.LIST,
            max_length=500,
            personal=True,
            variants=words(
                "主要研制人员 完成人 主要完成人 成果完成人 第一完成人 发明人 负责人 项目负责人 研发团队 技术持有人 团队 "
                "成果负责人 研发人员 主要完成人员 团队成员"
            ),
        ),
        *_CONTACT,
        FieldSpec(
            "completed_on",
            "完成日期",
            Parse.DATE,
            variants=words(
                "完成时间 成果完成时间 研究终止日期 登记日期 成果登记日期 登记时间 结题时间 成果完成日期"
            ),
        ),
        _DISCLOSURE,
        _VALID_UNTIL,
        _YEAR,
        *_PROVENANCE,
    ),
)

ENTERPRISE = KindSpec(
    "enterprise",
    "企业",
    (
        FieldSpec(
            "name", "企业名称", required=True, variants=words("单位名称 公司名称 名称 企业全称 企业 company")
        ),
        _USCC,
        _DIVISION,
        FieldSpec(
            "founded_on",
            "成立日期",
            Parse.DATE,
            variants=words("注册日期 成立时间 注册时间 登记日期 设立日期"),
        ),
        _INDUSTRY,
        FieldSpec(
            "labels",
            "企业标签",
            Parse.LIST,
            max_length=1000,
            variants=words("标签 企业资质 资质 企业类型 荣誉资质 企业称号 科技型企业"),
        ),
        FieldSpec(
            "products",
            "主营产品",
            Parse.LIST,
            max_length=4000,
            variants=words("主要产品 产品 主营业务 经营范围 主导产品 主营产品或服务"),
        ),
        FieldSpec(
            "summary",
            "企业简介",
            Parse.PROSE,
            max_length=20000,
            variants=words("简介 企业介绍 公司简介 单位简介 企业概况"),
        ),
        FieldSpec(
            "legal_representative",
            "法定代表人",
            max_length=60,
            personal=True,
            variants=words("法人代表 法人 企业法人 法定代表人姓名 企业负责人"),
        ),
        *_CONTACT[:2],
        FieldSpec(
            "address",
            "地址",
            max_length=300,
            variants=words("企业地址 注册地址 通讯地址 详细地址 经营地址 住所 联系地址"),
        ),
        *_PROVENANCE,
    ),
)

INSTITUTION = KindSpec(
    "institution",
    "机构",
    (
        FieldSpec(
            "name",
            "机构名称",
            required=True,
            variants=words("单位名称 名称 院校名称 高校名称 学校名称 研究机构名称 服务机构名称"),
        ),
        _USCC,
        FieldSpec(
            "institution_type",
            "机构类型",
            Parse.CODE,
            code_list="institution_kind",
            variants=words("单位类型 机构类别 单位性质 机构性质 类型"),
        ),
        _DIVISION,
        FieldSpec(
            "summary",
            "简介",
            Parse.PROSE,
            max_length=20000,
            variants=words("机构简介 单位简介 机构介绍 院校简介"),
        ),
        FieldSpec(
            "former_names",
            "曾用名",
            Parse.LIST,
            max_length=500,
            variants=words("原名称 原名 历史名称 更名前名称"),
        ),
        FieldSpec("parent", "上级单位", variants=words("主管部门 主管单位 上级主管部门 隶属单位 举办单位")),
        *_PROVENANCE,
    ),
)

EXPERT = KindSpec(
    "expert",
    "专家",
    (
        FieldSpec("source_no", "专家编号", max_length=60, variants=words("编号 expert_id id 人才编号")),
        FieldSpec(
            "name",
            "姓名",
            required=True,
            max_length=60,
            personal=True,
            variants=words("专家姓名 人才姓名 专家 专家名称 特派员姓名 expert"),
        ),
        FieldSpec(
            "organisation",
            "工作单位",
            required=True,
            variants=words("所在单位 单位 单位名称 所属单位 现工作单位 任职单位 依托单位 org"),
        ),
        FieldSpec(
            "position",
            "职称",
            max_length=60,
            variants=words("专业技术职称 技术职称 职称/职务 职务 职务职称 职务/职称"),
        ),
        FieldSpec(
            "degree", "学位", max_length=60, variants=words("学历 学历学位 最高学位 最高学历 学历/学位")
        ),
        FieldSpec(
            "research",
            "研究方向",
            Parse.LIST,
            required=True,
            max_length=2000,
            variants=words(
                "主要研究方向 研究领域 专业方向 从事专业 专业特长 擅长领域 专业领域 研究专长 从事专业领域 专业"
            ),
        ),
        FieldSpec(
            "disciplines",
            "学科代码",
            Parse.CODES,
            code_list="gbt13745",
            variants=words("学科 学科分类 所属学科 一级学科 学科专业 学科领域"),
        ),
        FieldSpec(
            "fields",
            "技术领域",
            Parse.CODES,
            code_list="field11",
            variants=words("所属领域 领域 产业领域 服务领域 技术专长领域"),
        ),
        FieldSpec(
            "summary",
            "简介",
            Parse.PROSE,
            max_length=20000,
            personal=True,
            variants=words("个人简介 专家简介 人物简介 个人简历 专家介绍 主要成就 profile"),
        ),
        *_CONTACT[1:],
        *_PROVENANCE,
    ),
)

WORK = KindSpec(
    "work",
    "科研产出",
    (
        FieldSpec(
            "work_type",
            "产出类型",
            Parse.CODE,
            required=True,
            code_list="work_kind",
            variants=words("类型 成果类型 专利类型 产出类别 科研产出类型 文献类型"),
        ),
        FieldSpec(
            "title",
            "题名",
            required=True,
            max_length=500,
            variants=words("题目 标题 名称 专利名称 论文题目 项目名称 论文题名 篇名 发明名称 课题名称"),
        ),
        FieldSpec(
            "abstract",
            "摘要",
            Parse.PROSE,
            max_length=20000,
            variants=words("内容摘要 简介 论文摘要 专利摘要 项目简介 项目摘要"),
        ),
        FieldSpec(
            "authors",
            "作者",
            Parse.LIST,
            max_length=2000,
            personal=True,
            variants=words(
                "发明人 设计人 项目负责人 负责人 论文作者 第一作者 完成人 发明人/设计人 发明(设计)人"
            ),
        ),
        FieldSpec(
            "organisations",
            "单位",
            Parse.LIST,
            max_length=2000,
            variants=words(
                "作者单位 申请人 专利权人 承担单位 依托单位 权利人 机构 单位名称 申请(专利权)人 assignee"
            ),
        ),
        FieldSpec(
            "number",
            "编号",
            max_length=100,
            variants=words("专利号 申请号 公开号 公开(公告)号 DOI 项目编号 批准号 项目批准号 授权公告号 id"),
        ),
        FieldSpec(
            "published_on",
            "日期",
            Parse.DATE,
            variants=words(
                "公开日 申请日 发表日期 发表时间 授权日 公开(公告)日 立项日期 出版日期 年份 发表年份 立项年度"
            ),
        ),
        _KEYWORDS,
        _IPC,
        FieldSpec(
            "disciplines",
            "学科",
            Parse.LIST,
            max_length=500,
            variants=words("学科代码 学科分类 discipline 所属学科"),
        ),
        FieldSpec(
            "grant",
            "资助金额",
            Parse.MONEY,
            variants=words("资助经费 项目经费 批准金额 经费 立项经费 资助额度 经费额度"),
        ),
        *_PROVENANCE,
    ),
)

RESOURCE = KindSpec(
    "resource",
    "资源",
    (
        FieldSpec(
            "name",
            "资源名称",
            required=True,
            variants=words("名称 平台名称 仪器名称 设备名称 仪器设备名称 载体名称 创新平台名称"),
        ),
        FieldSpec(
            "resource_type",
            "资源类别",
            Parse.CODE,
            required=True,
            code_list="resource_kind",
            variants=words("资源类型 平台类别 平台类型 类别 类型 载体类型"),
        ),
        FieldSpec("level", "级别", max_length=60, variants=words("平台级别 等级 资源级别 认定级别")),
        FieldSpec(
            "organisation",
            "依托单位",
            variants=words("单位名称 所属单位 建设单位 运营单位 承建单位 管理单位 单位"),
        ),
        _DIVISION,
        FieldSpec(
            "summary",
            "简介",
            Parse.PROSE,
            max_length=20000,
            variants=words("资源简介 平台简介 主要功能 建设内容 功能介绍"),
        ),
        FieldSpec(
            "services",
            "服务内容",
            Parse.PROSE,
            max_length=8000,
            variants=words("服务范围 可提供服务 开放共享内容 服务项目 对外服务内容"),
        ),
        FieldSpec(
            "year",
            "年份",
            Parse.YEAR,
            variants=words("年度 认定年份 批准年份 建设年份 认定年度 认定时间 批准时间"),
        ),
        *_PROVENANCE,
    ),
)

EVENT = KindSpec(
    "event",
    "活动",
    (
        FieldSpec(
            "title",
            "活动名称",
            required=True,
            variants=words("名称 会议名称 活动主题 主题 培训名称 活动标题"),
        ),
        FieldSpec(
            "event_type",
            "活动类别",
            Parse.CODE,
            code_list="event_kind",
            variants=words("活动类型 类别 类型 活动形式"),
        ),
        FieldSpec("organiser", "主办单位", variants=words("主办方 组织单位 举办单位 承办单位 单位")),
        FieldSpec("venue", "地点", max_length=300, variants=words("活动地点 举办地点 会议地点 地址")),
        FieldSpec(
            "starts_on",
            "开始日期",
            Parse.DATE,
            variants=words("开始时间 活动时间 活动日期 举办时间 时间 日期 举办日期"),
        ),
        FieldSpec("ends_on", "结束日期", Parse.DEADLINE, variants=words("结束时间 截止时间 截止日期")),
        FieldSpec(
            "summary",
            "简介",
            Parse.PROSE,
            max_length=20000,
            variants=words("活动简介 活动内容 内容 内容简介 活动介绍"),
        ),
        *_PROVENANCE,
    ),
)

KINDS: dict[str, KindSpec] = kinds_by_key(
    (DEMAND, ACHIEVEMENT, ENTERPRISE, INSTITUTION, EXPERT, WORK, RESOURCE, EVENT)
)
"""Every kind by its key; order is the order in which ties of recognition are settled."""

OTHERS: dict[str, KindSpec] = {}
"""Tables of rooms above that are read with the same readers and written by those rooms: `contract.national` puts its
own here. Never guessed from headings: whoever reads one names its kind."""


def spec_of(kind: str) -> KindSpec:
    """The fields of a kind, ours or of a room above. KeyError for an unknown one."""
    return KINDS[kind] if kind in KINDS else OTHERS[kind]
