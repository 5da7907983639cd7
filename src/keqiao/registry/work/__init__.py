"""Works (专利、论文、项目): the evidence behind experts and institutions; a million rows and more."""
